import { ApiError, type FileInfo, type UploadsRest } from '@fieldpost/api'
import { signal } from '@preact/signals-core'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Db } from './db.ts'
import { Drafts } from './drafts.ts'
import type { Context, Platform } from './platform.ts'
import { Store } from './store.ts'
import { type Chosen, Uploads } from './uploads.ts'

const offline = () => new ApiError('offline', 0, 'offline', 'The connection broke.')
const chosen = (name: string, size = 10, picture = ''): Chosen => ({
  file: Object.assign(new Blob(['x'.repeat(size)]), { name }),
  picture,
})
const settle = async () => {
  for (let i = 0; i < 8; i++) await new Promise(r => setTimeout(r, 0))
}

/** A server that takes bytes until its line is cut. */
class Dock {
  sessions = new Map<string, { name: string; size: number; at: number }>()
  /** The connection breaks after so many bytes of the next request. */
  breakAfter = Number.MAX_SAFE_INTEGER
  up = true
  refuse = ''
  waits: (() => void)[] = []
  /** Whether requests wait until they are let go. */
  slow = false

  rest = {
    begin: async (_: string, name: string, size: number) => {
      if (!this.up) throw offline()
      if (this.refuse) throw new ApiError('refused', 403, 'no', this.refuse)
      const id = `u${this.sessions.size + 1}`
      this.sessions.set(id, { name, size, at: 0 })
      return { id, file_size: size, file_offset: 0 }
    },
    session: async (id: string) => {
      const s = this.sessions.get(id)
      if (!this.up) throw offline()
      if (!s) throw new ApiError('refused', 404, 'gone', 'gone')
      return { id, file_size: s.size, file_offset: s.at }
    },
    send: async (id: string, bytes: Blob, onSent: (n: number) => void, stop: AbortSignal) => {
      const s = this.sessions.get(id)
      if (!this.up || !s) throw offline()
      if (this.slow)
        await new Promise<void>((go, no) => {
          this.waits.push(go)
          stop.addEventListener('abort', () => no(offline()))
        })
      const n = Math.min(bytes.size, this.breakAfter)
      this.breakAfter = Number.MAX_SAFE_INTEGER
      s.at += n
      onSent(n)
      if (s.at < s.size) throw offline()
      return { id: `f-${s.name}`, name: s.name } as FileInfo
    },
  } as unknown as UploadsRest

  go(): void {
    for (const w of this.waits.splice(0)) w()
  }
}

let dock: Dock
let store: Store
let drafts: Drafts
let uploads: Uploads
let sent: string[]
let said: string[]
let timers: Map<number, () => void>

beforeEach(() => {
  dock = new Dock()
  store = new Store()
  sent = []
  said = []
  timers = new Map()
  let n = 0
  const p = {
    rest: {},
    socket: { id: '' },
    db: { putDraft: async () => {} } as unknown as Db,
    now: () => 1,
    setTimeout: (f: () => void) => {
      timers.set(++n, f)
      return n
    },
    clearTimeout: (t: number) => void timers.delete(t),
  } as unknown as Platform
  const c: Context = {
    p,
    store,
    phase: signal('ready'),
    notice: text => void said.push(text),
    quietly: f => f(),
    keep: async write => {
      await write()
      return true
    },
    tell: () => {},
  }
  drafts = new Drafts(c)
  uploads = new Uploads(c, drafts, key => void sent.push(key), dock.rest)
})

const names = () =>
  drafts
    .of('c')
    .peek()
    .files.map(f => f.name)
const states = () =>
  uploads
    .of('c')
    .peek()
    .map(u => u.state)
const keyOf = (i: number) => uploads.of('c').peek()[i]?.key ?? 0

describe('uploads', () => {
  test('files arrive and are the draft’s, a few at a time', async () => {
    dock.slow = true
    uploads.add(
      'c',
      ['a', 'b', 'c', 'd'].map(n => chosen(n)),
    )
    await settle()
    expect(states()).toEqual(['going', 'going', 'queued', 'queued'])
    dock.slow = false
    dock.go()
    await settle()
    expect(names().sort()).toEqual(['a', 'b', 'c', 'd'])
    expect(uploads.of('c').peek()).toEqual([])
  })

  test('a broken connection is gone on from where it broke', async () => {
    dock.breakAfter = 4
    uploads.add('c', [chosen('chart')])
    await settle()
    expect(states()).toEqual(['cut'])
    expect(dock.sessions.get('u1')?.at).toBe(4)
    uploads.goOn()
    await settle()
    expect(names()).toEqual(['chart'])
    expect(dock.sessions.size).toBe(1)
  })

  test('what was cut off tries again by itself', async () => {
    dock.breakAfter = 4
    uploads.add('c', [chosen('chart')])
    await settle()
    for (const f of [...timers.values()]) f()
    await settle()
    expect(names()).toEqual(['chart'])
  })

  test('a file that is chosen without the server goes when it is back', async () => {
    dock.up = false
    uploads.add('c', [chosen('chart')])
    await settle()
    expect(states()).toEqual(['cut'])
    dock.up = true
    uploads.goOn()
    await settle()
    expect(names()).toEqual(['chart'])
  })

  test('a session that the server gave up begins anew', async () => {
    dock.breakAfter = 4
    uploads.add('c', [chosen('chart')])
    await settle()
    dock.sessions.clear()
    uploads.goOn()
    await settle()
    uploads.goOn()
    await settle()
    expect(names()).toEqual(['chart'])
  })

  test('pausing stops, and resuming goes on', async () => {
    dock.slow = true
    uploads.add('c', [chosen('chart')])
    await settle()
    uploads.pause(keyOf(0))
    await settle()
    expect(states()).toEqual(['paused'])
    uploads.goOn()
    await settle()
    expect(states()).toEqual(['paused'])
    dock.slow = false
    uploads.resume(keyOf(0))
    await settle()
    expect(names()).toEqual(['chart'])
  })

  test('what is refused says why, and is tried again when asked', async () => {
    dock.refuse = 'No room.'
    uploads.add('c', [chosen('chart')])
    await settle()
    expect(uploads.of('c').peek()[0]).toMatchObject({ state: 'failed', why: 'No room.' })
    dock.refuse = ''
    uploads.resume(keyOf(0))
    expect(uploads.of('c').peek()[0]?.why).toBe('')
    await settle()
    expect(names()).toEqual(['chart'])
  })

  test('a cancelled file is gone, and makes room for the next', async () => {
    const released: string[] = []
    uploads.release = x => void released.push(x)
    dock.slow = true
    uploads.add('c', [chosen('a', 10, 'blob:a'), chosen('b'), chosen('c')])
    await settle()
    uploads.cancel(keyOf(0))
    await settle()
    expect(states()).toEqual(['going', 'going'])
    expect(released).toEqual(['blob:a'])
    dock.go()
    await settle()
    expect(names().sort()).toEqual(['b', 'c'])
  })

  test('too large, empty and too many are said in words', async () => {
    store.config.value = { MaxFileSize: '100' }
    uploads.add('c', [chosen('film', 101), chosen('nothing', 0)])
    expect(said).toEqual([
      'film is too large: it has 101 B, and this server takes up to 100 B.',
      'nothing is empty.',
    ])
    uploads.add(
      'c',
      Array.from({ length: 12 }, (_, i) => chosen(`n${i}`)),
    )
    await settle()
    expect(said.at(-1)).toBe('A message carries up to 10 files: 2 were left out.')
    expect(names()).toHaveLength(10)
  })

  test('a message waits for its files, and is sent when they are there', async () => {
    dock.slow = true
    uploads.add('c', [chosen('a'), chosen('b')])
    await settle()
    uploads.hold('c', true)
    dock.slow = false
    expect(sent).toEqual([])
    dock.go()
    await settle()
    expect(sent).toEqual(['c'])
    expect(uploads.held('c').peek()).toBe(false)
  })

  test('a message whose file was refused is not sent without it', async () => {
    dock.slow = true
    uploads.add('c', [chosen('a'), chosen('b'), chosen('c')])
    await settle()
    uploads.hold('c', true)
    dock.refuse = 'No room.'
    dock.slow = false
    dock.go()
    await settle()
    expect(sent).toEqual([])
    expect(said).toContain('The message was not sent: a file is missing.')
  })
})
