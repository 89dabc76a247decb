/**
 * Messages written here and not yet confirmed by the server. Each keeps its `pending_post_id` through reloads
 * and retries; the server answers a repeated id with the post it already made, so each is posted once.
 */

import { ApiError, type FileInfo, type Id, type NewPost, type Post, type Priority } from '@fieldpost/api'
import { t } from '@fieldpost/words'
import type { Db } from './db.ts'

export interface OutboxEntry {
  pending_post_id: string
  written_at: number
  user_id: Id
  channel_id: Id
  root_id: Id | ''
  message: string
  files: FileInfo[]
  priority?: Priority
  /** Set when the server refused it: it stays until the author retries or discards it. */
  refused?: string
  /** Set until this device has kept it: nothing may be promised of it before. */
  unsaved?: true
  /** Set in this tab once it was sent and may be there, whatever was answered. */
  tried?: true
  /** Set where this device has no room to keep it: it is lost when the page is left. */
  unkept?: true
}

export interface OutboxPorts {
  db: Pick<Db, 'outbox' | 'outboxEntry' | 'putOutbox' | 'dropOutbox'>
  create: (p: NewPost) => Promise<Post>
  /** Runs a write of what must not be lost. False if this device has no room for it. */
  keep: (write: () => Promise<void>) => Promise<boolean>
  /** What the device keeps has changed, and with it what other tabs should show. */
  onKept: () => void
  /** Runs `f` while no other tab of this browser runs under the same name. */
  lock: (name: string, f: () => Promise<void>) => Promise<void>
  onChange: (entries: readonly OutboxEntry[]) => void
  onSent: (entry: OutboxEntry, post: Post) => void
  onSessionLost: () => void
}

export type FlushResult = 'empty' | 'offline' | 'busy'

export class Outbox {
  private entries: readonly OutboxEntry[] = []
  private running: Promise<FlushResult> | undefined
  private again = false

  constructor(private readonly p: OutboxPorts) {}

  async load(user: Id): Promise<void> {
    const kept = (await this.p.db.outbox()).filter(e => e.user_id === user)
    // What is being kept, or what this device has no room for, lives here alone.
    const here = this.entries.filter(
      e => e.unsaved && kept.every(k => k.pending_post_id !== e.pending_post_id),
    )
    const tried = new Set(this.entries.filter(e => e.tried).map(e => e.pending_post_id))
    this.set([...kept.map(e => (tried.has(e.pending_post_id) ? { ...e, tried: true as const } : e)), ...here])
  }

  clear(): void {
    this.set([])
  }

  /** Shown at once as not yet kept; kept through reloads when the promise resolves. */
  async add(entry: OutboxEntry): Promise<void> {
    this.set([...this.entries, { ...entry, unsaved: true }])
    const kept = await this.p.keep(() => this.p.db.putOutbox(entry))
    const now: OutboxEntry = kept ? entry : { ...entry, unsaved: true, unkept: true }
    this.set(this.entries.map(e => (e.pending_post_id === entry.pending_post_id && e.unsaved ? now : e)))
    this.p.onKept()
  }

  /** The server's post arrived by another road (a live event). */
  async confirmed(pending: string): Promise<void> {
    if (!this.entries.some(e => e.pending_post_id === pending)) return
    this.set(this.entries.filter(e => e.pending_post_id !== pending))
    await this.p.db.dropOutbox(pending)
    this.p.onKept()
  }

  async retry(pending: string): Promise<void> {
    const entry = this.entries.find(e => e.pending_post_id === pending)
    if (!entry) return
    const { refused: _, ...fresh } = entry
    this.set(this.entries.map(e => (e === entry ? fresh : e)))
    await this.p.keep(() => this.p.db.putOutbox(fresh))
    this.p.onKept()
  }

  discard = (pending: string): Promise<void> => this.confirmed(pending)

  /** Sends what is waiting, oldest first, one at a time. */
  flush(): Promise<FlushResult> {
    if (this.running) {
      this.again = true
      return this.running
    }
    this.running = this.run().finally(() => {
      this.running = undefined
    })
    return this.running
  }

  private async run(): Promise<FlushResult> {
    let result: FlushResult = 'empty'
    do {
      this.again = false
      if (!this.entries.some(e => !e.refused)) return 'empty'
      await this.p.lock('fieldpost-outbox', async () => {
        result = await this.round()
      })
    } while (this.again && result === 'empty')
    return result
  }

  private async round(): Promise<FlushResult> {
    for (const { pending_post_id } of this.entries.filter(e => !e.refused)) {
      // Another tab may have sent it while we waited for the lock.
      const mine = this.entries.find(e => e.pending_post_id === pending_post_id)
      const entry = (await this.p.db.outboxEntry(pending_post_id)) ?? (mine?.unsaved ? mine : undefined)
      if (entry?.unsaved && !entry.unkept) continue // once it is kept
      if (!entry || entry.refused) {
        const others = this.entries.filter(e => e.pending_post_id !== pending_post_id)
        this.set(entry ? [...others, entry] : others)
        continue
      }
      this.set(this.entries.map(e => (e.pending_post_id === pending_post_id ? { ...e, tried: true } : e)))
      try {
        const post = await this.p.create({
          channel_id: entry.channel_id,
          message: entry.message,
          root_id: entry.root_id,
          pending_post_id,
          ...(entry.files.length > 0 ? { file_ids: entry.files.map(f => f.id) } : {}),
          ...(entry.priority ? { metadata: { priority: entry.priority } } : {}),
        })
        this.p.onSent(entry, post)
        await this.confirmed(pending_post_id)
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        if (error.kind === 'offline') return 'offline'
        if (error.sessionLost) {
          this.p.onSessionLost()
          return 'offline'
        }
        if (error.kind === 'server') return 'busy'
        await this.refuse(entry, error.message)
      }
    }
    return 'empty'
  }

  private async refuse(entry: OutboxEntry, why: string): Promise<void> {
    const refused = { ...entry, refused: why || t('wait.refused') }
    this.set(this.entries.map(e => (e.pending_post_id === entry.pending_post_id ? refused : e)))
    await this.p.keep(() => this.p.db.putOutbox(refused))
    this.p.onKept()
  }

  private set(entries: readonly OutboxEntry[]): void {
    this.entries = entries
    this.p.onChange(entries)
  }
}
