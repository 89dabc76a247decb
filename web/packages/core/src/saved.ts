/** Messages that somebody saved for later. The server keeps which; this device remembers. */
import { ApiError, type Id, type Preference, SAVED, type SocketEvent } from '@fieldpost/api'
import { computed, signal } from '@preact/signals-core'
import type { Context } from './platform.ts'

const none: ReadonlySet<Id> = new Set()
const AGAIN_MS = 2_000

export class Saved {
  /** As the server has it. */
  private readonly told = signal(none)
  /** As the reader means it. */
  readonly posts = computed<ReadonlySet<Id>>(() => {
    const out = new Set(this.told.value)
    for (const { act, refused } of this.c.store.deeds.value) {
      if (act.do !== 'save' || refused) continue
      if (act.on) out.add(act.post)
      else out.delete(act.post)
    }
    return out
  })

  /** How often something was marked or unmarked: an answer given before does not know of it. */
  private changes = 0
  private timer = 0

  constructor(private readonly c: Context) {}

  isTold(post: Id): boolean {
    return this.told.peek().has(post)
  }

  reset(): void {
    this.c.p.clearTimeout(this.timer)
    this.timer = 0
    this.told.value = none
  }

  async load(): Promise<void> {
    if (this.told.peek().size === 0) {
      const kept = await this.c.p.db.note('saved').catch(() => undefined)
      if (Array.isArray(kept)) this.told.value = new Set(kept as Id[])
    }
    await this.c.quietly(async () => {
      const { changes } = this
      try {
        const all = await this.c.p.rest.preferences()
        if (this.changes === changes) this.take(new Set(all.filter(isMark).map(p => p.name)))
        else this.again()
      } catch (e) {
        if (e instanceof ApiError && e.kind !== 'refused') this.again()
        throw e
      }
    })
  }

  private again(): void {
    this.timer ||= this.c.p.setTimeout(() => {
      this.timer = 0
      // When the server is back it is read anyway.
      if (this.c.store.link.peek() === 'online') void this.load()
    }, AGAIN_MS)
  }

  put(post: Id, on: boolean): void {
    this.changes += 1
    const next = new Set(this.told.peek())
    if (on) next.add(post)
    else next.delete(post)
    this.take(next)
  }

  private take(posts: ReadonlySet<Id>): void {
    this.told.value = posts
    void this.c.p.db.putNote('saved', [...posts]).catch(() => {})
  }

  heard(e: SocketEvent): void {
    const gone = e.event === 'preferences_deleted'
    if (!gone && e.event !== 'preferences_changed') return
    const raw = e.data['preferences']
    const list = typeof raw === 'string' ? (JSON.parse(raw) as Preference[]) : []
    for (const p of list.filter(x => x.category === SAVED)) this.put(p.name, !gone && isMark(p))
  }
}

const isMark = (p: Preference): boolean => p.category === SAVED && p.value === 'true'
