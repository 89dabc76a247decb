// Writing: drafts on every device, files on their way, what can be done with a message, and finding one's place.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn } from './bed.mjs'
import { accessible, everywhere, visible } from './look.mjs'

let bed
let ada
let bo
let page
let tablet
let team
let channel

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)
const say = (who, message, more = {}) =>
  as(who, 'POST', '/posts', { channel_id: channel.id, message, ...more })
const box = p => p.getByRole('textbox', { name: /^Write to/ })
const holds = (p, text) =>
  p.waitForFunction(t => document.querySelector('main .composer textarea')?.value === t, text)

beforeAll(async () => {
  bed = await Bed.start()
  ada = await bed.account('ada')
  team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  channel = await as(ada, 'GET', `/teams/${team.id}/channels/name/town-square`)
  bo = await bed.account('bo')
  await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: bo.id })
  await say(bo, 'The tide turns at six')
  page = await bed.person()
  await signIn(page, bed.origin, 'ada', '/ship/channels/town-square')
  await visible(page, 'The tide turns')
  tablet = await bed.person({ viewport: { width: 820, height: 1180 } })
  await signIn(tablet, bed.origin, 'ada', '/ship/channels/town-square')
  await visible(tablet, 'The tide turns')
})
afterAll(async () => {
  await bed?.stop()
})

describe('drafts on every device', () => {
  test('what is begun on one device stands on the other, with its priority', async () => {
    await box(page).fill('Half a thought')
    await page.getByRole('button', { name: 'Priority', exact: true }).click()
    await page.getByRole('menuitemradio', { name: 'Important' }).click()
    await holds(tablet, 'Half a thought')
    await tablet.locator('.composer .marks').getByText('Important').waitFor()
    await box(tablet).fill('Half a thought, and the rest')
    await holds(page, 'Half a thought, and the rest')
  })

  test('what was sent on one is gone from the other', async () => {
    await box(tablet).press('Enter')
    await visible(page, 'and the rest')
    await holds(page, '')
    const left = await as(ada, 'GET', `/users/me/teams/${team.id}/drafts`)
    expect(left).toEqual([])
  })

  test('what two devices wrote apart is all there', async () => {
    await bed.kill()
    await tablet.locator('.connection').waitFor({ timeout: 20_000 })
    await page.locator('.connection').waitFor({ timeout: 20_000 })
    await box(tablet).fill('Written on the tablet, in the dark')
    await box(page).fill('Written at the desk, later')
    await bed.serve()
    for (const p of [page, tablet]) await p.evaluate(() => dispatchEvent(new Event('online')))
    await holds(tablet, 'Written at the desk, later')
    await holds(page, 'Written at the desk, later')
    const lines = p => p.locator('.aside', { hasText: 'Written on the tablet' })
    await expect.poll(async () => (await lines(tablet).count()) + (await lines(page).count())).toBeGreaterThan(0)
    const there = (await lines(tablet).count()) > 0 ? tablet : page
    const other = there === tablet ? page : tablet
    await everywhere(there, 'draft-aside')
    await there.getByRole('button', { name: 'Add it here' }).click()
    await holds(other, 'Written at the desk, later\n\nWritten on the tablet, in the dark')
    await box(there).fill('')
    await holds(other, '')
    for (const p of [page, tablet]) await p.reload()
    await holds(page, '')
  })
})
