/** Answers and events that cross on their way, each as it once went wrong. */
import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Client } from './client.ts'
import { Browser } from './model/browser.ts'
import { Model } from './model/server.ts'
import { tabAt } from './model/tab.ts'
import { Time } from './model/time.ts'
import { unreadOf } from './views.ts'

let time: Time
let model: Model
let browser: Browser

beforeEach(() => {
  time = new Time()
  model = new Model(time, () => 0)
  browser = new Browser()
})

/** A page that stands, at a channel if one is named. */
async function reader(at = ''): Promise<Client> {
  const c = await tabAt(model, browser, 'one', false)
  await time.pass(10_000)
  if (at) await Promise.all([c.reading.openChannel(at), time.pass(5_000)])
  return c
}

/** Does something while the answers to `what` are on their way. */
async function meanwhile(what: RegExp, ask: () => Promise<unknown>, f: () => void): Promise<void> {
  model.held = what
  const done = ask()
  await time.pass(1_000)
  f()
  await time.pass(1_000)
  model.held = undefined
  await Promise.all([done, time.pass(10_000)])
}

async function away(c: Client, f: () => unknown): Promise<void> {
  model.plug(false)
  model.forget()
  await time.pass(100)
  f()
  model.plug(true)
  c.platform.socket.hurry()
  await time.pass(10_000)
}

const counts = (c: Client, id: string) => {
  const ch = c.store.channels.peek().get(id)
  const m = c.store.members.peek().get(id)
  if (!ch || !m) return undefined
  return { unread: ch.total_msg_count_root - m.msg_count_root, mentions: unreadOf(ch, m).mentions }
}
describe('what is counted', () => {
  test('a mention between the reading of the lists and the greeting of the connection counts', async () => {
    model = new Model(time, () => 3)
    const c = await tabAt(model, browser, 'one', false)
    while (!model.asked.some(x => x.endsWith('/channels/members'))) await time.pass(50)
    model.say('bo', 'engine', '@ada', { mention: true })
    expect(c.phase.peek()).not.toBe('ready')
    await time.pass(20_000)
    expect(counts(c, 'engine')).toEqual({ unread: 1, mentions: 1 })
  })

  test('what is counted while the lists are read again counts once, before them or after', async () => {
    const c = await reader()
    await meanwhile(
      /channels$|channels\/members/,
      () => c.places.load(),
      () => {
        model.say('bo', 'engine', '@ada', { mention: true })
      },
    )
    expect(counts(c, 'engine')).toEqual({ unread: 1, mentions: 1 })
  })

  test('a channel is not read again for ever because somebody goes on writing in it', async () => {
    const c = await reader()
    void c.places.load()
    for (let i = 0; i < 60; i++) {
      model.say('bo', 'engine', `and ${i}`)
      await time.pass(500)
    }
    expect(model.asked.filter(x => x.endsWith('/channels/engine')).length).toBeLessThan(6)
  })

  test('whoever is taken out of a channel while the lists are read is not in it', async () => {
    const c = await reader()
    await meanwhile(
      /channels$|channels\/members/,
      () => c.places.load(),
      () => model.putOut('engine'),
    )
    expect(c.store.channels.peek().has('engine')).toBe(false)
  })

  test('who was taken into a channel is in it, although the answer that said so was lost', async () => {
    model.members.delete('engine')
    const c = await reader()
    model.takeIn('engine')
    model.loseAnswers = 2
    await time.pass(20_000)
    expect(counts(c, 'engine')).toEqual({ unread: 0, mentions: 0 })
  })

  test('the lists are read again where their answer was lost', async () => {
    const c = await reader()
    await away(c, () => {
      model.say('bo', 'engine', '@ada', { mention: true })
      model.loseAnswers = 20
    })
    model.loseAnswers = 0
    await time.pass(60_000)
    expect(counts(c, 'engine')).toEqual({ unread: 1, mentions: 1 })
  })

  test('a message that says what changed about its channel is not counted twice', async () => {
    const c = await reader()
    // The event about the channel comes first, and its counts know of the message already.
    const before = model.channels.get('engine')
    if (before) model.channels.set('engine', { ...before, total_msg_count: 1, total_msg_count_root: 1 })
    model.rename('engine', 'new')
    const renamed = model.channels.get('engine')
    if (renamed) model.channels.set('engine', { ...renamed, total_msg_count: 0, total_msg_count_root: 0 })
    model.say('bo', 'engine', 'Bo changed the header.')
    await time.pass(1_000)
    expect(counts(c, 'engine')).toEqual({ unread: 1, mentions: 0 })
    expect(c.store.channels.peek().get('engine')?.header).toBe('new')
  })

  test('a message that an answer brought before its event is counted', async () => {
    const c = await reader('deck')
    c.reading.setAtBottom('deck', false)
    const p = model.say('bo', 'deck', 'hello')
    c.store.putPosts([p])
    await time.pass(5_000)
    expect(counts(c, 'deck')).toEqual({ unread: 1, mentions: 0 })
  })

  test('what others wrote before one’s own message is read by it, though one hears of it later', async () => {
    const c = await reader('deck')
    c.reading.leave()
    // Its answer comes at once, the events a moment later.
    model.roll = n => (n === 6 ? 5 : 0)
    model.say('bo', 'deck', '@ada', { mention: true })
    await Promise.all([c.writing.send('deck', 'yes?'), time.pass(5_000)])
    expect(counts(c, 'deck')).toEqual({ unread: 0, mentions: 0 })
  })

  test('a reply of one’s own does not say that the channel was read', async () => {
    const root = model.say('bo', 'engine', 'well?')
    const c = await reader()
    await Promise.all([c.writing.send('engine', 'well.', root.id), time.pass(5_000)])
    expect(counts(c, 'engine')).toEqual({ unread: 1, mentions: 0 })
    expect(model.members.get('engine')?.msg_count_root).toBe(0)
  })
})
