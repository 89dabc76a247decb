// What moves a list of messages, and what does not.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bed, signIn, signUp } from './bed.mjs'
import { visible } from './look.mjs'

let bed
let page
let token
let team
let channel

beforeAll(async () => {
  bed = await Bed.start()
  page = await bed.person()
  await signUp(page, bed.origin, 'ada')
  await page.getByLabel('Team name').fill('Ship')
  await page.getByRole('button', { name: 'Create team' }).click()
  await page.waitForURL('**/ship/channels/town-square')
  token = (await bed.login('ada')).token
  team = (await bed.api('GET', '/teams/name/ship', undefined, token)).body.id
  const found = await bed.api('GET', `/teams/${team}/channels/name/town-square`, undefined, token)
  channel = found.body.id
  for (let i = 0; i < 50; i++)
    await bed.api('POST', '/posts', { channel_id: channel, message: `Line ${i}\n\nand what is below` }, token)
  await visible(page, 'Line 49')
})
afterAll(async () => {
  await bed?.stop()
})

/** Makes what is below the list so much higher, and scrolls by so many pixels in the same moment. */
const disturb = (height, by) =>
  page.evaluate(
    ([pixels, distance]) => {
      const list = document.querySelector('.vlist')
      document.querySelector('.composer').style.paddingTop = `${pixels}px`
      if (distance) list.scrollTop += distance
      const frame = () => new Promise(r => requestAnimationFrame(r))
      return frame().then(frame).then(frame)
    },
    [height, by],
  )
const left = (on = page) =>
  on.locator('.vlist').evaluate(el => Math.round(el.scrollHeight - el.clientHeight - el.scrollTop))
/** The message at the top of the view, and how far below it that is. */
const top = () =>
  page.locator('.vlist').evaluate(el => {
    const edge = el.getBoundingClientRect().top
    const row = [...el.querySelectorAll('[data-post]')].find(r => r.getBoundingClientRect().bottom > edge)
    return `${row.dataset.post} ${Math.round(row.getBoundingClientRect().top - edge)}`
  })

test('at the end it stays at the end, however high the composer becomes', async () => {
  await disturb(150, 0)
  expect(await left()).toBeLessThan(4)
  await disturb(0, 0)
  expect(await left()).toBeLessThan(4)
})

test('at the end it stays at the end, however often the window changes before it is drawn', async () => {
  const size = page.viewportSize()
  for (let i = 0; i < 12; i++) {
    // At the size between, the browser itself moves the list up, where its end is then.
    for (const [width, height] of [
      [900, 700],
      [1600, 1200],
      [320, 568],
    ]) {
      await page.setViewportSize({ width, height })
      await page.evaluate(() => document.documentElement.scrollWidth)
    }
    await page.evaluate(() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r))))
    expect(await left()).toBeLessThan(4)
  }
  await page.setViewportSize(size)
  await disturb(0, 0)
  expect(await left()).toBeLessThan(4)
})

test('who scrolls up while the composer becomes higher is where they scrolled to', async () => {
  await disturb(150, -600)
  expect(await left()).toBeGreaterThan(500)
  const before = await top()
  await disturb(0, 0)
  expect(await top()).toBe(before)
})

test('who goes back to the end follows what comes', async () => {
  await page.locator('.vlist').press('End')
  await visible(page, 'Line 49')
  await bed.api('POST', '/posts', { channel_id: channel, message: 'from another device' }, token)
  await visible(page, 'from another device')
  expect(await left()).toBeLessThan(4)
})

test('a list that fits the view follows what comes, though it began where the new messages do', async () => {
  const { body: quiet } = await bed.api(
    'POST',
    '/channels',
    { team_id: team, name: 'quiet', display_name: 'Quiet', type: 'O' },
    token,
  )
  const { token: bo } = await bed.account('bo')
  const me = (await bed.api('GET', '/users/me', undefined, bo)).body.id
  await bed.api('POST', `/teams/${team}/members`, { team_id: team, user_id: me }, token)
  await bed.api('POST', `/channels/${quiet.id}/members`, { user_id: me }, token)
  const say = message => bed.api('POST', '/posts', { channel_id: quiet.id, message }, bo)
  // Where the new messages begin is known of a channel that was looked at once.
  await bed.api('POST', '/channels/members/me/view', { channel_id: quiet.id }, token)
  await say('Before anybody looked again')
  const fresh = await bed.person()
  await signIn(fresh, bed.origin, 'ada', '/ship/channels/quiet')
  await visible(fresh, 'Before anybody looked again')
  await fresh.locator('.vlist [data-key=new]').waitFor()
  for (let i = 0; i < 30; i++) await say(`Word ${i}\n\nand what is below`)
  await visible(fresh, 'Word 29')
  await expect.poll(() => left(fresh)).toBeLessThan(4)
})
