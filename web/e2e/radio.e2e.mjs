// Two sites with nothing between them but a slow radio.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bed, freePort, signIn } from './bed.mjs'
import { everywhere } from './look.mjs'

let hq
let edge
let ada
let channel
const tokens = {}

const as = (bed, who, method, path, body) => bed.api(method, path, body, tokens[who]).then(r => r.body)

/** From now on a site has no other way to its peer. */
async function onAir(bed, peer, [own, other]) {
  const lines = [
    `[link.thin.${peer}]`,
    `over = "udp 127.0.0.1:${own} 127.0.0.1:${other}"`,
    'rate = 2400',
    'round_trip = 500',
    'only = true',
  ]
  await writeFile(join(bed.data, 'fieldpost.toml'), `${lines.join('\n')}\n`)
  await bed.kill()
  await bed.serve()
}

const until = async (what, seen) => {
  for (let i = 0; i < 300; i++) {
    const found = await seen()
    if (found) return found
    await new Promise(r => setTimeout(r, 200))
  }
  throw new Error(`waited in vain until ${what}`)
}

beforeAll(async () => {
  hq = await Bed.start({ flags: ['--site-name', 'hq', '--link-listen', '127.0.0.1:0'] })
  edge = await Bed.start({ flags: ['--site-name', 'edge'] })
  tokens.ada = (await hq.account('ada')).token
  tokens.erin = (await edge.account('erin')).token
  const team = await as(hq, 'ada', 'POST', '/teams', { name: 'field', display_name: 'Field', type: 'O' })
  const made = { team_id: team.id, name: 'medical', display_name: 'Medical', type: 'O' }
  channel = (await as(hq, 'ada', 'POST', '/channels', made)).id
  const { code } = await as(hq, 'ada', 'POST', '/fieldpost/link/invite', {})
  await as(edge, 'erin', 'POST', '/fieldpost/link/accept', { code })
  await as(hq, 'ada', 'POST', '/fieldpost/link/edge/share', { channel: 'field:medical' })
  await until('the channel is at the edge', async () => {
    return (
      (await hq.api('GET', `/channels/${channel}`, undefined, tokens.ada)).status === 200 &&
      (await edge.api('GET', `/channels/${channel}`, undefined, tokens.erin)).status === 200
    )
  })
  const ports = [await freePort(), await freePort()]
  await onAir(hq, 'edge', ports)
  await onAir(edge, 'hq', ports.toReversed())
  await as(hq, 'ada', 'POST', '/posts', { channel_id: channel, message: 'Radio check' })
  await until('the two talk over the radio', async () => {
    const [edgeSeen] = (await as(hq, 'ada', 'GET', `/fieldpost/link/freshness?channel_id=${channel}`)) ?? []
    return edgeSeen?.rate === 2400
  })
  ada = await hq.person()
  await signIn(ada, hq.origin, 'ada', '/field/channels/medical')
  await ada.getByText('Radio check').first().waitFor()
})
afterAll(async () => {
  await hq?.stop()
  await edge?.stop()
})

test('below what is being written stands how long it will be on the air', async () => {
  const area = ada.getByRole('textbox', { name: /^Write to/ })
  expect(await ada.getByText(/on the air/).count()).toBe(0)
  await area.fill('The relief convoy is at the bridge by noon')
  await ada.getByText('About 1 sec on the air to edge').waitFor()
  await area.fill('The relief convoy is at the bridge. '.repeat(60))
  await ada.getByText('About 4 sec on the air to edge').waitFor()
  await everywhere(ada, 'radio')
  await area.fill('')
  await ada.getByText(/on the air/).waitFor({ state: 'detached' })
})

test('nothing went wrong in silence', () => {
  expect(ada.problems).toEqual([])
})
