// The client as the server itself hands it out, encrypted, at an address that is not loopback.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pageOf, signUp, write } from './bed.mjs'
import { visible } from './look.mjs'
import { SecureBed } from './secure-bed.mjs'

let bed
let ada

beforeAll(async () => {
  bed = await SecureBed.start()
})
afterAll(async () => {
  await bed?.stop()
})

test('a browser that was never told of the authority refuses', async () => {
  const page = await pageOf(await bed.browser(false))
  await expect(page.goto(bed.origin)).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID')
})

test('one that trusts it signs up and posts, live', async () => {
  ada = await bed.person()
  await signUp(ada, bed.origin, 'ada')
  await ada.getByLabel('Team name').fill('Ship')
  await ada.getByRole('button', { name: 'Create team' }).click()
  await ada.waitForURL('**/ship/channels/town-square')
  await write(ada, 'Before the night')
  await ada.locator('.post:not(.pending)', { hasText: 'Before the night' }).waitFor()
  await ada.getByText('Connected', { exact: true }).waitFor()
  expect(await ada.evaluate(() => isSecureContext)).toBe(true)
})

test('the server hands out the administration too, at its own address', async () => {
  await ada.goto(`${bed.origin}/admin_console/links`)
  await ada.getByRole('heading', { name: 'Links to other sites', level: 1 }).waitFor()
  await ada.getByRole('link', { name: 'Conversations' }).click()
  await visible(ada, 'Before the night')
})

test('without the server: history after a reload, and what is written then is sent once', async () => {
  await ada.evaluate(() => navigator.serviceWorker.ready)
  await ada.evaluate(() => dispatchEvent(new Event('pagehide')))
  await bed.kill()
  await ada.locator('.connection').waitFor()
  await ada.reload()
  await visible(ada, 'Before the night')
  await write(ada, 'In the night')
  await ada.locator('.post.pending', { hasText: 'Not sent yet' }).waitFor()
  await ada.reload()
  await ada.locator('.post.pending', { hasText: 'In the night' }).waitFor()
  await bed.serve()
  await ada.evaluate(() => dispatchEvent(new Event('online')))
  await ada.locator('.post:not(.pending)', { hasText: 'In the night' }).waitFor()
  const messages = await ada.evaluate(async () => {
    const get = async path => (await fetch(`/api/v4${path}`)).json()
    const team = await get('/teams/name/ship')
    const channel = await get(`/teams/${team.id}/channels/name/town-square`)
    const list = await get(`/channels/${channel.id}/posts?per_page=200`)
    return list.order.map(id => list.posts[id].message)
  })
  expect(messages.filter(m => m === 'In the night')).toHaveLength(1)
  expect(messages).toContain('Before the night')
  expect(await ada.locator('.post', { hasText: 'In the night' }).count()).toBe(1)
  expect(ada.problems).toEqual([])
})
