// How the client begins.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bed, signUp, write } from './bed.mjs'
import { visible } from './look.mjs'

let bed
let page

beforeAll(async () => {
  bed = await Bed.start()
  page = await bed.person()
  await signUp(page, bed.origin, 'ada')
  await page.getByLabel('Team name').fill('Ship')
  await page.getByRole('button', { name: 'Create team' }).click()
  await page.waitForURL('**/ship/channels/town-square')
  await write(page, 'Good morning')
  await visible(page, 'Good morning')
})
afterAll(async () => {
  await bed?.stop()
})

test('what is asked for before the client is there is not asked for again', async () => {
  const asked = []
  page.on('request', r => asked.push(r.url().replace(`${bed.origin}/api/v4`, '')))
  await page.reload()
  await visible(page, 'Good morning')
  await page.waitForFunction(() => globalThis.fieldpostEarly?.size === 0)
  const times = path => asked.filter(x => x === path).length
  expect([times('/users/me'), times('/config/client?format=old')]).toEqual([1, 1])
})

test('somebody without a session is asked nothing early', async () => {
  const other = await bed.person()
  await other.goto(`${bed.origin}/login`)
  await other.getByRole('button', { name: 'Sign in' }).waitFor()
  expect(await other.evaluate(() => globalThis.fieldpostEarly)).toBe(undefined)
})
