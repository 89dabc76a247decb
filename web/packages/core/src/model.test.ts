/**
 * Whatever happens in whatever order, over whatever network: who reads ends with what the server has. A failure prints
 * its seed; `FIELDPOST_TRIES` tries more than usual, `FIELDPOST_SEED` others.
 */
import 'fake-indexeddb/auto'
import type { Post } from '@fieldpost/api'
import { describe, expect, test } from 'vitest'
import type { Client } from './client.ts'
import { Browser } from './model/browser.ts'
import { dice, playSeed, type Step } from './model/history.ts'
import { Model } from './model/server.ts'
import { tabAt } from './model/tab.ts'
import { Time } from './model/time.ts'
import { channelRows, unreadOf } from './views.ts'

const { env } = process
const TRIES = Number(env['FIELDPOST_TRIES'] ?? 20)
const FIRST = Number(env['FIELDPOST_SEED'] ?? 1)
const SEEDS = Array.from({ length: TRIES }, (_, i) => FIRST + i)

const of = <T>(list: readonly T[], pick: number): T | undefined => list[pick % Math.max(1, list.length)]

/** What somebody else does, or Ada at another device. */
function elsewhere(model: Model, { what, pick }: Step): void {
  const places = [...model.channels.keys()]
  const place = of(places, pick) ?? ''
  const any = of(model.live(), pick)
  const bos = of(
    model.live().filter(p => p.user_id === 'bo'),
    pick,
  )
  const root = of(
    model.live().filter(p => !p.root_id),
    pick,
  )
  if (what === 'say') model.say('bo', place, `bo ${pick}`)
  else if (what === 'say late') model.say('bo', place, `late ${pick}`, { late: 3_000 + pick * 100 })
  else if (what === 'mention') model.say('bo', place, `@ada ${pick}`, { mention: true })
  else if (what === 'write elsewhere') {
    if (model.members.has(place)) model.say('ada', place, `other ${pick}`, { pending: `other:${pick}` })
  } else if (what === 'reply' && root)
    model.say('bo', root.channel_id, `re ${pick}`, { root: root.id, mention: pick % 3 === 0 })
  else if (what === 'edit' && bos) model.change(bos.id, { message: `edited ${pick}`, edit_at: 1 })
  else if (what === 'delete' && bos && pick % 2) model.remove(bos.id)
  else if (what === 'react' && any) model.react(pick % 2 ? 'bo' : 'ada', any.id, '+1', pick % 5 > 1)
  else if (what === 'pin' && any) model.change(any.id, { is_pinned: !any.is_pinned })
  else if (what === 'save' && any) model.remember(any.id, pick % 3 > 0)
  else if (what === 'read elsewhere') model.view(place)
  else if (what === 'unread elsewhere' && any) model.unread(any.id)
  else if (what === 'put out' && pick % 4 === 0) model.putOut('engine')
  else if (what === 'take in') model.takeIn('engine')
  else if (what === 'rename') model.rename(place, `header ${pick}`)
  else if (what === 'again') model.stutter()
  else if (what === 'cut') model.plug(false)
  else if (what === 'back') model.plug(true)
  else if (what === 'forget' && pick % 2) model.forget()
  else if (what === 'lose') model.loseAnswers = 1
}

/** What Ada does here. The other tabs of hers look on. */
async function here(client: Client, { what, pick }: Step): Promise<void> {
  const { store, reading, writing } = client
  const places = [...store.channels.peek().keys()].sort()
  const current = store.current.peek()
  const ids = store.log(current).window.peek()?.ids ?? []
  const seen = of(ids, pick) ?? ''
  const mine = of(
    ids.filter(id => store.post(id).peek()?.user_id === 'ada'),
    pick,
  )
  if (what === 'open') void reading.openChannel(of(places, pick) ?? 'deck')
  else if (what === 'leave') reading.leave()
  else if (what === 'thread' && seen) void reading.openThread(seen)
  else if (what === 'write' && places.includes(current)) await writing.send(current, `ada ${pick}`)
  else if (what === 'answer' && seen) await writing.send(current, `ada re ${pick}`, seen)
  else if (what === 'own edit' && mine) await writing.edit(mine, `ada edited ${pick}`)
  else if (what === 'own delete' && mine && pick % 2) await writing.remove(mine)
  else if (what === 'own react' && seen) await writing.toggleReaction(seen, 'eyes')
  else if (what === 'own pin' && seen) await client.deeds.put({ do: 'pin', post: seen, on: pick % 2 === 0 })
  else if (what === 'own unread' && seen) {
    const post = store.post(seen).peek()
    if (post) void reading.unreadFrom(post).catch(() => {})
  } else if (what === 'scroll up') {
    reading.setAtBottom(current, false)
    void reading.loadOlder(current)
  } else if (what === 'scroll down') {
    reading.setAtBottom(current, true)
    void reading.loadNewer(current)
  } else if (what === 'save cache') await client.cache.saveNow()
}

const TROUBLE = new Set(['cut', 'forget', 'lose'])

/** One thing, there and here. */
async function happen(model: Model, tabs: readonly Client[], step: Step): Promise<void> {
  // Whoever never was at the server has nothing to begin with.
  const begun = tabs.every(t => t.phase.peek() === 'ready')
  if (begun || !TROUBLE.has(step.what)) elsewhere(model, step)
  const tab = of(tabs, step.pick)
  if (tab && begun) void here(tab, step)
  await model.time.pass(step.wait)
  for (const t of tabs) for (const id of t.store.channels.peek().keys()) onceEach(t, id)
}

/** Nothing is shown twice: neither a post, nor what waits and is there already. */
function onceEach(c: Client, channel: string): void {
  const ids = c.store.log(channel).window.peek()?.ids ?? []
  expect(ids).toEqual([...new Set(ids)])
  const keys = channelRows(c.store, channel).map(r => r.key)
  expect(keys).toEqual([...new Set(keys)])
}

async function play(model: Model, tabs: Client[], all: readonly Step[]): Promise<void> {
  for (const step of all) await happen(model, tabs, step)
  model.plug(true)
  model.loseAnswers = 0
  for (const t of tabs) t.platform.socket.hurry()
  await model.time.pass(300_000)
}

type Seen = Record<string, unknown>
const marks = (reactions: readonly { user_id: string; emoji_name: string }[] = []) =>
  reactions.map(r => `${r.user_id} ${r.emoji_name}`).sort()
const shown = (p: Post) => ({
  id: p.id,
  text: p.message,
  pinned: p.is_pinned,
  marks: marks(p.metadata?.reactions),
  ...(p.root_id ? {} : { replies: p.reply_count }),
})

/** Rows of a channel, what waits to be sent among them. */
const rowsHere = (c: Client, channel: string) =>
  channelRows(c.store, channel).flatMap((r): object[] => {
    const p = r.kind === 'post' ? c.store.post(r.id).peek() : undefined
    return p ? [shown(p)] : r.kind === 'pending' ? [{ pending: r.entry.message }] : []
  })
/** The same of the server, from where the reader's window begins. */
const rowsThere = (model: Model, c: Client, channel: string) => {
  const w = c.store.log(channel).window.peek()
  const all = model.roots(channel)
  return all.slice(w?.atStart ? 0 : all.findIndex(p => p.id === w?.ids[0])).map(shown)
}

const countsHere = (c: Client): Seen =>
  Object.fromEntries(
    [...c.store.channels.peek().values()]
      .map(ch => {
        const m = c.store.members.peek().get(ch.id)
        const { total_msg_count_root: total, header } = ch
        return [ch.id, { header, read: total - (m?.msg_count_root ?? 0), ...unreadOf(ch, m) }] as const
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
const countsThere = (model: Model): Seen =>
  Object.fromEntries(
    [...model.members.values()]
      .flatMap(m => {
        const ch = model.channels.get(m.channel_id)
        if (!ch) return []
        const { total_msg_count_root: total, header } = ch
        return [[ch.id, { header, read: total - m.msg_count_root, ...unreadOf(ch, m) }] as const]
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

/** Everything that somebody can look at, compared with the server. */
async function same(model: Model, c: Client, who: string): Promise<void> {
  // What the tab before this one has read on looking is told a moment later.
  await model.time.pass(5_000)
  expect(c.phase.peek(), who).toBe('ready')
  expect(c.store.link.peek(), who).toBe('online')
  // What was refused, of whoever was taken out of a channel, waits for its author.
  const waiting = [...c.store.outbox.peek(), ...c.store.deeds.peek()].filter(x => !x.refused)
  expect(waiting, `${who}: unsent`).toEqual([])
  expect(countsHere(c), `${who}: counts`).toEqual(countsThere(model))
  expect([...c.saved.posts.peek()].sort(), `${who}: saved`).toEqual([...model.saved].sort())
  const current = c.store.current.peek()
  if (current && model.members.has(current) && c.store.log(current).window.peek()?.atEnd)
    expect(rowsHere(c, current), `${who}: on screen`).toEqual(rowsThere(model, c, current))
  for (const id of model.members.keys()) {
    await model.time.until(c.reading.openChannel(id))
    await model.time.until(c.reading.jumpToLatest(id))
    expect(rowsHere(c, id), `${who}: ${id}`).toEqual(rowsThere(model, c, id))
    for (const root of model
      .roots(id)
      .filter(p => p.reply_count > 0 || c.store.replies(p.id).peek().length > 0)) {
      await model.time.until(c.reading.openThread(root.id))
      const replies = c.store
        .replies(root.id)
        .peek()
        .flatMap(r => c.store.post(r).peek() ?? [])
      expect(replies.map(shown), `${who}: thread ${root.id}`).toEqual(model.replies(root.id).map(shown))
    }
  }
}

/** What the device keeps, looked at without the server. */
async function sameOffline(model: Model, browser: Browser, from: Client): Promise<void> {
  await model.time.pass(5_000)
  await model.time.until(from.cache.saveNow())
  model.plug(false)
  const c = await tabAt(model, browser, 'later', false)
  await model.time.pass(5_000)
  expect(countsHere(c), 'offline: counts').toEqual(countsThere(model))
  for (const id of model.members.keys()) {
    await model.time.until(c.reading.openChannel(id))
    expect(rowsHere(c, id), `offline: ${id}`).toEqual(rowsThere(model, c, id))
  }
}

async function world(seed: number, names: readonly string[], shares: boolean) {
  const model = new Model(new Time(), dice(seed))
  // More than a page, so that there is something to scroll.
  for (let i = 0; i < 75; i++) {
    model.age(1_000)
    model.say('bo', 'deck', `before ${i}`)
  }
  for (const c of model.channels.keys()) model.say('bo', c, 'first')
  const browser = new Browser()
  const tabs: Client[] = []
  for (const n of names) tabs.push(await tabAt(model, browser, n, shares))
  return { model, browser, tabs }
}

describe('whatever happens in whatever order', () => {
  test.each(SEEDS)('who reads ends with what the server has, and keeps it: %i', seed =>
    playSeed(seed, async steps => {
      const { model, browser, tabs } = await world(seed, ['one'], false)
      // Things happen while the page is being opened, too.
      await model.time.pass(model.roll(900))
      await play(model, tabs, steps)
      for (const t of tabs) {
        await same(model, t, 'one')
        await sameOffline(model, browser, t)
      }
    }),
  )

  test.each(SEEDS)('tabs that share a connection all end with what the server has: %i', seed =>
    playSeed(seed, async steps => {
      const names = ['one', 'two', 'three']
      const { model, browser, tabs } = await world(seed, names, true)
      await model.time.pass(3_000)
      const half = Math.floor(steps.length / 2)
      for (const step of steps.slice(0, half)) await happen(model, tabs, step)
      const closed = seed % 3
      const [gone] = tabs.splice(closed, 1)
      const [name = ''] = names.splice(closed, 1)
      if (gone) await model.time.until(gone.cache.saveNow())
      gone?.platform.socket.stop()
      browser.close(name)
      await play(model, tabs, steps.slice(half))
      for (const [i, t] of tabs.entries()) await same(model, t, names[i] ?? '')
    }),
  )
})
