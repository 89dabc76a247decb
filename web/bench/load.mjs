// The first load and every later one: how much comes, and how soon a message can be read and another written.
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { write } from '../e2e/bed.mjs'
import { address, done, fresh, session, thin, usable } from './page.mjs'
import { labelled, number, quantile } from './report.mjs'
import { PASSWORD } from './site.mjs'

const CHANNEL = 'deck-1'
const middle = all => [labelled('p50', quantile(all, 0.5), 'ms'), labelled('worst', Math.max(...all), 'ms')]

/** From an empty device over signing in until a message was read and another sent. */
export async function firstLoad(site, report) {
  report.begin('load')
  const page = await fresh()
  const got = new Map()
  page.on('response', r => {
    const type = r.request().resourceType()
    if (type === 'script' || type === 'stylesheet')
      got.set(
        r.url(),
        r.body().catch(() => Buffer.alloc(0)),
      )
  })
  await page.goto(`${site.origin}/login`)
  await page.getByLabel('Username or email').fill('ada')
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(u => !u.pathname.startsWith('/login'))
  await page.goto(address(site.origin, CHANNEL))
  await page.locator('[data-post]').first().waitFor()
  await write(page, 'first')
  await page.locator('.post:not(.pending)', { hasText: 'first' }).waitFor()
  const bodies = await Promise.all(got.values())
  await done(page)
  const sum = of => bodies.reduce((n, b) => n + of(b), 0) / 1000
  const packed = sum(b => gzipSync(b, { level: 9 }).length)
  report.add('sign in, read and write in a channel: JS and CSS, gzip', number(packed, 'kB'), {
    goal: '≤ 150 kB',
    raw: number(
      sum(b => b.length),
      'kB',
    ),
    rawWhat: 'the same before compression',
  })
}

/** Answers with so many bytes that do not get smaller, or with an empty page. */
function plainServer() {
  const server = createServer((req, res) => {
    const n = Number(new URL(req.url, 'http://x').searchParams.get('n') ?? 0)
    res.writeHead(200, { 'content-type': n ? 'application/octet-stream' : 'text/html' })
    res.end(n ? Buffer.alloc(n, 'x') : '<!doctype html><title>empty</title>')
  })
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve({ server, at: `http://127.0.0.1:${server.address().port}` }))
  })
}

/** An empty page and then so many bytes in one answer, over the same thin network. */
async function bareTransfer(bytes) {
  const { server, at } = await plainServer()
  const page = await fresh()
  await page.goto(at)
  await thin(page)
  await page.goto(`${at}/?again`)
  const ms = await page.evaluate(async n => {
    await (await fetch(`/?n=${n}`)).arrayBuffer()
    return performance.now()
  }, bytes)
  await done(page)
  server.close()
  server.closeAllConnections()
  return ms
}

/** An empty page, from its address to its first frame. */
async function bareStart(times) {
  const { server, at } = await plainServer()
  const page = await fresh()
  const all = []
  for (let i = 0; i < times; i++) {
    await page.goto(at, { waitUntil: 'commit' })
    all.push(await page.evaluate(() => new Promise(r => requestAnimationFrame(() => r(performance.now())))))
  }
  await done(page)
  server.close()
  server.closeAllConnections()
  return all
}

/** One start with a session and an empty device. Answers after how long, and how many bytes came until then. */
async function coldStart(site) {
  const page = await fresh()
  await session(page, site.origin)
  await thin(page)
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  let bytes = 0
  cdp.on('Network.loadingFinished', e => {
    bytes += e.encodedDataLength
  })
  const ms = await usable(page, address(site.origin, CHANNEL))
  await done(page)
  return { ms, bytes }
}

async function warm(site, report, times) {
  const url = address(site.origin, CHANNEL)
  const page = await fresh()
  await session(page, site.origin)
  await usable(page, url)
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.waitForTimeout(2_000)
  const starts = async () => {
    const all = []
    for (let i = 0; i < times; i++) all.push(await usable(page, url))
    return all
  }
  const raw = middle(await bareStart(times))
  const beside = { goal: '≤ 1000 ms', raw, rawWhat: 'an empty page, to its first frame' }
  report.add('usable, warm', middle(await starts()), beside)
  await thin(page)
  report.add('usable, warm, 1 Mbit/s and 300 ms', middle(await starts()), beside)
  await site.bed.kill()
  report.add('usable, warm, the server away', middle(await starts()), beside)
  await done(page)
  await site.bed.serve()
}

export async function start(site, report, { quick }) {
  report.begin('start')
  const all = []
  for (let i = 0; i < (quick ? 2 : 5); i++) all.push(await coldStart(site))
  const bytes = Math.round(
    quantile(
      all.map(x => x.bytes),
      0.5,
    ),
  )
  report.add('usable, cold, 1 Mbit/s and 300 ms', middle(all.map(x => x.ms)), {
    goal: '≤ 3000 ms',
    raw: number(await bareTransfer(bytes), 'ms'),
    rawWhat: `an empty page, then ${(bytes / 1000).toFixed(0)} kB in one answer, as much as came`,
  })
  await warm(site, report, quick ? 3 : 10)
}
