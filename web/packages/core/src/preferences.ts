/** What the account chose, where this client goes by it; kept on the device for the hours without the server. */
import { ApiError, type Preference, type SocketEvent } from '@fieldpost/api'
import { signal } from '@preact/signals-core'
import type { Context } from './platform.ts'

/** The category of a preference and its name, as one. */
export type PreferenceKey = `${string}/${string}`

const keyOf = (p: Pick<Preference, 'category' | 'name'>): PreferenceKey => `${p.category}/${p.name}`

interface Kept {
  all: [string, string][]
  unsent: string[]
}

/** So often all of it is asked for again because something was chosen meanwhile that the answer may not know. */
const TIMES = 8

export class Preferences {
  /** Whether it is known what the reader chose: until then nothing changes. */
  readonly known = signal(false)
  /** How often the server was asked for all of it, and answered. */
  readonly loads = signal(0)
  private readonly unsent = new Set<string>()
  /** How often something was chosen, here or on another device, or was told to the server. */
  private choices = 0
  private sending: Promise<void> = Promise.resolve()

  /** `ours`: which of the account's preferences are followed here. */
  constructor(
    private readonly c: Context,
    private readonly ours: (p: Pick<Preference, 'category' | 'name'>) => boolean,
  ) {}

  private get all() {
    return this.c.store.preferences
  }

  /** What the device kept, before the server has said anything. */
  async restore(): Promise<void> {
    const kept = (await this.c.p.db.note('preferences').catch(() => undefined)) as Kept | undefined
    if (!kept || this.known.peek()) return
    this.all.value = new Map(kept.all)
    for (const k of kept.unsent) this.unsent.add(k)
    this.known.value = true
  }

  async load(): Promise<void> {
    await this.restore()
    await this.c.quietly(async () => {
      const list = await this.newest()
      const told = new Map<string, string>(list.filter(this.ours).map(p => [keyOf(p), p.value]))
      // What was chosen here while the server was away counts for more than what it had before.
      for (const k of this.unsent) told.set(k, this.all.peek().get(k) ?? '')
      this.all.value = told
      this.known.value = true
      this.loads.value += 1
      this.keep()
      await this.flush()
    })
  }

  /** All that the server has, with whatever was chosen while it answered. */
  private async newest(): Promise<Preference[]> {
    for (let left = TIMES; ; left--) {
      const { choices } = this
      const list = await this.c.p.rest.preferences()
      if (choices === this.choices || left === 1) return list
    }
  }

  /** Holds at once, and is told to the server as soon as that is possible. */
  async set(chosen: Readonly<Record<PreferenceKey, string>>): Promise<void> {
    const next = new Map(this.all.peek())
    for (const [key, value] of Object.entries(chosen)) {
      next.set(key, value)
      this.unsent.add(key)
    }
    this.choices += 1
    this.all.value = next
    this.known.value = true
    this.keep()
    await this.flush()
  }

  /** Tells the server what was chosen while it was away; what was chosen later, after the rest. */
  flush(): Promise<void> {
    this.sending = this.sending.catch(() => {}).then(() => this.send())
    return this.sending
  }

  private async send(): Promise<void> {
    const user_id = this.c.store.me.peek()?.id
    if (!user_id || this.unsent.size === 0) return
    const sent = [...this.unsent].map(key => {
      const cut = key.indexOf('/')
      const value = this.all.peek().get(key) ?? ''
      return { user_id, category: key.slice(0, cut), name: key.slice(cut + 1), value }
    })
    try {
      await this.c.p.rest.savePreferences(sent)
    } catch (e) {
      if (!(e instanceof ApiError)) throw e
      if (e.kind !== 'refused') return
      // It will not take it: better said than tried for ever.
      this.c.notice(e.message, 'error')
    }
    this.choices += 1
    for (const p of sent) if (this.all.peek().get(keyOf(p)) === p.value) this.unsent.delete(keyOf(p))
    this.keep()
  }

  private keep(): void {
    const kept: Kept = { all: [...this.all.peek()], unsent: [...this.unsent] }
    void this.c.p.db.putNote('preferences', kept)
  }

  /** Another device of the reader chose something, or the server tells what this one chose. */
  heard(e: SocketEvent): void {
    const gone = e.event === 'preferences_deleted'
    if (e.event !== 'preferences_changed' && !gone) return
    const told = listOf(e.data['preferences']).filter(this.ours)
    if (told.length > 0) this.choices += 1
    const theirs = told.filter(p => !this.unsent.has(keyOf(p)))
    // The server has it, even if its answer is still on the way: what is told after this is newer.
    if (!gone)
      for (const p of told) if (this.all.peek().get(keyOf(p)) === p.value) this.unsent.delete(keyOf(p))
    if (theirs.length > 0) {
      const next = new Map(this.all.peek())
      for (const p of theirs) {
        if (gone) next.delete(keyOf(p))
        else next.set(keyOf(p), p.value)
      }
      this.all.value = next
    }
    // A choice that the server has must not be sent again when the page is opened anew.
    if (told.length > 0) this.keep()
  }

  reset(): void {
    this.known.value = false
    this.loads.value = 0
    this.all.value = new Map()
    this.unsent.clear()
  }
}

function listOf(told: unknown): Preference[] {
  if (typeof told !== 'string') return []
  try {
    const list: unknown = JSON.parse(told)
    return Array.isArray(list) ? (list as Preference[]) : []
  } catch {
    return []
  }
}
