import 'fake-indexeddb/auto'
import type { Post } from '@fieldpost/api'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Client } from './client.ts'
import type { Db } from './db.ts'
import { leaving } from './keeping.ts'
import { pageAt, Ship, settle, unplug } from './ship.ts'

let ship: Ship
let factory: IDBFactory
let client: Client
let db: Db
let stop: () => void

beforeEach(async () => {
  ship = new Ship()
  factory = new IDBFactory()
  ship.post('bo', 'here')
  const made = await pageAt(ship, factory)
  client = made.client
  stop = () => made.socket.stop()
  db = client.platform.db
  await client.reading.openChannel('c')
  await settle()
  await client.cache.saveNow()
})
afterEach(() => stop())

/** The device has room for what a test lets through. */
function room(has: () => boolean): void {
  const save = db.save.bind(db)
  const { putOutbox, putDeed } = db
  const only =
    <A extends unknown[]>(f: (...a: A) => Promise<void>) =>
    (...a: A) =>
      has() ? f(...a) : Promise.reject(new DOMException('no room', 'QuotaExceededError'))
  db.save = only(save)
  db.putOutbox = only(putOutbox)
  db.putDeed = only(putDeed)
}

const elsewhere = (channel_id: string, create_at: number, message = 'x'.repeat(1_000)): Post =>
  ({ ...ship.posts[0], id: `${channel_id}${create_at}`, channel_id, create_at, message }) as Post

const kept = async () => (await db.weigh()).map(w => w.channel).sort()

describe('what is kept on a device', () => {
  test('is weighed by some messages of each conversation', async () => {
    const posts = Array.from({ length: 100 }, (_, i) => elsewhere('d', 1_000 + i))
    await db.save({ posts: [...posts, elsewhere('e', 5)] })
    const weight = (await db.weigh()).find(w => w.channel === 'd')
    const bytes = posts.reduce((n, p) => n + JSON.stringify(p).length, 0)
    expect(weight?.newest).toBe(1_099)
    expect((weight?.bytes ?? 0) / bytes).toBeCloseTo(1, 1)
    expect(await kept()).toEqual(['c', 'd', 'e'])
  })

  test('leaves by conversation, the one that was silent longest first', () => {
    const all = [
      { channel: 'old', bytes: 10, newest: 1 },
      { channel: 'new', bytes: 10, newest: 3 },
      { channel: 'mid', bytes: 10, newest: 2 },
    ]
    expect(leaving(all, 30, '')).toEqual([])
    expect(leaving(all, 29, '')).toEqual(['old'])
    expect(leaving(all, 10, '')).toEqual(['old', 'mid'])
    expect(leaving(all, 10, 'old')).toEqual(['mid', 'new'])
    expect(leaving(all, 0, '')).toEqual(['old', 'mid', 'new'])
  })

  test('stays within what its owner chose', async () => {
    await db.save({ posts: [elsewhere('a', 1), elsewhere('b', 2)], logs: [log('a'), log('b')] })
    expect(await kept()).toEqual(['a', 'b', 'c'])
    await client.keeping.choose(2_200)
    expect(await kept()).toEqual(['b', 'c'])
    expect((await db.logs()).map(l => l.channel_id).sort()).toEqual(['b', 'c'])
    expect(client.keeping.used.peek()).toMatchObject({ conversations: 2, pictures: 0 })
  })

  test('is fetched again as a whole once it has left', async () => {
    client.reading.leave()
    await client.keeping.clear()
    expect(await kept()).toEqual([])
    ship.asked = []
    await client.reading.openChannel('c')
    await settle()
    expect(ship.asked.filter(x => x.includes('/posts'))).toEqual([expect.stringContaining('per_page')])
    expect(client.store.log('c').window.peek()?.ids).toEqual([ship.posts[0]?.id])
    await client.cache.saveNow()
    expect(await kept()).toEqual(['c'])
  })

  test('of what is on screen is written again when it was let go', async () => {
    await client.keeping.clear()
    ship.post('bo', 'more')
    await settle()
    await client.cache.saveNow()
    const [l] = await db.logs()
    const stored = await db.roots('c', l?.from ?? 0, 1e15, 9)
    expect(stored.map(p => p.message)).toEqual(['more', 'here'])
  })

  test('makes room for what was written and not sent', async () => {
    await db.save({ posts: [elsewhere('a', 1)], logs: [log('a')] })
    let full = true
    const drop = db.dropChannels.bind(db)
    db.dropChannels = async ids => {
      await drop(ids)
      full = false
    }
    room(() => !full)
    unplug(ship)
    await settle()
    await client.writing.send('c', 'kept')
    expect((await db.outbox()).map(e => e.message)).toEqual(['kept'])
    expect(await kept()).not.toContain('a')
    expect(client.keeping.full.peek()).toBe(false)
  })

  test('a device without room says so, and what is written is sent all the same', async () => {
    room(() => false)
    unplug(ship)
    await settle()
    await client.writing.send('c', 'not kept')
    await client.writing.toggleReaction(ship.posts[0]?.id ?? '', '+1')
    expect(client.store.outbox.peek()).toMatchObject([{ message: 'not kept', unkept: true }])
    expect(client.keeping.full.peek()).toBe(true)
    ship.up = true
    client.platform.socket.hurry()
    await settle(100)
    expect(ship.posts.map(p => p.message)).toEqual(['here', 'not kept'])
    expect(ship.posts[0]?.metadata?.reactions).toHaveLength(1)
    expect(client.writing.unsent).toBe(0)
  })

  test('has no hole where something could not be written', async () => {
    let full = true
    room(() => !full)
    ship.post('bo', 'in the gap')
    await settle()
    await client.cache.saveNow()
    full = false
    ship.post('bo', 'after it')
    await settle()
    await client.cache.saveNow()
    const [l] = await db.logs()
    const stored = await db.roots('c', l?.from ?? 0, 1e15, 9)
    expect(stored.map(p => p.message)).toEqual(['after it', 'in the gap', 'here'])
  })
})

const log = (channel_id: string) => ({ channel_id, from: 1, atStart: true, syncedTo: 5 })
