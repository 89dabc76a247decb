// Takes the pictures of the documents from the running product.
// usage: FIELDPOST_BINARY=… node scripts/screenshots.mjs DIRECTORY
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Bed, binary, signIn, write } from '../e2e/bed.mjs'
import { MINUTE, peer, StandIn, shared } from '../e2e/link-stand-in.mjs'
import { PASSWORD, PRESENT, past } from './scene.mjs'

const [folder] = process.argv.slice(2)
if (!folder) throw new Error('usage: node scripts/screenshots.mjs DIRECTORY')
if (execFileSync('fc-list', [':charset=1f680']).length === 0)
  throw new Error('no font here has emoji, for example fonts-noto-color-emoji')

const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }
const READER = 'mira.okafor'

const bed = await Bed.start(async data => {
  const scene = join(data, 'scene.jsonl')
  await writeFile(scene, past(Date.now()))
  execFileSync(binary, ['import', '--data', data, scene], { stdio: 'inherit' })
})
// Where it is one in the afternoon now, so that the day aboard is one day.
const east = 13 - new Date().getUTCHours()
const timezoneId = `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`
const page = await bed.person({ viewport: DESKTOP, locale: 'en-GB', timezoneId })

async function picture(name, { scheme = 'light', size = DESKTOP } = {}) {
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
  await page.setViewportSize(size)
  await page.mouse.move(0, 0)
  await page.waitForTimeout(600)
  const path = resolve(folder, `${name}.png`)
  await page.screenshot({ path })
  console.log(path)
}

const tokens = new Map()
async function as(name) {
  if (!tokens.has(name)) tokens.set(name, (await bed.login(name, PASSWORD)).token)
  return tokens.get(name)
}

async function upload(channel, name, token) {
  const form = new FormData()
  form.append('channel_id', channel)
  form.append('files', new Blob(['item,boxes\nsaline,12\ngauze,30\n'.repeat(160)]), name)
  const headers = { authorization: `Bearer ${token}` }
  const r = await fetch(`${bed.back}/api/v4/files`, { method: 'POST', headers, body: form })
  return (await r.json()).file_infos[0].id
}

/** Others write while the reader looks elsewhere. */
async function meanwhile() {
  const reader = await as(READER)
  const team = (await bed.api('GET', '/teams/name/aurora', undefined, reader)).body
  for (const said of PRESENT) {
    const token = await as(said.by)
    const channel = (await bed.api('GET', `/teams/${team.id}/channels/name/${said.in}`, undefined, reader))
      .body
    const file_ids = said.file ? [await upload(channel.id, said.file, token)] : []
    const made = await bed.api(
      'POST',
      '/posts',
      { channel_id: channel.id, message: said.message, file_ids },
      token,
    )
    if (made.status !== 201) throw new Error(`not posted: ${JSON.stringify(made.body)}`)
    if (!said.cheer) continue
    const [who, emoji_name] = said.cheer
    const cheering = await bed.login(who, PASSWORD)
    await bed.api(
      'POST',
      '/reactions',
      { user_id: cheering.id, post_id: made.body.id, emoji_name },
      cheering.token,
    )
  }
  const [mate, reading] = [await bed.login('aiko', PASSWORD), await bed.login(READER, PASSWORD)]
  const direct = (await bed.api('POST', '/channels/direct', [mate.id, reading.id], mate.token)).body
  await bed.api('POST', '/posts', { channel_id: direct.id, message: 'Do you have a minute?' }, mate.token)
}

function linkedSites() {
  const links = new StandIn()
  links.site = 'aurora'
  links.peers = [
    peer('hq', 'connected', {
      backlog: { changes: 1_240, bytes: 2_410_000 },
      last_contact: Date.now(),
      sent_bytes: 48_200_000,
      received_bytes: 3_150_000,
      shared: [
        shared('aurora:bridge', 'a', 'a'),
        shared('aurora:medical', 'a', 'a'),
        shared('aurora:supply', 'a', 'b'),
      ],
    }),
    peer('polar station', 'down', {
      backlog: { changes: 86, bytes: 19_300 },
      last_contact: Date.now() - 131 * MINUTE,
      sent_bytes: 812_000,
      received_bytes: 96_400,
      shared: [shared('aurora:weather', 'a', 'b')],
    }),
  ]
  return links
}

try {
  await signIn(page, bed.origin, READER, '/aurora/channels/bridge')
  await page.locator('.post', { hasText: 'Fuel state' }).waitFor()
  for (const other of ['engine-room', 'medical', 'supply', 'weather', 'off-topic', 'town-square']) {
    await page.goto(`${bed.origin}/aurora/channels/${other}`)
    await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
    await page.waitForResponse(r => r.url().endsWith('/channels/members/me/view'))
  }
  await meanwhile()
  await page.goto(`${bed.origin}/aurora/channels/bridge`)
  await page.locator('.post', { hasText: 'pilot confirmed' }).waitFor()
  await write(page, 'Understood, ladder rigged by 16:00.')
  await page.locator('.post:not(.pending)', { hasText: 'ladder rigged' }).waitFor()
  await page.evaluate(() => navigator.serviceWorker.ready)
  await picture('channel-light')
  await picture('channel-dark', { scheme: 'dark' })
  await picture('channel-phone', { size: PHONE })

  const links = linkedSites()
  bed.between = [links.answer]
  await page.setViewportSize(DESKTOP)
  await page.goto(`${bed.origin}/admin_console/links`)
  await page.getByRole('heading', { name: 'polar station' }).waitFor()
  links.peers[0].backlog = { changes: 1_180, bytes: 2_320_000 }
  await page.getByText('clears in').waitFor()
  await picture('links')

  await page.goto(`${bed.origin}/aurora/channels/bridge`)
  await page.locator('.post', { hasText: 'ladder rigged' }).waitFor()
  await page.waitForTimeout(800)
  await bed.kill()
  await page.locator('.connection').waitFor({ timeout: 20_000 })
  await write(page, 'Log: pilot aboard 16:34, course 214.')
  await page.locator('.post.pending .unsent').waitFor()
  await picture('offline')
} finally {
  await bed.stop()
}
