// An edge whose administrator is asked before a channel of headquarters is shared there too.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bed, signUp } from './bed.mjs'
import { accessible, accessibleIn, accessibleNarrow } from './look.mjs'

let hq
let edge
let admin
let erin

const card = () => erin.locator('.peer')
const offers = () => card().locator('[data-offer]')
// The page asks every five seconds.

async function asked(site, path, body, token) {
  const { status, body: answer } = await site.api('POST', path, body, token)
  if (status >= 300) throw new Error(`${path}: ${JSON.stringify(answer)}`)
  return answer
}

const offer = name => asked(hq, '/fieldpost/link/edge/share', { channel: `field:${name}` }, admin.token)

beforeAll(async () => {
  hq = await Bed.start({ flags: ['--site-name', 'hq', '--link-listen', '127.0.0.1:0'] })
  edge = await Bed.start({
    prepare: data => writeFile(join(data, 'fieldpost.toml'), '[link]\naccept_shares = "ask"\n'),
    flags: ['--site-name', 'edge'],
  })
  admin = await hq.account('ada')
  await asked(hq, '/teams', { name: 'field', display_name: 'Field', type: 'O' }, admin.token)
  const { code } = await asked(hq, '/fieldpost/link/invite', {}, admin.token)
  erin = await edge.person()
  await signUp(erin, edge.origin, 'erin')
  await erin.getByLabel('Team name').waitFor()
  await asked(edge, '/fieldpost/link/accept', { code }, (await edge.login('erin')).token)
  await erin.goto(`${edge.origin}/admin_console/links`)
  await card().getByText('Connected', { exact: true }).waitFor()
})
afterAll(async () => {
  await hq?.stop()
  await edge?.stop()
})

test('what is offered waits, and says what is known of it', async () => {
  await offer('town-square')
  await offers().waitFor()
  await card().getByRole('heading', { name: 'Offered by hq' }).waitFor()
  await offers().getByText('in a team that is not here yet').waitFor()
  await card().getByText('Nothing yet').waitFor()
  await accessible(erin, 'offers')
  await accessibleIn(erin, 'night', 'offers')
  await accessibleNarrow(erin, 'offers')
})

test('what is accepted comes over the link', async () => {
  await offers().getByRole('button', { name: 'Accept' }).click()
  await offers().waitFor({ state: 'detached' })
  await card().locator('.shares li', { hasText: 'town-square' }).getByText('in step').waitFor()
})

test('what is declined is gone, after a question, and not offered again', async () => {
  await offer('off-topic')
  await offers().getByText('in the team field').waitFor()
  await offers().getByRole('button', { name: 'Decline' }).click()
  await accessible(erin, 'offers-decline')
  await erin.getByRole('dialog').getByRole('button', { name: 'Decline' }).click()
  await offers().waitFor({ state: 'detached' })
  expect(await card().locator('.shares li').count()).toBe(1)
})

test('a clock that is wrong is said to be', async () => {
  const local = await edge.login('erin')
  const status = (await edge.api('GET', '/fieldpost/link', undefined, local.token)).body
  status.peers[0].clock_ahead = 3 * 86_400_000
  edge.between = [seen => (seen.url.endsWith('/fieldpost/link') ? { status: 200, body: status } : undefined)]
  await card().getByText('The clock of hq is 3 days ahead of this site’s').waitFor()
  await accessible(erin, 'links-clock')
  await accessibleIn(erin, 'night', 'links-clock')
  await accessibleNarrow(erin, 'links-clock')
  edge.between = []
  await card().getByText('The clock of hq').waitFor({ state: 'detached' })
})

test('nothing went wrong in silence', () => {
  expect(erin.problems).toEqual([])
})
