// Conversations: closed, brought back, as many as there is room for, made a channel of; and categories that are muted.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn, write } from './bed.mjs'
import { everywhere, visible } from './look.mjs'

let bed
let ada
let bo
let cem
let page
let mate
let team
let group

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)
const say = (who, channel, message) => as(who, 'POST', '/posts', { channel_id: channel.id, message })
const direct = other => as(ada, 'POST', '/channels/direct', [ada.id, other.id])
const chosen = async (category, name, who = ada) => {
  const all = await as(who, 'GET', '/users/me/preferences')
  return all.find(p => p.category === category && p.name === name)?.value
}

beforeAll(async () => {
  bed = await Bed.start()
  ada = await bed.account('ada', { first_name: 'Ada', last_name: 'Byron' })
  team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  bo = await bed.account('bo')
  cem = await bed.account('cem')
  for (const one of [bo, cem])
    await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: one.id })
  for (const one of [bo, cem]) await say(one, await direct(one), `Morning from ${one === bo ? 'bo' : 'cem'}`)
  group = await as(ada, 'POST', '/channels/group', [ada.id, bo.id, cem.id])
  await say(bo, group, 'The three of us')
  page = await bed.person()
  await signIn(page, bed.origin, 'ada', '/ship/channels/off-topic')
  await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
  mate = await bed.person({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  await signIn(mate, bed.origin, 'bo', '/ship/channels/off-topic')
  await mate.getByRole('textbox', { name: /^Write to/ }).waitFor()
})
afterAll(async () => {
  await bed?.stop()
})

const line = (title, at = page) => at.locator(`[data-chan][data-title="${title}"]`)
const gone = (title, at = page) => line(title, at).waitFor({ state: 'detached' })
const groupLine = (at = page) => at.locator(`[data-chan="${group.id}"]`)
const menuOf = async (title, at = page) => {
  await line(title, at).hover()
  await at.getByRole('button', { name: `Menu of ${title}`, exact: true }).click()
}

describe('closing', () => {
  test('a conversation is closed by its menu, where other clients see it too, and is read by that', async () => {
    await line('bo').locator('.unread').waitFor()
    await menuOf('bo')
    await everywhere(page, 'conversation-menu')
    await page.getByRole('menuitem', { name: 'Close conversation' }).click()
    await gone('bo')
    await page.getByText('bo is closed.').waitFor()
    await expect.poll(() => chosen('direct_channel_show', bo.id)).toBe('false')
    await page.reload()
    await line('cem').waitFor()
    expect(await line('bo').count()).toBe(0)
  })

  test('the cross beside it closes it, without going there', async () => {
    await line('cem').hover()
    await expect.poll(() => line('cem').getByRole('button', { name: 'Close cem' }).isVisible()).toBe(true)
    await everywhere(page, 'conversation-hover')
    await line('cem').hover()
    await line('cem').getByRole('button', { name: 'Close cem' }).click()
    await gone('cem')
    expect(page.url()).toContain('/channels/off-topic')
    await groupLine().hover()
    await groupLine()
      .getByRole('button', { name: /^Close / })
      .click()
    await groupLine().waitFor({ state: 'detached' })
    await expect.poll(() => chosen('group_channel_show', group.id)).toBe('false')
    await page.getByText('Write to somebody with +').waitFor()
  })

  test('the finder brings it back, and so does a message', async () => {
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Find' }).fill('cem')
    await page.getByRole('option', { name: 'cem', exact: true }).click()
    await page.waitForURL('**/messages/@cem')
    await expect.poll(() => chosen('direct_channel_show', cem.id)).toBe('true')
    await line('Off-Topic').click()
    await line('cem').waitFor()
    await say(bo, await direct(bo), 'Are you there?')
    await line('bo').locator('.unread').waitFor()
    await expect.poll(() => chosen('direct_channel_show', bo.id)).toBe('true')
    await line('bo').click()
    await visible(page, 'Are you there?')
    await line('Off-Topic').click()
    await line('bo').waitFor()
  })

  test('the one on screen is closed from the palette, and the window goes elsewhere', async () => {
    await line('bo').click()
    await page.waitForURL('**/messages/@bo')
    await page.keyboard.press('Control+Shift+P')
    await page.getByRole('combobox').fill('close conv')
    await page.keyboard.press('Enter')
    await gone('bo')
    await page.waitForURL('**/channels/town-square')
    await expect.poll(() => chosen('direct_channel_show', bo.id)).toBe('false')
    // What another device wishes holds here.
    await as(ada, 'PUT', `/users/${ada.id}/preferences`, [
      { user_id: ada.id, category: 'direct_channel_show', name: bo.id, value: 'true' },
    ])
    await line('bo').waitFor()
  })

  test('on a phone it is in the menus, and there is no cross', async () => {
    await mate.getByRole('button', { name: 'Channels', exact: true }).click()
    await line('Ada Byron', mate).waitFor()
    expect(await mate.locator('.shut:visible').count()).toBe(0)
    await line('Ada Byron', mate).locator('a').click()
    await visible(mate, 'Morning from bo')
    await mate.getByRole('button', { name: 'Channel menu' }).click()
    await mate.getByRole('menuitem', { name: 'Close conversation' }).click()
    await mate.waitForURL('**/channels/town-square')
    await expect.poll(() => chosen('direct_channel_show', ada.id, bo)).toBe('false')
  })
})

describe('how many', () => {
  test('as many are listed as the reader wishes; the others are found', async () => {
    for (let i = 10; i < 22; i++) {
      const one = await bed.account(`hand${i}`)
      await say(ada, await direct(one), `To hand ${i}`)
    }
    await line('hand10').waitFor()
    await page.getByRole('button', { name: 'Menu of Direct messages' }).click()
    await everywhere(page, 'conversations-room')
    await page.getByRole('menuitemradio', { name: '10 conversations' }).click()
    await gone('hand10')
    await line('hand21').waitFor()
    await expect
      .poll(() => page.getByRole('list', { name: 'Direct messages' }).locator('[data-chan]').count())
      .toBe(10)
    await expect.poll(() => chosen('sidebar_settings', 'limit_visible_dms_gms')).toBe('10')
    await page.getByRole('button', { name: '4 more…' }).scrollIntoViewIfNeeded()
    await everywhere(page, 'conversations-more')
    await page.getByRole('button', { name: '4 more…' }).click()
    await page.getByRole('combobox', { name: 'Find' }).fill('hand10')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/messages/@hand10')
    await line('hand10').waitFor()
    await page.getByRole('button', { name: 'Menu of Direct messages' }).click()
    await page.getByRole('menuitemradio', { name: '40 conversations' }).click()
    await line('hand11').waitFor()
  })
})

describe('muting', () => {
  const members = name => as(ada, 'GET', `/teams/${team.id}/channels/name/${name}`)
  const muted = async name => {
    const { id } = await members(name)
    return (await as(ada, 'GET', `/channels/${id}/members/me`)).notify_props.mark_unread === 'mention'
  }

  test('a category is muted as a whole, with what is moved under it, and heard again', async () => {
    await menuOf('Off-Topic')
    await page.getByRole('menuitem', { name: 'New category…' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Noise')
    await page.getByRole('button', { name: 'Create category' }).click()
    await page.getByRole('button', { name: 'Menu of Noise' }).click()
    await page.getByRole('menuitem', { name: 'Mute category' }).click()
    await page.getByRole('button', { name: /^Noise\s*, muted$/ }).waitFor()
    await line('Off-Topic').locator('.muted').waitFor()
    expect(await muted('off-topic')).toBe(true)
    await menuOf('Town Square')
    await page.getByRole('menuitemradio', { name: 'Noise' }).click()
    await line('Town Square').locator('.muted').waitFor()
    await everywhere(page, 'category-muted')
    await page.getByRole('button', { name: 'Menu of Noise' }).click()
    await page.getByRole('menuitem', { name: 'Unmute category' }).click()
    await page.getByRole('button', { name: 'Noise', exact: true }).waitFor()
    await line('Town Square').locator('.muted').waitFor({ state: 'detached' })
    await expect.poll(() => muted('off-topic')).toBe(false)
    await page.getByRole('button', { name: 'Menu of Direct messages' }).click()
    expect(await page.getByRole('menuitem', { name: 'Mute category' }).count()).toBe(0)
    await page.keyboard.press('Escape')
  })
})

describe('a channel of a conversation', () => {
  test('what it means is said, and what is wrong with a name', async () => {
    await page.goto(`${bed.origin}/ship/channels/${group.name}`)
    await visible(page, 'The three of us')
    await mate.goto(`${bed.origin}/ship/channels/${group.name}`)
    await visible(mate, 'The three of us')
    await page.getByRole('button', { name: 'Channel menu' }).click()
    await page.getByRole('menuitem', { name: 'Turn into a channel…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Turn this conversation into a channel' })
    await dialog.getByText('whoever is added later reads all of it').waitFor()
    await dialog.getByLabel('Name').fill('Off-Topic')
    await expect.poll(() => dialog.getByLabel('Address').inputValue()).toBe('off-topic')
    await everywhere(page, 'convert-group')
    await dialog.getByRole('button', { name: 'Turn into a channel' }).click()
    await dialog.getByRole('alert').waitFor()
    expect(await dialog.getByLabel('Name').inputValue()).toBe('Off-Topic')
    await everywhere(page, 'convert-group-refused')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
  })

  test('it becomes one, with what was said, and everybody is there', async () => {
    await page.keyboard.press('Control+Shift+P')
    await page.getByRole('combobox').fill('turn into')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Turn this conversation into a channel' })
    await dialog.getByLabel('Name').fill('Bridge crew')
    await dialog.getByRole('button', { name: 'Turn into a channel' }).click()
    await page.waitForURL('**/ship/channels/bridge-crew')
    await page.getByRole('heading', { name: 'Bridge crew', level: 1 }).waitFor()
    await visible(page, 'The three of us')
    await page.getByText('created this channel from a group message').waitFor()
    await page.getByRole('list', { name: 'Channels', exact: true }).getByText('Bridge crew').waitFor()
    const made = await as(bo, 'GET', `/channels/${group.id}`)
    expect([made.type, made.team_id, made.display_name]).toEqual(['P', team.id, 'Bridge crew'])
    // Whoever was reading it goes on.
    await mate.waitForURL('**/ship/channels/bridge-crew')
    await mate.getByRole('heading', { name: 'Bridge crew', level: 1 }).waitFor()
    await write(mate, 'Aye')
    await visible(page, 'Aye')
    await page.getByRole('button', { name: 'Channel menu' }).click()
    expect(await page.getByRole('menuitem', { name: 'Turn into a channel…' }).count()).toBe(0)
    await page.keyboard.press('Escape')
  })
})

describe('a channel of another team', () => {
  test('the team is picked among those that all are in, and whoever was reading it is taken along', async () => {
    const shore = await as(ada, 'POST', '/teams', { name: 'shore', display_name: 'Shore', type: 'O' })
    for (const one of [bo, cem])
      await as(ada, 'POST', `/teams/${shore.id}/members`, { team_id: shore.id, user_id: one.id })
    const next = await as(ada, 'POST', '/channels/group', [ada.id, bo.id, cem.id])
    expect(next.id).not.toBe(group.id)
    await say(cem, next, 'Among us again')
    for (const one of [page, mate]) {
      await one.goto(`${bed.origin}/ship/channels/${next.name}`)
      await visible(one, 'Among us again')
    }
    await page.getByRole('button', { name: 'Channel info' }).click()
    await page
      .getByRole('complementary', { name: 'About this conversation' })
      .getByRole('button', { name: 'Turn into a channel…' })
      .click()
    const dialog = page.getByRole('dialog', { name: 'Turn this conversation into a channel' })
    await dialog.getByLabel('Of which team').selectOption('Shore')
    await dialog.getByLabel('Name').fill('Landing party')
    await dialog.getByLabel('Address').fill('party')
    await dialog.getByRole('button', { name: 'Turn into a channel' }).click()
    for (const one of [page, mate]) {
      await one.waitForURL('**/shore/channels/party**')
      await one.getByRole('heading', { name: 'Landing party', level: 1 }).waitFor()
    }
    await page.goto(`${bed.origin}/ship/channels/town-square`)
  })
})

describe('without the server', () => {
  test('a conversation is closed at once, and there when the server is back', async () => {
    await line('cem').waitFor()
    await bed.kill()
    await page.getByText('Offline.', { exact: true }).waitFor()
    await menuOf('cem')
    await page.getByRole('menuitem', { name: 'Close conversation' }).click()
    await gone('cem')
    await bed.serve()
    await page.getByText('Offline.', { exact: true }).waitFor({ state: 'detached' })
    await expect.poll(() => chosen('direct_channel_show', cem.id)).toBe('false')
    expect(await line('cem').count()).toBe(0)
    await write(page, 'Back')
    await visible(page, 'Back')
    expect(page.problems).toEqual([])
    expect(mate.problems).toEqual([])
  })
})
