// Channels as a whole: how they are arranged, what they say of themselves, who is in them, what is kept of them.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn, write } from './bed.mjs'
import { keptBanners } from './kept.mjs'
import { accessible, everywhere, visible } from './look.mjs'

let bed
let ada
let bo
let page
let mate
let team

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)
const make = (name, type = 'O', more = {}) =>
  as(ada, 'POST', '/channels', {
    team_id: team.id,
    name,
    display_name: name[0].toUpperCase() + name.slice(1),
    type,
    ...more,
  })

beforeAll(async () => {
  bed = await Bed.start({
    prepare: data => writeFile(join(data, 'fieldpost.toml'), '[guests]\nenabled = true\n'),
  })
  ada = await bed.account('ada', { first_name: 'Ada', last_name: 'Byron' })
  team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  bo = await bed.account('bo')
  const cem = await bed.account('cem')
  for (const one of [bo, cem])
    await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: one.id })
  for (const name of ['anchor', 'bridge', 'deck', 'engine']) await make(name, name === 'engine' ? 'P' : 'O')
  const direct = await as(ada, 'POST', '/channels/direct', [ada.id, cem.id])
  await as(ada, 'POST', '/posts', { channel_id: direct.id, message: 'Morning' })
  page = await bed.person()
  await signIn(page, bed.origin, 'ada', '/ship/channels/deck')
  await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
  mate = await bed.person({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  await signIn(mate, bed.origin, 'bo', '/ship/channels/deck')
  await mate.getByRole('textbox', { name: /^Write to/ }).waitFor()
})
afterAll(async () => {
  await bed?.stop()
})

const heading = (title, at = page) => at.getByRole('list', { name: title, exact: true })
const names = async (title, at = page) => heading(title, at).locator('.chan .grow').allTextContents()
const line = (title, at = page) => at.locator(`[data-chan][data-title="${title}"]`)
const told = async (who = ada) => {
  const { categories } = await as(who, 'GET', `/users/me/teams/${team.id}/channels/categories`)
  const all = await as(who, 'GET', `/users/me/teams/${team.id}/channels`)
  const name = id => all.find(c => c.id === id)?.display_name
  return Object.fromEntries(
    categories.map(c => [c.type === 'custom' ? c.display_name : c.type, c.channel_ids.map(name)]),
  )
}
const menuOf = async (title, item, at = page) => {
  await line(title, at).hover()
  await at.getByRole('button', { name: `Menu of ${title}`, exact: true }).click()
  await at
    .getByRole('menuitem', { name: item })
    .or(at.getByRole('menuitemradio', { name: item }))
    .click()
}
const channelMenu = async (item, at = page) => {
  await at.getByRole('button', { name: 'Channel menu' }).click()
  await at.getByRole('menuitem', { name: item, exact: true }).click()
}
const sure = async (name, at = page) =>
  at.getByRole('dialog').getByRole('button', { name, exact: true }).click()

describe('the sidebar', () => {
  test('a star makes a favourite, at the server too', async () => {
    await page.getByRole('button', { name: 'Favourite', exact: true }).click()
    await heading('Favourites').getByText('Deck').waitFor()
    await expect.poll(async () => (await told()).favorites).toEqual(['Deck'])
    await menuOf('Deck', 'Remove from favourites')
    await heading('Favourites').waitFor({ state: 'detached' })
    await expect.poll(async () => (await told()).favorites).toEqual([])
  })

  test('a category of one’s own is made with a channel, renamed, filled, folded and deleted', async () => {
    await menuOf('Bridge', 'New category…')
    const dialog = page.getByRole('dialog', { name: 'New category' })
    await dialog.getByLabel('Name').fill('Wach')
    await everywhere(page, 'new-category')
    await dialog.getByRole('button', { name: 'Create category' }).click()
    await expect.poll(() => names('Wach')).toEqual(['Bridge'])
    await page.getByRole('button', { name: 'Menu of Wach' }).click()
    await page.getByRole('menuitem', { name: 'Rename…' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Watch')
    await sure('Rename')
    await menuOf('Anchor', 'Watch')
    await expect.poll(() => names('Watch')).toEqual(['Anchor', 'Bridge'])
    await menuOf('cem', 'Watch')
    await expect.poll(() => names('Watch')).toEqual(['Anchor', 'Bridge', 'cem'])
    await everywhere(page, 'categories')
    await page.getByRole('button', { name: 'Watch', exact: true }).click()
    await expect.poll(() => names('Watch')).toEqual([])
    await page.reload()
    await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
    await heading('Watch').waitFor({ state: 'attached' })
    expect(await names('Watch')).toEqual([])
    await page.getByRole('button', { name: 'Watch', exact: true }).click()
    await expect.poll(() => names('Watch')).toEqual(['Anchor', 'Bridge', 'cem'])
    await page.getByRole('button', { name: 'Menu of Watch' }).click()
    await page.getByRole('menuitem', { name: 'Delete category' }).click()
    await sure('Delete')
    await heading('Watch').waitFor({ state: 'detached' })
    await expect.poll(() => names('Channels')).toContain('Bridge')
  })

  test('a channel is dragged to its place with the mouse, and by keys', async () => {
    await menuOf('Bridge', 'New category…')
    await page.getByRole('dialog').getByLabel('Name').fill('Night')
    await sure('Create category')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => names('Night')).toEqual(['Bridge'])
    const to = await heading('Night').boundingBox()
    const from = await line('Engine').boundingBox()
    await page.mouse.move(from.x + 40, from.y + from.height / 2)
    await page.mouse.down()
    await page.mouse.move(from.x + 40, from.y - 20)
    await page.mouse.move(to.x + 40, to.y + to.height - 3, { steps: 4 })
    await page.locator('.spot').waitFor()
    await accessible(page, 'dragging')
    await page.mouse.up()
    await expect.poll(() => names('Night')).toEqual(['Bridge', 'Engine'])
    await expect.poll(async () => (await told()).Night).toEqual(['Bridge', 'Engine'])
    // A drag that is thought better of.
    await page.mouse.move(to.x + 40, to.y + 10)
    await page.mouse.down()
    await page.mouse.move(to.x + 40, to.y + 300, { steps: 3 })
    await page.locator('.carrying').waitFor()
    await page.keyboard.press('Escape')
    await page.mouse.up()
    expect(await names('Night')).toEqual(['Bridge', 'Engine'])
    await line('Engine').locator('a').focus()
    await page.keyboard.press('Control+Shift+ArrowUp')
    await expect.poll(() => names('Night')).toEqual(['Engine', 'Bridge'])
    await expect.poll(() => page.evaluate(() => document.activeElement.textContent)).toContain('Engine')
    await page.keyboard.press('Control+Shift+ArrowUp')
    await expect.poll(() => names('Favourites')).toEqual(['Engine'])
    await page.getByText('Engine: place 1 under Favourites').waitFor({ state: 'attached' })
    await expect.poll(async () => (await told()).Night).toEqual(['Bridge'])
  })

  test('a finger that rests on a channel carries it', async () => {
    await mate.getByRole('button', { name: 'Channels', exact: true }).click()
    // The list slides in: what moves has no place yet.
    await line('Deck', mate).click({ trial: true })
    const deck = await line('Deck', mate).boundingBox()
    const off = await line('Off-Topic', mate).boundingBox()
    const cdp = await mate.context().newCDPSession(mate)
    const touch = (type, x, y) =>
      cdp.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] })
    const [x, y] = [deck.x + 60, deck.y + deck.height / 2]
    await touch('touchStart', x, y)
    await mate.locator('.carrying').waitFor()
    await touch('touchMove', x, off.y + off.height / 2)
    await touch('touchMove', x, off.y + off.height - 2)
    await accessible(mate, 'dragging-touch')
    await touch('touchEnd')
    await expect.poll(() => names('Channels', mate)).toEqual(['Off-Topic', 'Deck', 'Town Square'])
    await expect.poll(async () => (await told(bo)).channels).toEqual(['Off-Topic', 'Deck', 'Town Square'])
  })

  test('what another device arranges appears at once, and is there without the server', async () => {
    const { categories } = await as(ada, 'GET', `/users/me/teams/${team.id}/channels/categories`)
    const channels = categories.find(c => c.type === 'channels')
    const night = categories.find(c => c.display_name === 'Night')
    const [moved] = channels.channel_ids
    const all = await as(ada, 'GET', `/users/me/teams/${team.id}/channels`)
    const title = all.find(c => c.id === moved).display_name
    await as(ada, 'PUT', `/users/me/teams/${team.id}/channels/categories`, [
      { ...channels, channel_ids: channels.channel_ids.slice(1) },
      { ...night, channel_ids: [...night.channel_ids, moved] },
    ])
    await heading('Night').getByText(title).waitFor()
    await menuOf('Deck', 'New category…')
    await page.getByRole('dialog').getByLabel('Name').fill('Kept')
    await sure('Create category')
    await expect.poll(() => names('Kept')).toEqual(['Deck'])
  })

  test('it is sorted as wished, and the filter leaves what is unread', async () => {
    await page.getByRole('button', { name: 'Menu of Channels', exact: true }).click()
    await everywhere(page, 'category-menu')
    await page.getByRole('menuitemradio', { name: 'By the last message' }).click()
    const square = await as(ada, 'GET', `/teams/${team.id}/channels/name/town-square`)
    await as(bo, 'POST', '/posts', { channel_id: square.id, message: 'All hands' })
    await line('Town Square').locator('.unread').waitFor()
    await expect.poll(async () => (await names('Channels'))[0]).toBe('Town Square')
    await page.getByRole('button', { name: 'Only unread' }).click()
    await expect.poll(() => page.locator('[data-chan]').count()).toBe(2)
    await everywhere(page, 'only-unread')
    await page.getByRole('button', { name: 'Only unread' }).click()
    await line('Off-Topic').waitFor()
  })
})

describe('a channel as a whole', () => {
  const panel = (name, at = page) => at.getByRole('complementary', { name })
  const edit = async (what, text) => {
    await panel('Channel info')
      .getByRole('button', { name: `Edit the ${what}` })
      .click()
    const dialog = page.getByRole('dialog', { name: new RegExp(`The ${what}`) })
    await dialog.getByRole('textbox').fill(text)
    await accessible(page, `edit-${what}`)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
  }

  test('it says what it is for, and whoever may changes that', async () => {
    await page.goto(`${bed.origin}/ship/channels/bridge`)
    await page.getByRole('button', { name: 'Channel info', exact: true }).click()
    await edit('header', 'Watch **changes** at eight')
    await edit('purpose', 'Steering and lookout')
    const info = panel('Channel info')
    await info.getByText('Steering and lookout').waitFor()
    await page.locator('.topic', { hasText: 'Watch changes at eight' }).waitFor()
    await info.getByRole('button', { name: /Members\s*1/ }).waitFor()
    await everywhere(page, 'info')
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await info.getByRole('button', { name: 'Copy the id' }).click()
    const { id } = await as(ada, 'GET', `/teams/${team.id}/channels/name/bridge`)
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(id)
  })

  test('it is renamed, with its address', async () => {
    await panel('Channel info').getByRole('button', { name: 'Rename…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Rename Bridge' })
    await dialog.getByLabel('Name').fill('Command bridge')
    await dialog.getByLabel('Address').fill('Not an address')
    await dialog.getByText('Small letters, digits and dashes.').waitFor()
    await dialog.getByLabel('Address').fill('command')
    await everywhere(page, 'rename')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL('**/channels/command?panel=info')
    await page.getByRole('heading', { name: 'Command bridge', level: 1 }).waitFor()
    await line('Command bridge').waitFor()
  })

  test('a banner stands above its messages, whoever reads them, and its administrators set it', async () => {
    const mark = at => at.locator('main .channel-banner')
    await panel('Channel info').getByRole('button', { name: 'Edit the banner' }).click()
    const dialog = page.getByRole('dialog', { name: 'The banner of Command bridge' })
    await dialog
      .getByLabel('Text')
      .fill('**RESTRICTED** exercise only, see [the rules](https://example.org/rules)')
    await dialog.getByText('Room for 952 more.').waitFor()
    await dialog.getByRole('textbox', { name: 'Colour', exact: true }).fill('red')
    await dialog.getByText('Like #c8102e or #fa0.').waitFor()
    expect(await dialog.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Pick a colour').fill('#ffe680')
    await dialog.getByRole('group', { name: 'How it looks' }).getByText('RESTRICTED').waitFor()
    await everywhere(page, 'edit-banner')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    await mark(page).locator('strong', { hasText: 'RESTRICTED' }).waitFor()
    await everywhere(page, 'channel-banner')
    const ground = theme =>
      page.evaluate(t => {
        if (t) document.documentElement.dataset.theme = t
        const [r, g, b] = getComputedStyle(document.querySelector('main .channel-banner'))
          .backgroundColor.match(/\d+/g)
          .map(Number)
        if (t) delete document.documentElement.dataset.theme
        return [r, g, b]
      }, theme)
    expect(await ground('')).toEqual([255, 230, 128])
    expect(Math.max(...(await ground('night')))).toBeLessThan(100)

    const { id } = await as(ada, 'GET', `/teams/${team.id}/channels/name/command`)
    await as(ada, 'POST', `/channels/${id}/members`, { user_id: bo.id })
    await mate.goto(`${bed.origin}/ship/channels/command`)
    await mark(mate).getByText('RESTRICTED').waitFor()
    const patch = banner_info => as(ada, 'PUT', `/channels/${id}/patch`, { banner_info })
    await patch({ text: 'Unclassified', background_color: '#070' })
    await mark(mate).getByText('Unclassified').waitFor()
    await accessible(mate, 'channel-banner-green')
    await mate.goto(`${bed.origin}/ship/channels/command?panel=info`)
    await panel('Channel info', mate).getByText('Unclassified').waitFor()
    expect(await panel('Channel info', mate).getByRole('button', { name: 'Edit the banner' }).count()).toBe(0)
    await patch({ enabled: false })
    await panel('Channel info', mate).getByText('Unclassified').waitFor({ state: 'detached' })
    await mark(page).waitFor({ state: 'detached' })
  })

  test('it becomes private, is archived, and comes back', async () => {
    const info = panel('Channel info')
    await info.getByRole('button', { name: 'Make private…' }).click()
    await accessible(page, 'convert')
    await sure('Make private')
    await info.getByRole('button', { name: 'Make public…' }).waitFor()
    expect((await as(ada, 'GET', `/teams/${team.id}/channels/name/command`)).type).toBe('P')
    await info.getByRole('button', { name: 'Make public…' }).click()
    await sure('Make public')
    await info.getByRole('button', { name: 'Archive channel…' }).click()
    await sure('Archive')
    await page.getByText('This channel is archived.').waitFor()
    await info.getByText('Archived', { exact: true }).waitFor()
    await expect(await info.getByRole('button', { name: 'Rename…' }).count()).toBe(0)
    await everywhere(page, 'archived')
    await page.reload()
    await page.getByText('This channel is archived.').waitFor()
    await panel('Channel info').getByRole('button', { name: 'Bring back from the archive' }).click()
    await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
    await line('Command bridge').waitFor()
  })

  test('what somebody may not do is not offered', async () => {
    await mate.goto(`${bed.origin}/ship/channels/off-topic?panel=info`)
    const info = panel('Channel info', mate)
    await info.getByRole('button', { name: 'Rename…' }).waitFor()
    expect(await info.getByRole('button', { name: 'Make private…' }).count()).toBe(0)
    await info.getByRole('button', { name: /Members/ }).click()
    await panel('Members', mate).getByRole('button', { name: 'Menu of cem' }).click()
    await mate.getByRole('menuitem', { name: 'Message' }).waitFor()
    expect(await mate.getByRole('menuitem', { name: 'Make a channel admin' }).count()).toBe(0)
    await mate.keyboard.press('Escape')
  })

  test('members are listed, found, added, put in charge, and removed', async () => {
    await page.goto(`${bed.origin}/ship/channels/anchor`)
    await page.getByRole('button', { name: 'Members', exact: true }).click()
    const members = panel('Members')
    await members.getByRole('button', { name: 'Add', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: /Add people to Anchor/ })
    for (const name of ['bo', 'cem']) {
      await dialog.getByRole('button', { name: 'Find somebody' }).click()
      await page.getByRole('combobox', { name: 'Find: Find somebody' }).fill(name)
      await page.getByRole('option', { name: `@${name}` }).click()
    }
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    const list = members.getByRole('list', { name: 'Members' })
    await list.getByText('@bo').waitFor()
    await list.getByText('@cem').waitFor()
    await members.getByPlaceholder('Search 3 members').waitFor()
    await everywhere(page, 'members')
    const { id } = await as(ada, 'GET', `/teams/${team.id}/channels/name/anchor`)
    const turn = async item => {
      await list.getByRole('button', { name: 'Menu of bo' }).click()
      await page.getByRole('menuitem', { name: item }).click()
    }
    await turn('Make a channel admin')
    await list.getByText('@bo · channel admin').waitFor()
    const role = async () => (await as(ada, 'GET', `/channels/${id}/members/${bo.id}`)).scheme_admin
    expect(await role()).toBe(true)
    await turn('Make an ordinary member')
    await expect.poll(role).toBe(false)
    await members.getByRole('searchbox').fill('ce')
    await list.getByText('@bo').waitFor({ state: 'detached' })
    await list.getByText('@cem').waitFor()
    await members.getByRole('searchbox').fill('')
    await list.getByText('@bo').waitFor()
    await list.getByRole('button', { name: 'Menu of bo' }).click()
    await page.getByRole('menuitem', { name: 'Remove from channel' }).click()
    await sure('Remove')
    await list.getByText('@bo').waitFor({ state: 'detached' })
    await mate.getByText('You were removed from Anchor.').waitFor()
    await page.keyboard.press('Escape')
    await members.waitFor({ state: 'detached' })
  })
})

describe('what is kept', () => {
  const panel = (name, at = page) => at.getByRole('complementary', { name })
  const postMenu = async (text, item, at = page) => {
    const post = at.locator('main .post:not(.pending)', { hasText: text }).first()
    await post.hover()
    await post.getByRole('button', { name: 'More actions' }).click()
    await at.getByRole('menuitem', { name: item }).click()
  }

  test('a message is pinned for everybody, who see it in the panel at once', async () => {
    await page.goto(`${bed.origin}/ship/channels/town-square`)
    await write(page, 'Muster at noon')
    await visible(page, 'Muster at noon')
    await mate.goto(`${bed.origin}/ship/channels/town-square?panel=pinned`)
    await panel('Pinned messages', mate).getByText('Nothing pinned yet').waitFor()
    await everywhere(mate, 'no-pins')
    await postMenu('Muster at noon', 'Pin to channel')
    await page.locator('main .post', { hasText: 'Muster at noon' }).getByText('Pinned').waitFor()
    await panel('Pinned messages', mate).getByText('Muster at noon').waitFor()
    await everywhere(mate, 'pins')
    await page.getByRole('button', { name: 'Pinned messages', exact: true }).click()
    await panel('Pinned messages').getByText('Muster at noon').waitFor()
    await everywhere(page, 'pinned')
  })

  test('a message is saved for oneself, and the list leads back to it', async () => {
    await postMenu('Muster at noon', 'Save for later')
    await page.getByRole('link', { name: 'Saved', exact: true }).click()
    const saved = page.getByRole('list', { name: 'Saved messages' })
    await saved.getByText('Muster at noon').waitFor()
    await everywhere(page, 'saved')
    await saved.getByRole('link', { name: 'Show in channel' }).click()
    await page.waitForURL('**/channels/town-square')
    await visible(page, 'Muster at noon')
    expect(await mate.locator('.kept-marks', { hasText: 'Saved' }).count()).toBe(0)
  })

  test('the files of a channel are listed', async () => {
    await page
      .getByLabel('Files', { exact: true })
      .setInputFiles({ name: 'roster.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') })
    await page.locator('.upload progress').waitFor({ state: 'detached' })
    await write(page, 'Who is where')
    await page.locator('.post:not(.pending)', { hasText: 'Who is where' }).waitFor()
    // Files are found a moment after they were posted.
    const asked = { terms: 'roster', is_or_search: false, page: 0, per_page: 5 }
    const found = () => as(ada, 'POST', `/teams/${team.id}/files/search`, asked)
    await expect.poll(async () => (await found()).order?.length).toBe(1)
    await channelMenu('Files')
    await panel('Files').getByText('roster.csv').waitFor()
    await everywhere(page, 'files')
    await page.keyboard.press('Escape')
  })
})

describe('teams and their channels', () => {
  const add = async (item, at = page) => {
    await at.getByRole('button', { name: 'Add', exact: true }).click()
    await at.getByRole('menuitem', { name: item }).click()
    return at.getByRole('dialog')
  }
  const teamMenu = async item => {
    await page.getByRole('button', { name: /^Team menu of/ }).click()
    await page.getByRole('menuitem', { name: item }).click()
    return page.getByRole('dialog')
  }

  test('channels are browsed, found and joined', async () => {
    const galley = await make('galley', 'O', { purpose: 'What there is to eat' })
    await as(ada, 'DELETE', `/channels/${(await make('hold')).id}`)
    await mate.goto(`${bed.origin}/ship/channels/town-square`)
    await mate.getByRole('button', { name: 'Channels', exact: true }).click()
    const dialog = await add('Browse channels', mate)
    const list = dialog.getByRole('list', { name: 'Channels' })
    await list.getByText('Galley').waitFor()
    await list.locator('li', { hasText: 'Galley' }).getByText('1 member').waitFor()
    await list.locator('li', { hasText: 'Off-Topic' }).getByText('Joined').waitFor()
    await everywhere(mate, 'browse')
    await dialog.getByRole('searchbox').fill('eat')
    await list.getByText('Off-Topic').waitFor({ state: 'detached' })
    await dialog.getByRole('button', { name: 'Archived' }).click()
    await dialog.getByText('No such channel here.').waitFor()
    await dialog.getByRole('searchbox').fill('')
    await list.getByText('Hold').waitFor()
    await dialog.getByRole('button', { name: 'Public' }).click()
    await dialog.getByRole('button', { name: 'Join Galley' }).click()
    await mate.waitForURL('**/channels/galley')
    expect((await as(bo, 'GET', `/channels/${galley.id}/members/${bo.id}`)).user_id).toBe(bo.id)
  })

  test('an archived channel is read by whoever finds it', async () => {
    const dialog = await add('Browse channels')
    await dialog.getByRole('button', { name: 'Archived' }).click()
    await dialog.getByRole('list', { name: 'Channels' }).getByText('Hold').waitFor()
    await accessible(page, 'browse-archived')
    await dialog.getByRole('button', { name: /Hold$/ }).click()
    await page.getByText('This channel is archived.').waitFor()
    await page.getByRole('heading', { name: 'Hold', level: 1 }).waitFor()
  })

  test('another team is made, left, and joined again', async () => {
    let dialog = await teamMenu('Create a team…')
    await dialog.getByLabel('Team name').fill('Shore')
    await everywhere(page, 'new-team')
    await dialog.getByRole('button', { name: 'Create team' }).click()
    await page.waitForURL('**/shore/**')
    await page.getByRole('link', { name: /^Ship/ }).waitFor()
    const shore = await as(ada, 'GET', '/teams/name/shore')
    await as(ada, 'PUT', `/teams/${shore.id}/patch`, { allow_open_invite: true })
    await teamMenu('Leave team')
    await sure('Leave team')
    await page.waitForURL('**/ship/**')
    await page.getByRole('link', { name: /^Shore/ }).waitFor({ state: 'detached' })
    dialog = await teamMenu('Join another team…')
    await dialog.getByText('Shore').waitFor()
    await everywhere(page, 'join-team')
    await dialog.getByRole('button', { name: 'Join Shore' }).click()
    await page.waitForURL('**/shore/**')
  })

  test('people are invited by a link', async () => {
    await page.goto(`${bed.origin}/ship/channels/town-square`)
    await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
    const dialog = await teamMenu('Invite people…')
    const link = dialog.getByLabel('A link for everybody')
    await expect.poll(() => link.inputValue()).toMatch(/signup_user_complete\/\?id=[a-z0-9]{26}$/)
    await everywhere(page, 'invite')
    await dialog.getByRole('button', { name: 'Copy link' }).click()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(await link.inputValue())
    await dialog.getByRole('button', { name: 'Close' }).click()
  })
})

describe('without the server', () => {
  test('the arrangement, what is pinned and what is saved are there, and the rest says so', async () => {
    await page.goto(`${bed.origin}/ship/channels/town-square?panel=pinned`)
    await page.getByRole('complementary').getByText('Muster at noon').waitFor()
    await line('Deck').waitFor()
    const square = await as(ada, 'GET', `/teams/${team.id}/channels/name/town-square`)
    const banner = { enabled: true, text: 'All **hands**', background_color: '#123' }
    await as(ada, 'PUT', `/channels/${square.id}/patch`, { banner_info: banner })
    await page.locator('.channel-banner', { hasText: 'All hands' }).waitFor()
    await expect.poll(() => keptBanners(page)).toContain('All **hands**')
    await bed.kill()
    await page.getByText('Offline.', { exact: true }).waitFor()
    expect(await names('Kept')).toEqual(['Deck'])
    await page.reload()
    await page.locator('.channel-banner', { hasText: 'All hands' }).waitFor()
    await page.getByRole('complementary').getByText('Muster at noon').waitFor()
    await menuOf('Deck', 'Favourite')
    await page.getByText('You are offline.').first().waitFor()
    expect(await names('Kept')).toEqual(['Deck'])
    await page.getByRole('button', { name: 'Back to the info' }).click()
    await page.getByRole('button', { name: /^Files/ }).click()
    await page.getByText('The list of files needs the server.').waitFor()
    await page.getByRole('link', { name: 'Saved', exact: true }).click()
    await page.getByRole('list', { name: 'Saved messages' }).getByText('Muster at noon').waitFor()
    await everywhere(page, 'saved-offline')
    expect(page.problems).toEqual([])
    expect(mate.problems).toEqual([])
  })
})
