import 'fake-indexeddb/auto'
import type { Socket } from '@fieldpost/api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Client } from './client.ts'
import { Db } from './db.ts'
import { Browser } from './model/browser.ts'
import { pageAt, Ship, settle, unplug } from './ship.ts'
import { channelRows } from './views.ts'

let ship: Ship
let browser: Browser
const sockets: Socket[] = []

async function tab(name: string, locks = true): Promise<{ client: Client; socket: Socket }> {
  const made = await pageAt(ship, browser.factory, { tabs: browser.tab(name, locks), lock: browser.lock })
  sockets.push(made.socket)
  return made
}

const texts = (c: Client) =>
  channelRows(c.store, 'c').flatMap(r => (r.kind === 'post' ? [c.store.post(r.id).peek()?.message] : []))

beforeEach(() => {
  ship = new Ship()
  ship.resumes = true
  browser = new Browser()
})
afterEach(() => {
  for (const s of sockets.splice(0)) s.stop()
})

describe('tabs of one browser', () => {
  test('share one connection, and each hears what is said', async () => {
    const one = await tab('one')
    const two = await tab('two')
    await one.client.reading.openChannel('c')
    await two.client.reading.openChannel('c')
    expect(ship.sockets).toHaveLength(1)
    expect([one.client.tabs.leader.peek(), two.client.tabs.leader.peek()]).toEqual([true, false])
    expect(two.client.store.link.peek()).toBe('online')
    ship.post('bo', 'hello, both')
    await settle()
    expect([texts(one.client), texts(two.client)]).toEqual([['hello, both'], ['hello, both']])
  })

  test('go on without a word missed, and without asking for any, when the one that leads is closed', async () => {
    const one = await tab('one')
    const two = await tab('two')
    await two.client.reading.openChannel('c')
    ship.post('bo', 'before')
    await settle()
    ship.asked = []
    one.socket.stop()
    ship.post('bo', 'between')
    browser.close('one')
    await settle(20)
    ship.post('bo', 'after')
    await settle()
    expect(two.client.tabs.leader.peek()).toBe(true)
    expect(texts(two.client)).toEqual(['before', 'between', 'after'])
    expect(ship.asked.filter(x => !x.includes('/view'))).toEqual([])
  })

  test('notice when the server is away, and each fetches what it missed', async () => {
    const one = await tab('one')
    const two = await tab('two')
    await two.client.reading.openChannel('c')
    ship.post('bo', 'a')
    await settle()
    unplug(ship)
    await settle()
    expect(two.client.store.link.peek()).toBe('offline')
    ship.post('bo', 'b')
    ship.up = true
    two.client.platform.socket.hurry()
    await settle(30)
    expect(texts(two.client)).toEqual(['a', 'b'])
    expect([one, two].map(t => t.client.store.link.peek())).toEqual(['online', 'online'])
  })

  test('hear that the connection goes on, and through it of what was written in one of them', async () => {
    const one = await tab('one')
    const two = await tab('two')
    let told = 0
    two.client.platform.socket.onResumed = () => {
      told++
    }
    one.socket.onResumed()
    await settle()
    expect(told).toBe(1)
    // A connection that is named to the server hears nothing of what is done with its name.
    expect(one.socket.id).not.toBe('')
    expect([one, two].map(t => t.client.platform.socket.id)).toEqual(['', ''])
    const alone = await tab('three', false)
    expect(alone.client.platform.socket.id).toBe(alone.socket.id)
  })

  test('that lost a word of the one that leads ask for what they missed', async () => {
    await tab('one')
    const ports = browser.tab('two')
    let deaf = false
    const two = await pageAt(ship, browser.factory, {
      tabs: { ...ports, hear: f => ports.hear(w => deaf || f(w)) },
      lock: browser.lock,
    })
    await two.client.reading.openChannel('c')
    deaf = true
    ship.post('bo', 'unheard')
    await settle()
    deaf = false
    ship.post('bo', 'heard')
    await settle(20)
    expect(texts(two.client)).toEqual(['unheard', 'heard'])
  })

  test('show what waits for the server, whichever it was written in, and send it once', async () => {
    const one = await tab('one')
    const two = await tab('two')
    for (const t of [one, two]) await t.client.reading.openChannel('c')
    unplug(ship)
    await settle()
    await one.client.writing.send('c', 'from one')
    await settle()
    await two.client.writing.send('c', 'from two')
    await settle()
    const waiting = (c: Client) => c.store.outbox.peek().map(e => e.message)
    expect([waiting(one.client), waiting(two.client)]).toEqual([
      ['from one', 'from two'],
      ['from one', 'from two'],
    ])
    ship.up = true
    two.client.platform.socket.hurry()
    await settle(40)
    expect(ship.posts.map(p => p.message)).toEqual(['from one', 'from two'])
    expect(ship.asked.filter(x => x === 'POST /posts')).toHaveLength(2)
    expect([waiting(one.client), waiting(two.client)]).toEqual([[], []])
    expect([texts(one.client), texts(two.client)]).toEqual([
      ['from one', 'from two'],
      ['from one', 'from two'],
    ])
  })

  test('are signed out together, and keep nothing', async () => {
    ship.post('bo', 'secret')
    const one = await tab('one')
    const two = await tab('two')
    for (const t of [one, two]) await t.client.reading.openChannel('c')
    await settle()
    await one.client.logout()
    await settle(20)
    expect(two.client.phase.peek()).toBe('signed-out')
    expect(two.client.store.knownUsers()).toEqual([])
    await two.client.cache.saveNow()
    const db = await Db.open(browser.factory, IDBKeyRange)
    expect([await db.session(), await db.findPosts(() => true, 9)]).toEqual([undefined, []])
  })

  test('are signed out together without the server, which hears of it when it is back', async () => {
    const one = await tab('one')
    const two = await tab('two')
    unplug(ship)
    await settle()
    await one.client.logout()
    await settle(20)
    expect(two.client.phase.peek()).toBe('signed-out')
    ship.up = true
    ship.asked = []
    const three = await tab('three')
    expect(three.client.phase.peek()).toBe('signed-out')
    expect(ship.asked).toContain('POST /users/logout')
    expect(await three.client.platform.db.leaving()).toBe(false)
  })

  test('are alone where the browser cannot say who leads', async () => {
    const one = await tab('one', false)
    const two = await tab('two', false)
    await one.client.reading.openChannel('c')
    await two.client.reading.openChannel('c')
    expect(ship.sockets).toHaveLength(2)
    expect([one, two].map(t => t.client.tabs.leader.peek())).toEqual([true, true])
    ship.post('bo', 'hello, both')
    await settle()
    expect([texts(one.client), texts(two.client)]).toEqual([['hello, both'], ['hello, both']])
  })
})
