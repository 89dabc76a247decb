/** The offline cache: one IndexedDB database per browser profile, wiped on logging out. */
import type { FileInfo, Id, Post, Priority, User } from '@fieldpost/api'
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

const STORES = ['kv', 'posts', 'users', 'logs', 'outbox', 'drafts'] as const
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
  private constructor(
    private readonly idb: IDBDatabase,
    private readonly ranges: typeof IDBKeyRange,
  ) {}

  static async open(factory: IDBFactory, ranges: typeof IDBKeyRange, name = 'fieldpost'): Promise<Db> {
    const r = factory.open(name, 1)
    r.onupgradeneeded = () => {
      const d = r.result
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
    const t = this.idb.transaction(store, 'readwrite')
    f(t.objectStore(store))
    t.commit()
    await finished(t)
  }

  session = (): Promise<unknown> => done(this.read('kv').get('session'))
  /** Something small that is shown while the server is away. */
  note = (key: string): Promise<unknown> => done(this.read('kv').get(`note:${key}`))
  putNote = (key: string, value: unknown) => this.write('kv', s => s.put(value, `note:${key}`))
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
  putDraft = (x: DraftRecord) => this.write('drafts', s => (isLeft(x) ? s.put(x) : s.delete(x.key)))

  /** The newest `limit` posts of a channel in [from, before), newest first, roots only. */
  roots(channel: Id, from: number, before: number, limit: number): Promise<Post[]> {
    if (from >= before) return Promise.resolve([])
    const range = this.ranges.bound([channel, from], [channel, before], false, true)
    const cursor = this.read('posts').index('channel').openCursor(range, 'prev')
    const out: Post[] = []
    return new Promise((resolve, reject) => {
      cursor.onerror = () => reject(cursor.error)
      cursor.onsuccess = () => {
        const c = cursor.result
        if (!c || out.length >= limit) return resolve(out)
        const p = c.value as Post
        if (!p.root_id) out.push(p)
        c.continue()
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

  /** One transaction: what was learned together is remembered together. */
  async save(b: Batch): Promise<void> {
    const t = this.idb.transaction(['kv', 'posts', 'users', 'logs'], 'readwrite')
    for (const p of b.posts ?? []) t.objectStore('posts').put(p)
    for (const id of b.gone ?? []) t.objectStore('posts').delete(id)
    for (const u of b.users ?? []) t.objectStore('users').put(u)
    for (const l of b.logs ?? []) t.objectStore('logs').put(l)
    if (b.session !== undefined) t.objectStore('kv').put(b.session, 'session')
    t.commit()
    await finished(t)
  }

  async wipe(): Promise<void> {
    const t = this.idb.transaction([...STORES], 'readwrite')
    for (const s of STORES) t.objectStore(s).clear()
    await finished(t)
  }
}
