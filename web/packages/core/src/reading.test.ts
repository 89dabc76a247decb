/** When a channel counts as read, and from where its messages are new. */
import 'fake-indexeddb/auto'
import type { Post } from '@fieldpost/api'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Client } from './client.ts'
import { Browser } from './model/browser.ts'
import { Model } from './model/server.ts'
import { tabAt } from './model/tab.ts'
import { Time } from './model/time.ts'
import { channelRows } from './views.ts'

let time: Time
let model: Model
let browser: Browser

beforeEach(() => {
  time = new Time()
  model = new Model(time, () => 0)
  browser = new Browser()
})

async function reader(): Promise<Client> {
  const c = await tabAt(model, browser, 'one', false)
  await time.pass(10_000)
  return c
}

/** How many messages of a channel the server holds for unread. */
const unread = (id: string): number => {
  const [c, m] = [model.channels.get(id), model.members.get(id)]
  return c && m ? c.total_msg_count_root - m.msg_count_root : Number.NaN
}

describe('a channel counts as read', () => {
  test('as soon as it was drawn, for whoever went to it', async () => {
    const c = await reader()
    model.say('bo', 'deck', 'hello')
    await time.pass(5_000)
    await time.until(c.reading.openChannel('deck'))
    await time.pass(1)
    c.reading.leave()
    await time.pass(5_000)
    expect(unread('deck')).toBe(0)
  })

  test('not for whoever only came by', async () => {
    const c = await reader()
    model.say('bo', 'deck', 'hello')
    await time.pass(5_000)
    for (const id of ['deck', 'engine']) {
      c.reading.step(() => void c.reading.openChannel(id))
      await time.pass(200)
    }
    await time.pass(5_000)
    expect(unread('deck')).toBe(1)
  })

  test('also for whoever came by, once they stay', async () => {
    const c = await reader()
    model.say('bo', 'deck', 'hello')
    await time.pass(5_000)
    c.reading.step(() => void c.reading.openChannel('deck'))
    await time.pass(2_000)
    expect(unread('deck')).toBe(0)
  })

  test('and is called unread only once the server has been told of that', async () => {
    const c = await reader()
    model.say('bo', 'deck', 'hello')
    await time.pass(5_000)
    model.held = /members\/me\/view/
    await time.until(c.reading.openChannel('deck'))
    await time.pass(2_000)
    const [post] = model.posts.values()
    const asked = () => model.asked.filter(x => x.includes('set_unread')).length
    const marking = c.reading.unreadFrom(post as Post)
    await time.pass(2_000)
    expect(asked()).toBe(0)
    model.held = undefined
    await time.until(marking)
    expect(asked()).toBe(1)
    expect(unread('deck')).toBe(1)
  })

  test('with what came just before it was left, and not with what came after', async () => {
    const c = await reader()
    await time.until(c.reading.openChannel('deck'))
    await time.pass(5_000)
    model.say('bo', 'deck', 'seen')
    await time.pass(100)
    c.reading.leave()
    await time.pass(5_000)
    expect(unread('deck')).toBe(0)
    model.say('bo', 'deck', 'not seen')
    await time.pass(5_000)
    expect(unread('deck')).toBe(1)
  })
})

describe('the line of what is new', () => {
  /** What is on screen of the deck, the line among it. */
  const rows = (c: Client): string[] =>
    channelRows(c.store, 'deck').flatMap(r =>
      r.kind === 'new' ? ['new'] : r.kind === 'post' ? (c.store.post(r.id).peek()?.message ?? '') : [],
    )

  /** A page that knows one message as read and two as unread, and was closed. */
  async function kept(): Promise<{ first: string; second: string }> {
    const c = await reader()
    const first = model.say('bo', 'deck', 'one')
    await time.until(c.reading.openChannel('deck'))
    await time.pass(5_000)
    c.reading.leave()
    const second = model.say('bo', 'deck', 'two')
    model.say('bo', 'deck', 'three')
    await time.pass(5_000)
    await c.reading.warm('deck')
    await time.until(c.cache.saveNow())
    c.platform.socket.stop()
    return { first: first.id, second: second.id }
  }

  /** The page again: the channel is opened from what the device keeps, and the server is there a moment later. */
  async function again(): Promise<Client> {
    model.held = /channels\/members/
    const c = await tabAt(model, browser, 'two', false)
    await time.pass(0)
    const opened = c.reading.openChannel('deck')
    await time.pass(3_000)
    model.held = undefined
    await time.until(opened)
    await time.pass(10_000)
    return c
  }

  /** The link is back, and the answers to `late` take their time. */
  async function back(c: Client, late: RegExp): Promise<void> {
    model.held = late
    model.plug(true)
    c.platform.socket.hurry()
    await time.pass(3_000)
    model.held = undefined
    await time.pass(10_000)
  }

  test('is where it was left', async () => {
    await kept()
    expect(rows(await again())).toEqual(['one', 'new', 'two', 'three'])
  })

  test('goes where another device has read to', async () => {
    await kept()
    model.view('deck')
    model.say('bo', 'deck', 'four')
    expect(rows(await again())).toEqual(['one', 'two', 'three', 'new', 'four'])
  })

  test('goes back to where another device has called it unread', async () => {
    const { first } = await kept()
    model.unread(first)
    expect(rows(await again())).toEqual(['new', 'one', 'two', 'three'])
    expect(unread('deck')).toBe(0)
  })

  test.each([
    ['the messages', /posts/],
    ['the counts', /channels\/members/],
  ])('goes there when the link is back, also where %s come late', async (_, late) => {
    const c = await reader()
    model.say('bo', 'deck', 'one')
    await time.until(c.reading.openChannel('deck'))
    await time.pass(5_000)
    c.reading.leave()
    model.say('bo', 'deck', 'two')
    await time.pass(5_000)
    model.plug(false)
    await time.pass(5_000)
    await time.until(c.reading.openChannel('deck'))
    expect(rows(c)).toEqual(['one', 'new', 'two'])
    model.view('deck')
    model.say('bo', 'deck', 'three')
    model.held = late
    model.plug(true)
    c.platform.socket.hurry()
    await time.pass(3_000)
    model.held = undefined
    await time.pass(10_000)
    expect(rows(c)).toEqual(['one', 'two', 'new', 'three'])
    expect(unread('deck')).toBe(0)
  })

  test('goes back when the link is back, before what is on screen is told as read', async () => {
    const c = await reader()
    model.say('bo', 'deck', 'one')
    const two = model.say('bo', 'deck', 'two')
    await time.until(c.reading.openChannel('deck'))
    await time.pass(5_000)
    c.reading.leave()
    model.plug(false)
    model.forget()
    await time.pass(5_000)
    await time.until(c.reading.openChannel('deck'))
    model.unread(two.id)
    await back(c, /channels\/members/)
    expect(rows(c)).toEqual(['one', 'new', 'two'])
    expect(unread('deck')).toBe(0)
  })

  test('does not keep from being told what comes with the link, on screen', async () => {
    const c = await reader()
    await time.until(c.reading.openChannel('deck'))
    await time.pass(5_000)
    c.reading.leave()
    model.plug(false)
    await time.pass(100)
    const opened = c.reading.openChannel('deck')
    model.say('bo', 'deck', 'hello')
    await time.until(opened)
    await time.pass(500)
    model.plug(true)
    c.platform.socket.hurry()
    await time.pass(10_000)
    expect(rows(c)).toContain('hello')
    expect(unread('deck')).toBe(0)
  })

  test('stays where it is while the reader looks', async () => {
    await kept()
    const c = await again()
    model.say('bo', 'deck', 'four')
    await time.pass(5_000)
    expect(rows(c)).toEqual(['one', 'new', 'two', 'three', 'four'])
  })
})
