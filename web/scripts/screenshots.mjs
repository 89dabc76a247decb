// Takes the pictures of the documents from the running product.
// usage: FIELDPOST_BINARY=… FIELDPOST_DEMO=… node scripts/screenshots.mjs DIRECTORY
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Bed, binary, signIn, write } from '../e2e/bed.mjs'
import { Stage } from './demo.mjs'
import { PASSWORD, PRESENT, past } from './scene.mjs'

const [folder] = process.argv.slice(2)
if (!folder) throw new Error('usage: node scripts/screenshots.mjs DIRECTORY')
if (execFileSync('fc-list', [':charset=1f680']).length === 0)
  throw new Error('no font here has emoji, for example fonts-noto-color-emoji')

const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }
const READER = 'mira.okafor'

const bed = await Bed.start({
  flags: ['--site-name', 'aurora'],
  prepare: async data => {
    const scene = join(data, 'scene.jsonl')
    await writeFile(scene, past(Date.now()))
    execFileSync(binary, ['import', '--data', data, scene], { stdio: 'inherit' })
  },
})
const hq = await Bed.start({ flags: ['--site-name', 'hq', '--link-listen', '127.0.0.1:0'] })
// Where it is one in the afternoon now, so that the day aboard is one day.
const east = 13 - new Date().getUTCHours()
const timezoneId = `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`
const page = await bed.person({ viewport: DESKTOP, locale: 'en-GB', timezoneId })

async function picture(name, { scheme = 'light', theme = '', size = DESKTOP, of = page } = {}) {
  await of.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
  await of.evaluate(t => {
    if (t) document.documentElement.dataset.theme = t
    else delete document.documentElement.dataset.theme
  }, theme)
  await of.setViewportSize(size)
  await of.mouse.move(0, 0)
  await of.waitForTimeout(600)
  const path = resolve(folder, `${name}.png`)
  await of.screenshot({ path })
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

/** Links the ship with headquarters, and shares channels of the ship until both sides hold the same. */
async function link() {
  const there = await hq.account('harbour.master')
  const invited = await asked(hq, '/fieldpost/link/invite', {}, there.token)
  const reader = await as(READER)
  await asked(bed, '/fieldpost/link/accept', { code: invited.code }, reader)
  for (const channel of ['bridge', 'medical', 'supply', 'weather'])
    await asked(bed, '/fieldpost/link/hq/share', { channel: `aurora:${channel}` }, reader)
}

async function asked(site, path, body, token) {
  const { status, body: answer } = await site.api('POST', path, body, token)
  if (status >= 300) throw new Error(`${path}: ${JSON.stringify(answer)}`)
  return answer
}

/** The page of the demo: what each side says while they are apart, and after. */
async function demo() {
  const stage = await Stage.start()
  try {
    const played = await bed.person({ viewport: DESKTOP, locale: 'en-GB', timezoneId })
    await stage.open(played)
    await stage.cut(played)
    await picture('demo-cut', { of: played })
    await stage.restore(played)
    await picture('demo-together', { of: played })
  } finally {
    await stage.stop()
  }
}

try {
  await signIn(page, bed.origin, READER, '/aurora/channels/bridge')
  await page.locator('.post', { hasText: 'Fuel state' }).waitFor()
  for (const other of ['engine-room', 'medical', 'supply', 'weather', 'off-topic', 'town-square']) {
    const seen = page.waitForResponse(r => r.url().endsWith('/channels/members/me/view'))
    await page.goto(`${bed.origin}/aurora/channels/${other}`)
    await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
    await seen
  }
  await meanwhile()
  await page.goto(`${bed.origin}/aurora/channels/bridge`)
  await page.locator('.post', { hasText: 'pilot confirmed' }).waitFor()
  await write(page, 'Understood, ladder rigged by 16:00.')
  await page.locator('.post:not(.pending)', { hasText: 'ladder rigged' }).waitFor()
  await page.evaluate(() => navigator.serviceWorker.ready)
  await picture('channel-light')
  await picture('channel-dark', { scheme: 'dark' })
  await picture('channel-night', { theme: 'night' })
  await picture('channel-contrast', { theme: 'contrast' })
  await picture('channel-phone', { size: PHONE })

  await link()
  await page.setViewportSize(DESKTOP)
  await page.goto(`${bed.origin}/admin_console/links`)
  await page.waitForFunction(() => {
    const steps = [...document.querySelectorAll('.peer .shares .step')].map(x => x.textContent.trim())
    return steps.length === 4 && steps.every(x => x === 'in step')
  })
  await picture('links')

  await page.goto(`${bed.origin}/aurora/channels/bridge`)
  await page.locator('.post', { hasText: 'ladder rigged' }).waitFor()
  await page.waitForTimeout(800)
  await bed.kill()
  await page.locator('.connection').waitFor({ timeout: 20_000 })
  await write(page, 'Log: pilot aboard 16:34, course 214.')
  await page.locator('.post.pending .unsent').waitFor()
  await picture('offline')
  await demo()
} finally {
  await bed.stop()
  await hq.stop()
}
