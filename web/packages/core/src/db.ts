/** The offline cache: one IndexedDB database per browser profile, wiped on logging out. */
import type { FileInfo, Id, Post, Priority, User } from '@fieldpost/api'
import type { Deed } from './deed.ts'
import type { Weight } from './keeping.ts'
import type { OutboxEntry } from './outbox.ts'

export interface LogRecord {
  channel_id: Id
  /** Everything from this time to `syncedTo` is in the cache without a hole. */
  from: number
  atStart: boolean
  syncedTo: number
}

/** What was begun at one place, and how it stands with the server. */
export interface DraftRecord {
  key: string
  text: string
  files?: FileInfo[]
  priority?: Priority
  at?: number
  base?: number
  owed?: boolean
  aside?: string[]
}

const isLeft = (d: DraftRecord): boolean =>
  d.text !== '' || d.owed === true || (d.files ?? []).length + (d.aside ?? []).length > 0

export interface Batch {
  posts?: readonly Post[]
  gone?: readonly Id[]
  users?: readonly User[]
  logs?: readonly LogRecord[]
  session?: unknown
}

/** So many messages of each conversation are weighed. */
const SAMPLE = 20
const OWNER = 'owner'
const LEAVING = 'leaving'
const STORES = ['kv', 'posts', 'users', 'logs', 'outbox', 'deeds', 'drafts'] as const
type StoreName = (typeof STORES)[number]

const done = <T>(r: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    r.onsuccess = () => resolve(r.result)
    r.onerror = () => reject(r.error)
  })

const finished = (t: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    t.oncomplete = () => resolve()
    t.onerror = () => reject(t.error)
    t.onabort = () => reject(t.error)
  })

export class Db {
  /** What answers after somebody has left is not written any more. */
  sealed = false

  private constructor(
    private readonly idb: IDBDatabase,
    private readonly ranges: typeof IDBKeyRange,
  ) {}

  static async open(factory: IDBFactory, ranges: typeof IDBKeyRange, name = 'fieldpost'): Promise<Db> {
    const r = factory.open(name, 2)
    r.onupgradeneeded = e => {
      const d = r.result
      if (e.oldVersion < 2) d.createObjectStore('deeds', { keyPath: 'key' })
      if (e.oldVersion > 0) return
      d.createObjectStore('kv')
      const posts = d.createObjectStore('posts', { keyPath: 'id' })
      posts.createIndex('channel', ['channel_id', 'create_at'])
      posts.createIndex('thread', ['root_id', 'create_at'])
      d.createObjectStore('users', { keyPath: 'id' })
      d.createObjectStore('logs', { keyPath: 'channel_id' })
      d.createObjectStore('outbox', { keyPath: 'pending_post_id' })
      d.createObjectStore('drafts', { keyPath: 'key' })
    }
    const idb = await done(r)
    idb.onversionchange = () => idb.close()
    return new Db(idb, ranges)
  }

  close(): void {
    this.idb.close()
  }

  private read(store: StoreName): IDBObjectStore {
    return this.idb.transaction(store).objectStore(store)
  }

  /** What is written is committed at once: a page that is being left does not live to see a transaction end by itself. */
  private async write(store: StoreName, f: (s: IDBObjectStore) => void): Promise<void> {
    if (this.sealed) return
    const t = this.idb.transaction(store, 'readwrite')
    f(t.objectStore(store))
    t.commit()
    await finished(t)
  }

  session = (): Promise<unknown> => done(this.read('kv').get('session'))
  /** Something small that is shown while the server is away. */
  note = (key: string): Promise<unknown> => done(this.read('kv').get(`note:${key}`))
  /** Where there is no room for it, it is not there while the server is away. */
  putNote = (key: string, value: unknown) =>
    this.write('kv', s => s.put(value, `note:${key}`)).catch(() => {})
  users = (): Promise<User[]> => done(this.read('users').getAll())
  logs = (): Promise<LogRecord[]> => done(this.read('logs').getAll())
  drafts = (): Promise<DraftRecord[]> => done(this.read('drafts').getAll())
  /** Oldest first: the order in which they were written. */
  outbox = async (): Promise<OutboxEntry[]> => {
    const all: OutboxEntry[] = await done(this.read('outbox').getAll())
    return all.sort((a, b) => a.written_at - b.written_at || (a.pending_post_id < b.pending_post_id ? -1 : 1))
  }
  outboxEntry = (id: string): Promise<OutboxEntry | undefined> => done(this.read('outbox').get(id))
  putOutbox = (x: OutboxEntry) => this.write('outbox', s => s.put(x))
  dropOutbox = (id: string) => this.write('outbox', s => s.delete(id))
  /** Oldest first. */
  deeds = async (): Promise<Deed[]> => {
    const all: Deed[] = await done(this.read('deeds').getAll())
    return all.sort((a, b) => a.written_at - b.written_at)
  }
  deed = (key: string): Promise<Deed | undefined> => done(this.read('deeds').get(key))
  putDeed = (x: Deed) => this.write('deeds', s => s.put(x))
  /** Forgets a deed, but not a later one that took its place. */
  async dropDeed(key: string, written_at: number): Promise<void> {
    const t = this.idb.transaction('deeds', 'readwrite')
    const s = t.objectStore('deeds')
    const kept = s.get(key)
    kept.onsuccess = () => {
      if ((kept.result as Deed | undefined)?.written_at === written_at) s.delete(key)
    }
    await finished(t)
  }
  putDraft = (x: DraftRecord) => this.write('drafts', s => (isLeft(x) ? s.put(x) : s.delete(x.key)))

  /** The newest `limit` posts of a channel in [from, before), newest first, roots only. */
  async roots(channel: Id, from: number, before: number, limit: number): Promise<Post[]> {
    const out: Post[] = []
    let end = before
    while (from < end && out.length < limit) {
      const begin = await this.newest(channel, from, end, limit)
      const range = this.ranges.bound([channel, begin], [channel, end], false, true)
      const some: Post[] = await done(this.read('posts').index('channel').getAll(range))
      out.push(...some.filter(p => !p.root_id).reverse())
      end = begin
    }
    return out.slice(0, limit)
  }

  /** Where the newest `n` of a channel in [from, before) begin. Asked for together they come far sooner than one by one. */
  private newest(channel: Id, from: number, before: number, n: number): Promise<number> {
    const range = this.ranges.bound([channel, from], [channel, before], false, true)
    const cursor = this.read('posts').index('channel').openKeyCursor(range, 'prev')
    let there = false
    return new Promise((resolve, reject) => {
      cursor.onerror = () => reject(cursor.error)
      cursor.onsuccess = () => {
        const c = cursor.result
        if (!c) return resolve(from)
        if (there || n < 2) return resolve((c.key as [Id, number])[1])
        there = true
        c.advance(n - 1)
      }
    })
  }

  /** The newest posts that a test lets through. */
  async findPosts(wanted: (p: Post) => boolean, limit: number): Promise<Post[]> {
    const all: Post[] = await done(this.read('posts').getAll())
    return all
      .filter(wanted)
      .sort((a, b) => b.create_at - a.create_at)
      .slice(0, limit)
  }

  replies(root: Id): Promise<Post[]> {
    return done(
      this.read('posts')
        .index('thread')
        .getAll(this.ranges.bound([root, 0], [root, Number.MAX_VALUE])),
    )
  }

  /**
   * What each conversation takes, about: as much for each message as for some of them. Reading them all keeps a device
   * with a hundred thousand busy for seconds, in which nobody can write.
   */
  async weigh(): Promise<Weight[]> {
    const all: Weight[] = []
    for (let id = await this.channelAfter(''); id; id = await this.channelAfter(id)) {
      const posts = this.read('posts').index('channel')
      const range = this.ranges.bound([id, 0], [id, Number.MAX_VALUE])
      const [count, some, last] = await Promise.all([
        done(posts.count(range)),
        done(posts.getAll(range, SAMPLE)) as Promise<Post[]>,
        done(posts.openKeyCursor(range, 'prev')),
      ])
      const bytes = some.reduce((n, p) => n + JSON.stringify(p).length, 0)
      const [, newest] = (last?.key ?? [id, 0]) as [Id, number]
      all.push({ channel: id, bytes: Math.round((bytes * count) / Math.max(1, some.length)), newest })
    }
    return all
  }

  /** The next channel of which something is kept, by their ids; empty after the last. */
  private async channelAfter(id: Id): Promise<Id> {
    const rest = this.ranges.lowerBound([id, Number.MAX_VALUE], true)
    const next = await done(this.read('posts').index('channel').openKeyCursor(rest))
    return next ? (next.key as [Id, number])[0] : ''
  }

  async dropChannels(channels: readonly Id[]): Promise<void> {
    const t = this.idb.transaction(['posts', 'logs'], 'readwrite')
    const posts = t.objectStore('posts')
    for (const id of channels) {
      t.objectStore('logs').delete(id)
      const range = this.ranges.bound([id, 0], [id, Number.MAX_VALUE])
      const cursor = posts.index('channel').openKeyCursor(range)
      cursor.onsuccess = () => {
        const c = cursor.result
        if (!c) return
        posts.delete(c.primaryKey)
        c.continue()
      }
    }
    await finished(t)
  }

  /** One transaction: what was learned together is remembered together. */
  async save(b: Batch): Promise<void> {
    if (this.sealed) return
    const t = this.idb.transaction(['kv', 'posts', 'users', 'logs'], 'readwrite')
    for (const p of b.posts ?? []) t.objectStore('posts').put(p)
    for (const id of b.gone ?? []) t.objectStore('posts').delete(id)
    for (const u of b.users ?? []) t.objectStore('users').put(u)
    for (const l of b.logs ?? []) t.objectStore('logs').put(l)
    if (b.session !== undefined) t.objectStore('kv').put(b.session, 'session')
    t.commit()
    await finished(t)
  }

  /** Nothing stays, and nothing comes until somebody sits down again. */
  async wipe(): Promise<void> {
    this.sealed = true
    const t = this.idb.transaction([...STORES], 'readwrite')
    const kv = t.objectStore('kv')
    // That somebody signed out stays until the server has heard it.
    const leaving = kv.get(LEAVING)
    leaving.onsuccess = () => {
      for (const s of STORES) t.objectStore(s).clear()
      if (leaving.result) kv.put(true, LEAVING)
    }
    await finished(t)
  }

  /** All that was read goes. What its owner wrote stays, for nobody but them. */
  async wipeRead(owner: Id): Promise<void> {
    this.sealed = true
    const read = ['kv', 'posts', 'users', 'logs'] as const
    const t = this.idb.transaction([...read], 'readwrite')
    for (const s of read) t.objectStore(s).clear()
    t.objectStore('kv').put(owner, OWNER)
    await finished(t)
  }

  /** Whether somebody signed out here while the server was away, and it has not heard so. */
  leaving = async (): Promise<boolean> => (await done(this.read('kv').get(LEAVING))) === true
  async setLeaving(yes: boolean): Promise<void> {
    const t = this.idb.transaction('kv', 'readwrite')
    if (yes) t.objectStore('kv').put(true, LEAVING)
    else t.objectStore('kv').delete(LEAVING)
    await finished(t)
  }

  /** Whose the device's written texts are; nothing where nobody has lost a session here. */
  owner = (): Promise<unknown> => done(this.read('kv').get(OWNER))
}
