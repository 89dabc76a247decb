import 'fake-indexeddb/auto'
import { ApiError, type Channel, type Draft, type Rest, type Socket } from '@fieldpost/api'
import { signal } from '@preact/signals-core'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Db } from './db.ts'
import { Drafts } from './drafts.ts'
import type { Platform } from './platform.ts'
import { Store } from './store.ts'

const CHANNEL = { id: 'c', team_id: 't', type: 'O', delete_at: 0 } as Channel

/** The server's drafts, and the clock of everybody. */
class Shelf {
  now = 100_000
  /** Its clock stands still, as it does within a millisecond. */
  still = false
  up = true
  refuses = false
  drafts = new Map<string, Draft>()
  asked: string[] = []
  devices: Device[] = []

  rest(of: () => Device): Rest {
    const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
      if (!this.up) throw new ApiError('offline', 0, 'offline', 'no answer')
      this.asked.push(`${method} ${path}`)
      if (path === '/users/me/teams/t/drafts') return [...this.drafts.values()]
      if (this.refuses) throw new ApiError('refused', 403, 'no', 'You may not.')
      if (method === 'DELETE') {
        const old = this.drafts.get('c')
        this.drafts.delete('c')
        if (old) this.tell('draft_deleted', old, of())
        return {}
      }
      const d: Draft = { ...(body as Draft), update_at: this.still ? this.now : ++this.now }
      this.drafts.set('c', d)
      this.tell('draft_created', d, of())
      return d
    }
    return { ask } as unknown as Rest
  }

  private tell(event: string, d: Draft, but: Device): void {
    const data = { draft: JSON.stringify(d) }
    const broadcast = { channel_id: '', team_id: '', user_id: '' }
    for (const x of this.devices)
      if (x !== but && x.online) x.drafts.heard({ event, data, broadcast, seq: 0 })
  }
}

class Device {
  readonly store = new Store()
  readonly drafts: Drafts
  timers = new Map<number, () => void>()
  private n = 0

  constructor(
    shelf: Shelf,
    readonly db: Db,
  ) {
    this.store.teams.value = new Map([
      ['t', { id: 't', name: 't', display_name: 'T', description: '', type: 'O', delete_at: 0 }],
    ])
    this.store.channels.value = new Map([['c', CHANNEL]])
    const p = {
      rest: shelf.rest(() => this),
      socket: { id: 'k' } as Socket,
      db,
      now: () => shelf.now,
      setTimeout: (f: () => void) => {
        this.timers.set(++this.n, f)
        return this.n
      },
      clearTimeout: (t: number) => void this.timers.delete(t),
    } as unknown as Platform
    this.drafts = new Drafts({
      p,
      store: this.store,
      phase: signal('ready'),
      notice: () => {},
      quietly: async f => {
        await f().catch((e: unknown) => {
          if (!(e instanceof ApiError)) throw e
        })
      },
      keep: async write => {
        await write()
        return true
      },
      tell: () => {},
    })
    shelf.devices.push(this)
  }

  get online(): boolean {
    return this.store.link.peek() === 'online'
  }

  get text(): string {
    return this.drafts.of('c').peek().text
  }

  get aside(): readonly string[] {
    return this.drafts.of('c').peek().aside
  }

  /** Lets what was put off happen. */
  async wait(): Promise<void> {
    for (let i = 0; i < 5; i++) {
      const due = [...this.timers.values()]
      this.timers.clear()
      for (const f of due) f()
      await new Promise(r => setTimeout(r, 1))
    }
  }

  async connect(): Promise<void> {
    this.store.link.value = 'online'
    await this.drafts.sync()
    await this.wait()
  }

  cut(): void {
    this.store.link.value = 'offline'
  }

  async type(text: string): Promise<void> {
    this.drafts.write('c', { text })
    await this.wait()
  }
}

let shelf: Shelf
let here: Device
let there: Device
const dbs: Db[] = []

async function device(factory = new IDBFactory()): Promise<Device> {
  const db = await Db.open(factory, IDBKeyRange)
  dbs.push(db)
  return new Device(shelf, db)
}

beforeEach(async () => {
  shelf = new Shelf()
  here = await device()
  there = await device()
  await here.connect()
  await there.connect()
})
afterEach(() => {
  for (const db of dbs.splice(0)) db.close()
})

describe('drafts', () => {
  test('what is typed on one device is on the other, with its priority', async () => {
    here.drafts.write('c', { text: 'half a thought', priority: { priority: 'urgent' } })
    await here.wait()
    expect(there.text).toBe('half a thought')
    expect(there.drafts.of('c').peek().priority).toEqual({ priority: 'urgent' })
    expect([...there.store.drafted.peek()]).toEqual(['c'])
    expect(here.drafts.of('c').peek().owed).toBe(false)
  })

  test('that a draft goes before everything else is kept here, and told as urgent', async () => {
    here.drafts.write('c', { text: 'fire', priority: { priority: 'urgent' } })
    await here.wait()
    const flash = { priority: 'urgent', flash: true } as const
    here.drafts.write('c', { priority: flash })
    await here.wait()
    expect(here.drafts.of('c').peek().priority).toEqual(flash)
    expect(here.drafts.of('c').peek().owed).toBe(false)
  })

  test('many keystrokes are told once', async () => {
    for (const text of ['h', 'ha', 'hal', 'half']) here.drafts.write('c', { text })
    await here.wait()
    expect(shelf.asked.filter(x => x.startsWith('POST'))).toHaveLength(1)
    expect(shelf.drafts.get('c')?.message).toBe('half')
  })

  test('what was sent on one device is gone from the other', async () => {
    await here.type('done soon')
    here.drafts.clear('c')
    await here.wait()
    expect(shelf.drafts.size).toBe(0)
    expect(there.text).toBe('')
    expect([...there.store.drafted.peek()]).toEqual([])
  })

  test('what was typed without the server is told when it is back', async () => {
    here.cut()
    await here.type('in the dark')
    expect(shelf.drafts.size).toBe(0)
    await here.connect()
    expect(there.text).toBe('in the dark')
  })

  test('a draft that was owed survives the page', async () => {
    const factory = new IDBFactory()
    const first = await device(factory)
    first.cut()
    await first.type('in the dark')
    const again = await device(factory)
    await again.drafts.restore()
    expect(again.text).toBe('in the dark')
    await again.connect()
    expect(shelf.drafts.get('c')?.message).toBe('in the dark')
  })

  test('a draft that was sent without the server goes from it later', async () => {
    const factory = new IDBFactory()
    const first = await device(factory)
    await first.connect()
    await first.type('to be sent')
    first.cut()
    first.drafts.clear('c')
    await first.wait()
    const again = await device(factory)
    await again.drafts.restore()
    await again.connect()
    expect(shelf.drafts.size).toBe(0)
    expect(again.text).toBe('')
  })

  test('where two wrote apart the newer stands, and the older is put aside where both are known', async () => {
    here.cut()
    await here.type('older, typed here')
    shelf.now += 60_000
    await there.type('newer, typed there')
    await here.connect()
    expect(here.text).toBe('newer, typed there')
    expect(here.aside).toEqual(['older, typed here'])

    here.cut()
    shelf.now += 60_000
    await there.type('the server has this')
    shelf.now += 60_000
    await here.type('newest, typed here')
    await here.connect()
    expect(here.text).toBe('newest, typed here')
    expect(there.text).toBe('newest, typed here')
    expect(here.aside).toEqual(['older, typed here', 'the server has this'])
  })

  test('the newer is what was typed later, whichever the server heard of first', async () => {
    here.cut()
    there.cut()
    await here.type('typed first')
    shelf.now += 60_000
    await there.type('typed last')
    shelf.now += 60_000
    await here.connect()
    await there.connect()
    expect([here.text, there.text]).toEqual(['typed last', 'typed last'])
    expect(there.aside).toEqual(['typed first'])
  })

  test.each([
    ['was', true],
    ['was not', false],
  ])(
    'the newer stands though the older came after it to the server, which %s heard to have it',
    async (_, heard) => {
      here.cut()
      there.cut()
      await here.type('typed first')
      shelf.now += 60_000
      await there.type('typed last')
      there.store.link.value = 'online'
      there.drafts.flush()
      if (heard) await there.wait()
      here.store.link.value = 'online'
      here.drafts.flush()
      await here.wait()
      await there.wait()
      expect([here.text, there.text, shelf.drafts.get('c')?.message]).toEqual(Array(3).fill('typed last'))
      expect(there.aside).toEqual(['typed first'])
    },
  )

  test.each([
    ['older', true],
    ['newer', false],
  ])(
    'what two told the server in one millisecond, the %s first, ends the same on both',
    async (_, olderFirst) => {
      here.cut()
      there.cut()
      await here.type('typed first')
      shelf.now += 60_000
      await there.type('typed last')
      for (const d of [here, there]) d.store.link.value = 'online'
      shelf.still = true
      for (const d of olderFirst ? [here, there] : [there, here]) {
        d.drafts.flush()
        await d.wait()
      }
      await there.wait()
      expect([here.text, there.text, shelf.drafts.get('c')?.message]).toEqual(Array(3).fill('typed last'))
      expect([...here.aside, ...there.aside]).toContain('typed first')
    },
  )

  test('what was put aside is taken back or thrown away', async () => {
    here.cut()
    await here.type('mine')
    shelf.now += 60_000
    await there.type('theirs')
    await here.connect()
    here.drafts.resolve('c', 'mine', true)
    await here.wait()
    expect(there.text).toBe('theirs\n\nmine')
    expect(here.aside).toEqual([])
  })

  test('what one device took back is no longer aside on the other', async () => {
    await here.type('from here')
    await there.type('quite another')
    expect(here.aside).toEqual(['from here'])
    await there.type('quite another\n\nfrom here')
    expect(here.aside).toEqual([])
  })

  test('a text that the newer one contains is not lost, so not put aside', async () => {
    here.cut()
    await here.type('one')
    shelf.now += 60_000
    await there.type('one and two')
    await here.connect()
    expect(here.aside).toEqual([])
  })

  test('two who type in the same moment lose nothing', async () => {
    await here.type('from here')
    await there.type('quite another')
    expect(here.text).toBe('quite another')
    expect(here.aside).toEqual(['from here'])
  })

  test('what was typed since another device sent stays', async () => {
    await here.type('first')
    there.cut()
    await there.type('first and more')
    here.drafts.clear('c')
    await here.wait()
    await there.connect()
    expect(there.text).toBe('first and more')
    expect(here.text).toBe('first and more')
  })

  test('what the server refuses stays on this device', async () => {
    shelf.refuses = true
    await here.type('for nobody')
    await here.connect()
    expect(here.text).toBe('for nobody')
  })

  test('what was refused in the end is taken from the server with what it said before', async () => {
    await here.type('short')
    shelf.refuses = true
    await here.type('too long')
    shelf.refuses = false
    here.drafts.clear('c')
    await here.wait()
    expect(shelf.drafts.size).toBe(0)
    expect(there.text).toBe('')
  })

  test('what was typed last is kept where a session ends at that moment', async () => {
    here.drafts.write('c', { text: 'half a thought' })
    here.drafts.reset()
    await here.wait()
    expect((await here.db.drafts()).map(d => d.text)).toEqual(['half a thought'])
  })

  test('a server that exchanges none is left alone', async () => {
    here.store.config.value = { AllowSyncedDrafts: 'false' }
    shelf.asked = []
    await here.type('mine alone')
    await here.connect()
    expect(shelf.asked).toEqual([])
    expect(here.text).toBe('mine alone')
  })
})
