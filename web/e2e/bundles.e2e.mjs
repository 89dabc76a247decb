// Two linked sites that do not hear each other: their administrators carry files.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bed, signIn } from './bed.mjs'
import { everywhere } from './look.mjs'

let hq
let edge
let ada
let erin
let channel
const tokens = {}
const sticks = []

const as = (bed, who, method, path, body) => bed.api(method, path, body, tokens[who]).then(r => r.body)
const card = (page, site) =>
  page.locator('.peer', { has: page.getByRole('heading', { name: site, exact: true }) })

/** The file that the browser is given. */
async function written(page, site) {
  const downloading = page.waitForEvent('download')
  await card(page, site).getByRole('button', { name: 'Write a bundle' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toMatch(/^[a-z]+-\d{8}T\d{4}\.fpbundle$/)
  await page.getByText(`The bundle for ${site} is written:`).first().waitFor()
  const path = await download.path()
  sticks.push(path)
  return path
}

async function take(page, file) {
  const choosing = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Take in a bundle' }).click()
  await (await choosing).setFiles(file)
}

/** Carries a bundle from one site's administrator to the other's. */
async function carry(from, to, [site, other]) {
  const file = await written(from, other)
  const answered = to.waitForResponse('**/fieldpost/link/bundle')
  await take(to, file)
  expect((await answered).status()).toBe(200)
  await to.getByText(`A bundle of ${site} was taken in.`).last().waitFor()
}

beforeAll(async () => {
  hq = await Bed.start({ flags: ['--site-name', 'hq', '--link-listen', '127.0.0.1:0'] })
  edge = await Bed.start({ flags: ['--site-name', 'edge'] })
  tokens.ada = (await hq.account('ada')).token
  tokens.erin = (await edge.account('erin')).token
  const team = await as(hq, 'ada', 'POST', '/teams', { name: 'field', display_name: 'Field', type: 'O' })
  await as(edge, 'erin', 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  channel = (
    await as(hq, 'ada', 'POST', '/channels', {
      team_id: team.id,
      name: 'medical',
      display_name: 'Medical',
      type: 'O',
    })
  ).id
  const { code } = await as(hq, 'ada', 'POST', '/fieldpost/link/invite', {})
  await as(edge, 'erin', 'POST', '/fieldpost/link/accept', { code })
  // From here on nothing passes over a line.
  await as(edge, 'erin', 'POST', '/fieldpost/link/hq/silence')
  await as(hq, 'ada', 'POST', '/fieldpost/link/edge/silence')
  await as(hq, 'ada', 'POST', '/fieldpost/link/edge/share', { channel: 'field:medical' })
  await as(hq, 'ada', 'POST', '/posts', { channel_id: channel, message: 'The convoy has left' })
  ada = await hq.person()
  erin = await edge.person()
  await signIn(ada, hq.origin, 'ada', '/admin_console/links')
  await signIn(erin, edge.origin, 'erin', '/admin_console/links')
  await card(ada, 'edge').waitFor()
  await card(erin, 'hq').waitFor()
})
afterAll(async () => {
  await hq?.stop()
  await edge?.stop()
})

test('there and back and there again, a channel comes with what was said in it', async () => {
  await carry(ada, erin, ['hq', 'edge'])
  await carry(erin, ada, ['edge', 'hq'])
  await carry(ada, erin, ['hq', 'edge'])
  expect((await as(edge, 'erin', 'GET', `/channels/${channel}`)).name).toBe('medical')
  await everywhere(ada, 'bundles')
})

test('a receipt comes back with the next one', async () => {
  const sent = card(ada, 'edge').locator('[data-bundle^="sent"]')
  await sent.nth(1).getByText('arrived').waitFor()
  expect(await sent.first().getByText('no receipt yet').count()).toBe(1)
  await carry(erin, ada, ['edge', 'hq'])
  await sent.first().getByText('arrived').waitFor()
  expect(await card(ada, 'edge').getByText('no receipt yet').count()).toBe(0)
})

test('one that was taken in before does nothing', async () => {
  await take(erin, sticks[0])
  await erin.getByText('This bundle of hq was taken in before: nothing in it is new.').waitFor()
})

test('what is no bundle for this site is refused, and says why', async () => {
  await take(erin, {
    name: 'notes.fpbundle',
    mimeType: 'text/plain',
    buffer: Buffer.from('my notes of today'),
  })
  await erin.getByText('This bundle was not taken in: it ends before its end').first().waitFor()
  await take(erin, { name: 'x.fpbundle', mimeType: 'text/plain', buffer: Buffer.alloc(500, 'notes') })
  await erin.getByText('This bundle was not taken in: it is not a bundle').first().waitFor()
  // Written by this site itself, for the other.
  await take(erin, sticks[1])
  await erin.getByText('it was not sealed by a linked site for this one').first().waitFor()
})

test('what was done and what was refused stands in the history', async () => {
  const history = erin.getByRole('region', { name: 'History' })
  const refused = history.locator('li', { hasText: 'A bundle was refused.' })
  await refused.filter({ hasText: 'it was not sealed by a linked site for this one' }).waitFor()
  expect(await refused.count()).toBe(3)
  expect(await refused.first().textContent()).toContain('by erin')
  await history.getByText('The link with hq was silenced.').waitFor()
  await history.getByText('field:medical, offered by hq, was shared here too.').waitFor()
  expect(await history.getByText('A bundle of hq was taken in.').count()).toBe(3)
  // The same once more is counted.
  await take(erin, sticks[1])
  await refused.filter({ hasText: '2×' }).waitFor()
  expect(await refused.count()).toBe(3)
  await everywhere(erin, 'link-history')
  for (let n = 0; n < 8; n++)
    for (const act of ['pause', 'silence']) await as(edge, 'erin', 'POST', `/fieldpost/link/hq/${act}`)
  await erin.reload()
  await history.locator('li').nth(19).waitFor()
  expect(await history.locator('li').count()).toBe(20)
  await history.getByRole('button', { name: 'Show more' }).click()
  await history.getByText('The invitation of hq was accepted.').waitFor()
  expect(await history.getByRole('button', { name: 'Show more' }).count()).toBe(0)
  expect([...ada.problems, ...erin.problems].filter(p => !p.includes('400'))).toEqual([])
})
