/** Messages that somebody saved for later. The server keeps which; this device remembers. */
import { type Id, type Preference, SAVED, type SocketEvent } from '@fieldpost/api'
import { computed, signal } from '@preact/signals-core'
import type { Context } from './platform.ts'

const none: ReadonlySet<Id> = new Set()

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

  constructor(private readonly c: Context) {}

  isTold(post: Id): boolean {
    return this.told.peek().has(post)
  }

  reset(): void {
    this.told.value = none
  }

  async load(): Promise<void> {
    if (this.told.peek().size === 0) {
      const kept = await this.c.p.db.note('saved').catch(() => undefined)
      if (Array.isArray(kept)) this.told.value = new Set(kept as Id[])
    }
    await this.c.quietly(async () => {
      const all = await this.c.p.rest.preferences()
      this.take(new Set(all.filter(isMark).map(p => p.name)))
    })
  }

  put(post: Id, on: boolean): void {
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
