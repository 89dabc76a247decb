// What a tab holds after an hour of the load model.
import { address, change, done, fresh, session, usable } from './page.mjs'
import { labelled, number } from './report.mjs'
import { CHANNELS, TEAM, text } from './site.mjs'

const PEOPLE = 500
/** What one person does in an hour, by the load model of the soak (`crates/crowd/src/weights.rs`). */
const AN_HOUR = 0.0113 * 3_600
const WEIGHTS = 15.9
const of = weight => Math.round((PEOPLE * AN_HOUR * weight) / WEIGHTS)
const EVENTS = { post: of(1), react: of(0.1306), edit: of(0.04), remove: of(0.0049) }
/** The reader is one of the fastest: so many times as active as people are on average. */
const FAST = 4.4
const own = weight => Math.round((AN_HOUR * FAST * weight) / WEIGHTS)
const READER = { change: own(6.52 + 0.98), scroll: own(1.99) }

/** Everything that happens in an hour, mixed the same way each time. */
function anHour() {
  const all = Object.entries({ ...EVENTS, ...READER }).flatMap(([what, n]) =>
    Array.from({ length: n }, (_, i) => ({ what, at: (i + 0.5) / n })),
  )
  return all.sort((a, b) => a.at - b.at)
}

async function heapOf(page, cdp) {
  await cdp.send('HeapProfiler.collectGarbage')
  await page.waitForTimeout(300)
  await cdp.send('HeapProfiler.collectGarbage')
  return (await cdp.send('Runtime.getHeapUsage')).usedSize / 1e6
}

/** Others, who write, answer, react, edit and delete. */
async function crowd(bed) {
  const people = []
  for (const name of ['bo', 'cem', 'dana', 'eli', 'fen']) people.push(await bed.login(name))
  const team = (await bed.api('GET', `/teams/name/${TEAM}`, undefined, people[0].token)).body
  const list = await bed.api('GET', `/users/me/teams/${team.id}/channels`, undefined, people[0].token)
  const channels = list.body.filter(c => CHANNELS.includes(c.name))
  const made = []
  let n = 0
  return async what => {
    const i = n++
    const who = people[i % people.length]
    const ask = (method, path, body) => bed.api(method, path, body, who.token)
    const last = made.at(-1 - (i % 40))
    if (what === 'post') {
      const root = i % 100 < 18 ? made.at(-1 - (i % 7)) : undefined
      const channel_id = root?.channel_id ?? channels[(i * 7) % channels.length].id
      const { body } = await ask('POST', '/posts', {
        channel_id,
        message: `${i % 10 === 0 ? '@ada ' : ''}${text(i)}`,
        ...(root ? { root_id: root.root_id || root.id } : {}),
      })
      if (body.id) made.push({ ...body, by: who })
      if (made.length > 60) made.shift()
    } else if (what === 'react' && last)
      await ask('POST', '/reactions', { user_id: who.id, post_id: last.id, emoji_name: 'eyes' })
    else if (what === 'edit' && last)
      await bed.api('PUT', `/posts/${last.id}/patch`, { message: `${text(i)} (edited)` }, last.by.token)
    else if (what === 'remove' && last) {
      await bed.api('DELETE', `/posts/${last.id}`, undefined, last.by.token)
      made.splice(made.indexOf(last), 1)
    }
  }
}

/** The reader, who goes from one channel to the next and scrolls back in it. */
function reading(page) {
  let n = 0
  return async what => {
    if (what === 'change') return void (await change(page, CHANNELS[++n % CHANNELS.length]))
    await page.evaluate(() => {
      const list = document.querySelector('.vlist')
      if (list) list.scrollTop -= 3_000
    })
  }
}

/** Plays the hour in so many minutes. */
export async function heap(site, report, { minutes }) {
  report.begin('heap')
  const page = await fresh()
  await session(page, site.origin)
  await usable(page, address(site.origin, CHANNELS[0]))
  await page.waitForTimeout(2_000)
  const cdp = await page.context().newCDPSession(page)
  const begin = await heapOf(page, cdp)
  const others = await crowd(site.bed)
  const reader = reading(page)
  const all = anHour()
  const started = Date.now()
  const marks = []
  for (const [i, { what, at }] of all.entries()) {
    const early = started + at * minutes * 60_000 - Date.now()
    if (early > 0) await page.waitForTimeout(early)
    if (what === 'change' || what === 'scroll') await reader(what)
    else await others(what)
    if (i === Math.floor((all.length * (marks.length + 1)) / 6) - 1) marks.push(await heapOf(page, cdp))
  }
  const { nodes, jsEventListeners } = await cdp.send('Memory.getDOMCounters')
  await done(page)
  report.note(
    `${all.length} things in ${minutes} min; ${marks.map(x => x.toFixed(1)).join(', ')} MB; ${nodes} nodes, ${jsEventListeners} listeners`,
  )
  report.add('the tab after an hour of the load model', number(marks.at(-1), 'MB'), {
    goal: '≤ 60 MB',
    raw: number(begin, 'MB'),
    rawWhat: 'the same tab when it was opened',
  })
  report.add(
    'what it grew by, in the first half and the second',
    [labelled('', marks[2] - begin, 'MB'), labelled('', marks[5] - marks[2], 'MB')],
    { goal: 'the second is no more' },
  )
}
