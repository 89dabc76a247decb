// A device that keeps every message of the site: keys, changes of channel, scrolling.
import {
  address,
  bare,
  change,
  changeBare,
  done,
  fresh,
  keys,
  lengthen,
  scroll,
  session,
  usable,
} from './page.mjs'
import { labelled, latency, quantile } from './report.mjs'
import { CHANNELS } from './site.mjs'

/** Keeps every message in the page's database, by the pages of the API, as reading them all would. */
const keepAll = page =>
  page.evaluate(async () => {
    const api = async path => (await fetch(`/api/v4${path}`)).json()
    const opening = indexedDB.open('fieldpost')
    const db = await new Promise(r => {
      opening.onsuccess = () => r(opening.result)
    })
    const put = (store, all) =>
      new Promise(r => {
        const t = db.transaction([store], 'readwrite')
        for (const x of all) t.objectStore(store).put(x)
        t.oncomplete = r
      })
    const [team] = await api('/users/me/teams')
    let kept = 0
    for (const c of await api(`/users/me/teams/${team.id}/channels`)) {
      let from = Number.MAX_SAFE_INTEGER
      let syncedTo = 1
      for (let page = 0; ; page++) {
        const list = await api(`/channels/${c.id}/posts?per_page=200&page=${page}`)
        const posts = Object.values(list.posts)
        for (const p of posts) {
          from = Math.min(from, p.create_at)
          syncedTo = Math.max(syncedTo, p.update_at)
        }
        await put('posts', posts)
        kept += posts.length
        if (posts.length < 200) break
      }
      await put('logs', [{ channel_id: c.id, from, atStart: true, syncedTo }])
    }
    db.close()
    return kept
  })

async function keeping(site, report) {
  const page = await fresh()
  await session(page, site.origin)
  await usable(page, address(site.origin, CHANNELS[0]))
  await page.waitForTimeout(1_000)
  const kept = await keepAll(page)
  report.note(`${kept} messages are on the device`)
  await usable(page, address(site.origin, CHANNELS[0]))
  await page.waitForTimeout(1_000)
  return page
}

async function typing(page, report, n) {
  report.begin('keys')
  const plain = await bare()
  const raw = await keys(plain, 'textarea', n)
  await done(plain)
  const typed = await keys(page, '.composer textarea', n)
  const rawWhat = 'an empty text area'
  report.add('key press → its glyph is drawn', latency(typed.drawn), {
    goal: 'p95 ≤ 16 ms',
    raw: latency(raw.drawn),
    rawWhat,
  })
  report.add('key press → its glyph is presented (Event Timing)', latency(typed.presented), {
    raw: latency(raw.presented),
    rawWhat,
  })
  const box = page.locator('.composer textarea')
  await box.fill('')
}

/** How often the page is opened anew to change to channels that were not looked at since. */
const VISITS = 4

async function changing(site, page, report, n) {
  report.begin('switch')
  const plain = await bare()
  const floor = []
  for (let i = 0; i < n; i++) floor.push(await changeBare(plain))
  await done(plain)
  const beside = { goal: 'p95 ≤ 50 ms', raw: latency(floor), rawWhat: '60 plain lines in an empty page' }
  const first = []
  // Anew a few times: of the channels of one visit a single slow change would be a twentieth.
  for (let visit = 0; visit < VISITS; visit++) {
    await usable(page, address(site.origin, CHANNELS[0]))
    await page.waitForTimeout(1_000)
    for (const name of CHANNELS.slice(1)) {
      first.push(await change(page, name))
      await page.waitForTimeout(400)
    }
  }
  report.add('change to a channel that was not looked at yet', latency(first), beside)
  const again = []
  for (let i = 0; i < n; i++) {
    again.push(await change(page, CHANNELS[(i * 7) % CHANNELS.length]))
    await page.waitForTimeout(200)
  }
  report.add('change to a channel that was looked at', latency(again), beside)
}

const rate = ({ gaps, seconds }) => [
  labelled('', gaps.length / seconds, 'frames/s'),
  labelled('p95', quantile(gaps, 0.95), 'ms'),
  labelled('worst', Math.max(...gaps), 'ms'),
]

async function scrolling(site, page, report, duration) {
  report.begin('scroll')
  await usable(page, address(site.origin, CHANNELS[0]))
  await page.waitForTimeout(1_000)
  const plain = await bare()
  await lengthen(plain)
  const floor = await scroll(plain, '#l', duration)
  await done(plain)
  const seen = await scroll(page, '.vlist', duration)
  report.add('scrolling back, 60 pixels a frame', rate(seen), {
    goal: '60 frames/s',
    raw: rate(floor),
    rawWhat: 'an empty list',
  })
  report.note(`${Math.round(seen.far)} pixels of messages, ${Math.round(floor.far)} of the empty list`)
}

/** `asked` says which of the figures are wanted. */
export async function kept(site, report, { quick, asked }) {
  if (!['keys', 'switch', 'scroll'].some(asked)) return
  report.begin('kept')
  const page = await keeping(site, report)
  if (asked('keys')) await typing(page, report, quick ? 60 : 300)
  if (asked('switch')) await changing(site, page, report, quick ? 20 : 60)
  if (asked('scroll')) await scrolling(site, page, report, quick ? 3_000 : 15_000)
  await done(page)
}
