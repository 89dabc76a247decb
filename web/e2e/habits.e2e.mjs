// How people read and write: which key sends, what is shown, where one begins; kept by the names other apps know.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn, write } from './bed.mjs'
import { Integration, png } from './integration.mjs'
import { accessible, accessibleIn, accessibleNarrow, everywhere, visible } from './look.mjs'

let bed
let other
let ada
let bo
let page
let team
let channel
let deck

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)
const box = p => p.getByRole('textbox', { name: /^Write to/ })
const prefOf = async name => (await as(ada, 'GET', '/users/me/preferences')).find(p => p.name === name)?.value
const pick = (group, name) =>
  page.getByRole('radiogroup', { name: group }).getByRole('radio', { name }).check()
const tick = name => page.getByRole('checkbox', { name })
const settings = async () => {
  await page.goto(`${bed.origin}/account_settings/reading`)
  await page.getByRole('heading', { name: 'Reading and writing', level: 1 }).waitFor()
}
const SENDING = 'Key that sends a message'

beforeAll(async () => {
  other = await Integration.start()
  bed = await Bed.start({
    prepare: data =>
      writeFile(join(data, 'fieldpost.toml'), '[outbound]\nallowed_internal = ["127.0.0.1/32"]\n'),
  })
  ada = await bed.account('ada')
  team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  channel = await as(ada, 'GET', `/teams/${team.id}/channels/name/town-square`)
  deck = `${bed.origin}/ship/channels/town-square`
  bo = await bed.account('bo')
  await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: bo.id })
  await as(ada, 'POST', '/posts', { channel_id: channel.id, message: 'The first watch' })
  page = await bed.person()
  await signIn(page, bed.origin, 'ada', '/ship/channels/town-square')
  await visible(page, 'The first watch')
})
afterAll(async () => {
  await bed?.stop()
  other?.stop()
})

describe('reading and writing', () => {
  test('its page is found by its name, and reads well in every theme', async () => {
    await box(page).focus()
    await page.keyboard.press('Control+Shift+P')
    const palette = page.getByRole('combobox', { name: 'Find what can be done' })
    await palette.fill('reading and writing')
    await palette.press('Enter')
    await page.waitForURL('**/account_settings/reading')
    await page.getByRole('heading', { name: 'Reading and writing', level: 1 }).waitFor()
    await everywhere(page, 'habits')
    await page.getByText('Quick reactions').scrollIntoViewIfNeeded()
    await accessibleNarrow(page, 'habits-end')
    await accessibleIn(page, 'contrast', 'habits')
  })

  test('Enter sends, except in code', async () => {
    await page.goto(deck)
    await box(page).fill('```\nlet x')
    await page.getByText('Ctrl Enter sends').waitFor()
    await box(page).press('End')
    await box(page).press('Enter')
    await box(page).pressSequentially('```')
    expect(await box(page).inputValue()).toBe('```\nlet x\n```')
    await box(page).press('Enter')
    await visible(page, 'let x')
  })

  test('with Ctrl it sends, and Enter alone begins a line; the help says so', async () => {
    await settings()
    await pick(SENDING, /^Ctrl Enter/)
    await expect.poll(() => prefOf('send_on_ctrl_enter')).toBe('true')
    expect(await prefOf('code_block_ctrl_enter')).toBe('true')
    await page.goto(deck)
    await visible(page, 'The first watch')
    await box(page).pressSequentially('one line')
    await page.getByText('Ctrl Enter sends').waitFor()
    await page.getByTitle('Send · Ctrl Enter').waitFor()
    await box(page).press('Enter')
    await box(page).pressSequentially('and another')
    expect(await box(page).inputValue()).toBe('one line\nand another')
    await box(page).press('Control+Enter')
    await visible(page, 'and another')
    expect(await box(page).inputValue()).toBe('')
    await page.keyboard.press('Control+/')
    const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await help.getByRole('textbox', { name: 'Find a shortcut' }).fill('new line')
    await expect.poll(() => help.locator('dd').allInnerTexts()).toEqual([expect.stringMatching(/^Enter/)])
    await page.keyboard.press('Escape')
    // The same key saves what is edited.
    const post = page.locator('.post:not(.pending)', { hasText: 'and another' })
    await post.focus()
    await post.press('e')
    const edited = page.getByRole('textbox', { name: 'Edit message' })
    await edited.press('Enter')
    await edited.pressSequentially('and a third')
    await edited.press('Control+Enter')
    await visible(page, 'and a third')
    await edited.waitFor({ state: 'detached' })
  })

  test('another app turns it back, and it holds here at once', async () => {
    await as(ada, 'PUT', '/users/me/preferences', [
      { user_id: ada.id, category: 'advanced_settings', name: 'send_on_ctrl_enter', value: 'false' },
      { user_id: ada.id, category: 'advanced_settings', name: 'code_block_ctrl_enter', value: 'false' },
    ])
    await page.getByTitle('Send · Enter').waitFor()
    await box(page).fill('```\nat once')
    await box(page).press('Enter')
    await visible(page, 'at once')
    await settings()
    await page.getByRole('radio', { name: /^Enter, always/, checked: true }).waitFor()
    await pick(SENDING, /^Enter, but not in code/)
  })

  test('who joined and left is shown or not', async () => {
    const cy = await bed.account('cy')
    // Of what she did herself ada is told all the same, so it is bo who adds.
    await as(bo, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: cy.id })
    await page.goto(deck)
    await visible(page, 'The first watch')
    await page.locator('.sysline', { hasText: 'cy' }).first().waitFor({ state: 'attached' })
    await settings()
    await tick(/Who joined and left/).uncheck()
    await expect.poll(() => prefOf('join_leave')).toBe('false')
    await page.goto(deck)
    await visible(page, 'The first watch')
    await expect.poll(() => page.locator('.sysline', { hasText: 'cy' }).count()).toBe(0)
    await settings()
    await tick(/Who joined and left/).check()
    await expect.poll(() => prefOf('join_leave')).toBe('true')
  })

  test('pages that are linked to are shown or not', async () => {
    await page.goto(deck)
    await write(page, `Look at ${other.url}/weather`)
    const preview = page.locator('.preview', { hasText: 'Gale warning' })
    await preview.waitFor()
    await settings()
    await tick(/Previews of web pages/).uncheck()
    await expect.poll(() => prefOf('link_previews')).toBe('false')
    await page.goto(deck)
    await visible(page, 'Look at')
    await expect.poll(() => preview.count()).toBe(0)
    await settings()
    await tick(/Previews of web pages/).check()
    await page.goto(deck)
    await preview.waitFor()
  })

  test('pictures are folded by a command, opened one by one, and unfolded', async () => {
    await page
      .locator('input[type=file]')
      .first()
      .setInputFiles({
        name: 'harbour.png',
        mimeType: 'image/png',
        buffer: png(320, 200),
      })
    await box(page).fill('The harbour')
    await box(page).press('Enter')
    const post = page.locator('.post:not(.pending)', { hasText: 'The harbour' })
    const picture = post.getByAltText('harbour.png')
    const preview = page.locator('.preview', { hasText: 'Gale warning' })
    await picture.waitFor()
    await write(page, '/collapse ')
    await picture.waitFor({ state: 'detached' })
    await expect.poll(() => preview.locator('img').count()).toBe(0)
    expect(await prefOf('collapse_previews')).toBe('true')
    await accessible(page, 'folded')
    await post.getByRole('button', { name: 'Show picture harbour.png' }).click()
    await picture.waitFor()
    expect(await preview.locator('img').count()).toBe(0)
    await accessible(page, 'opened')
    // Once more folds what was opened meanwhile.
    await write(page, '/collapse ')
    await picture.waitFor({ state: 'detached' })
    await write(page, '/expand ')
    await picture.waitFor()
    await preview.locator('img').waitFor()
    expect(await post.getByRole('button', { name: /picture/ }).count()).toBe(0)
    await settings()
    await expect.poll(() => tick(/Fold pictures/).isChecked()).toBe(false)
  })

  test('in a channel with news one begins where one left off, or at the newest message', async () => {
    const off = await as(ada, 'GET', `/teams/${team.id}/channels/name/off-topic`)
    const tell = async (from, to) => {
      for (let n = from; n <= to; n++)
        await as(bo, 'POST', '/posts', {
          channel_id: off.id,
          message: `report ${n}\n\n${'all well\n'.repeat(6)}`,
        })
    }
    const open = async () => {
      await page.locator('.chan.unread', { hasText: 'Off-Topic' }).click()
      await page
        .locator('.post', { hasText: /report/ })
        .first()
        .waitFor()
    }
    const inView = text =>
      page.locator('.post', { hasText: text }).evaluate(el => {
        const seen = el.closest('[role=log], .timeline').getBoundingClientRect()
        const at = el.getBoundingClientRect()
        return at.top < seen.bottom && at.bottom > seen.top
      })
    await page.goto(deck)
    await visible(page, 'The first watch')
    await page.locator('.chan', { hasText: 'Off-Topic' }).click()
    await page.waitForURL('**/off-topic')
    await expect
      .poll(async () => (await as(ada, 'GET', `/channels/${off.id}/members/me`)).last_viewed_at)
      .toBeGreaterThan(0)
    await page.locator('.chan', { hasText: 'Town Square' }).click()
    await page.waitForURL('**/town-square')
    await tell(1, 20)
    await open()
    await expect.poll(() => inView(/report 1\D/)).toBe(true)
    await page.getByRole('button', { name: /newest/i }).click()
    await expect.poll(() => inView(/report 20\D/)).toBe(true)
    await expect
      .poll(async () => (await as(ada, 'GET', `/users/me/channels/${off.id}/unread`)).msg_count)
      .toBe(0)
    await settings()
    await pick('Where to begin in a channel with new messages', /At the newest message/)
    await expect.poll(() => prefOf('unread_scroll_position')).toBe('start_from_newest')
    await page.goto(deck)
    await visible(page, 'The first watch')
    await tell(21, 40)
    await open()
    await expect.poll(() => inView(/report 40\D/)).toBe(true)
    await expect
      .poll(async () => (await as(ada, 'GET', `/users/me/channels/${off.id}/unread`)).msg_count)
      .toBe(0)
  })

  test('signs are drawn as emoji, or left as they were typed', async () => {
    await page.goto(deck)
    await write(page, 'Fair winds :)')
    const post = page.locator('.post:not(.pending)', { hasText: 'Fair winds' })
    await post.getByTitle(':slightly_smiling_face:').waitFor()
    await as(ada, 'PUT', '/users/me/preferences', [
      { user_id: ada.id, category: 'display_settings', name: 'render_emoticons_as_emoji', value: 'false' },
    ])
    await post.getByText('Fair winds :)').waitFor()
    await post.hover()
    await post
      .getByRole('button', { name: /^React with/ })
      .first()
      .waitFor()
    await as(ada, 'PUT', '/users/me/preferences', [
      { user_id: ada.id, category: 'display_settings', name: 'one_click_reactions_enabled', value: 'false' },
    ])
    await expect.poll(() => post.getByRole('button', { name: /^React with/ }).count()).toBe(0)
    await post.getByRole('button', { name: 'Add a reaction' }).first().waitFor()
  })

  test('without the server it is chosen all the same, and told later', async () => {
    await page.evaluate(() => navigator.serviceWorker.ready)
    await settings()
    await bed.kill()
    await page.getByText('What you choose holds here').waitFor()
    await pick(SENDING, /^Ctrl Enter/)
    await tick(/Fold pictures/).check()
    await page.reload()
    await page.getByRole('radio', { name: /^Ctrl Enter/, checked: true }).waitFor()
    expect(await tick(/Fold pictures/).isChecked()).toBe(true)
    await bed.serve()
    await page.evaluate(() => dispatchEvent(new Event('online')))
    ada = await bed.login('ada')
    await expect.poll(() => prefOf('send_on_ctrl_enter')).toBe('true')
    expect(await prefOf('collapse_previews')).toBe('true')
    expect(page.problems).toEqual([])
  })
})
