// What moves a list of messages, and what does not.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bed, signUp } from './bed.mjs'
import { visible } from './look.mjs'

let bed
let page
let token
let channel

beforeAll(async () => {
  bed = await Bed.start()
  page = await bed.person()
  await signUp(page, bed.origin, 'ada')
  await page.getByLabel('Team name').fill('Ship')
  await page.getByRole('button', { name: 'Create team' }).click()
  await page.waitForURL('**/ship/channels/town-square')
  token = (await bed.login('ada')).token
  const team = (await bed.api('GET', '/teams/name/ship', undefined, token)).body
  const found = await bed.api('GET', `/teams/${team.id}/channels/name/town-square`, undefined, token)
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
const left = () =>
  page.locator('.vlist').evaluate(el => Math.round(el.scrollHeight - el.clientHeight - el.scrollTop))
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
