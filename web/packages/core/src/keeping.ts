/** How much this device keeps for the hours without a network, and what leaves first. */
import type { Id } from '@fieldpost/api'
import { signal } from '@preact/signals-core'
import type { Context } from './platform.ts'

const MB = 1_000_000
/** What can be chosen, in bytes. */
export const BUDGETS = [20 * MB, 100 * MB, 300 * MB, 1_000 * MB] as const
const DEFAULT = 300 * MB
/** What is written before it is weighed again, as a part of the budget. */
const WEIGH_AFTER = 1 / 20
const FIRST_MS = 20_000

/** What one conversation takes. */
export interface Weight {
  channel: Id
  bytes: number
  /** When its newest message was written, by the server's clock. */
  newest: number
}

export interface Used {
  conversations: number
  messages: number
  pictures: number
}

/** Pictures, as the browser keeps them. */
export interface Pictures {
  bytes: () => Promise<number>
  /** Lets the oldest go until no more than so many bytes are left. */
  shrink: (to: number) => Promise<void>
}

/** The conversations that leave so that no more than `limit` bytes stay: those that have been silent longest. */
export function leaving(all: readonly Weight[], limit: number, staying: Id): Id[] {
  const out: Id[] = []
  let total = all.reduce((n, w) => n + w.bytes, 0)
  for (const w of [...all].sort((a, b) => a.newest - b.newest)) {
    if (total <= limit) break
    if (w.channel === staying) continue
    total -= w.bytes
    out.push(w.channel)
  }
  return out
}

const isFull = (e: unknown): boolean => e instanceof Error && e.name === 'QuotaExceededError'

export class Keeping {
  readonly budget = signal<number>(DEFAULT)
  readonly used = signal<Used | undefined>(undefined)
  /** The device has no room: what is read is not kept. */
  readonly full = signal(false)
  private written = 0
  private timer = 0
  private tidying: Promise<void> = Promise.resolve()

  constructor(private readonly c: Context) {}

  async load(): Promise<void> {
    const kept = await this.c.p.db.note('budget').catch(() => undefined)
    if (typeof kept === 'number' && kept > 0) this.budget.value = kept
    this.tidySoon(FIRST_MS)
  }

  reset(): void {
    this.c.p.clearTimeout(this.timer)
    this.timer = 0
    this.budget.value = DEFAULT
    this.used.value = undefined
    this.full.value = false
  }

  async choose(bytes: number): Promise<void> {
    this.budget.value = bytes
    await this.c.p.db.putNote('budget', bytes)
    await this.tidy(bytes)
  }

  /** So much was written. */
  wrote(bytes: number): void {
    this.written += bytes
    if (this.written > this.budget.peek() * WEIGH_AFTER) this.tidySoon(0)
  }

  private tidySoon(ms: number): void {
    if (this.timer) return
    this.timer = this.c.p.setTimeout(() => {
      this.timer = 0
      void this.tidy(this.budget.peek())
    }, ms)
  }

  /** Runs a write of what must not be lost; where there is no room, what was read makes some. */
  async keep(write: () => Promise<void>): Promise<boolean> {
    // Where there was none a moment ago, nothing is left that could make some.
    for (const part of this.full.peek() ? [undefined] : [1 / 2, 0, undefined]) {
      try {
        await write()
        this.full.value = false
        return true
      } catch (e) {
        if (!isFull(e)) return false
        if (part !== undefined) await this.giveUp(part)
      }
    }
    this.full.value = true
    return false
  }

  /** Deletes what was read and is kept here. What was written and not sent stays. */
  async clear(): Promise<void> {
    await this.giveUp(0, '')
    this.full.value = false
    await this.weigh()
  }

  /** Lets go until only a part is left of what is kept. */
  private async giveUp(part: number, staying = this.c.store.current.peek()): Promise<void> {
    const u = await this.weigh()
    await this.shrink(u.messages * part, u.pictures * part, part === 0 ? '' : staying)
  }

  /** One after the other: two at once would let go twice as much. */
  private tidy(limit: number): Promise<void> {
    this.written = 0
    this.tidying = this.tidying.then(async () => {
      const u = await this.weigh()
      if (u.messages + u.pictures <= limit) return
      // Words outlive pictures: these get no more than half.
      const pictures = Math.min(u.pictures, limit / 2)
      await this.shrink(limit - pictures, pictures, this.c.store.current.peek())
      await this.weigh()
    })
    this.tidying = this.tidying.catch(() => {})
    return this.tidying
  }

  private async shrink(messages: number, pictures: number, staying: Id): Promise<void> {
    await this.c.p.pictures?.shrink(pictures)
    const gone = leaving(await this.c.p.db.weigh(), messages, staying)
    if (gone.length === 0) return
    this.c.store.letGo(gone)
    this.c.tell({ say: 'let-go', channels: gone })
    await this.c.p.db.dropChannels(gone)
  }

  async weigh(): Promise<Used> {
    const all = await this.c.p.db.weigh()
    const used: Used = {
      conversations: all.length,
      messages: all.reduce((n, w) => n + w.bytes, 0),
      pictures: (await this.c.p.pictures?.bytes()) ?? 0,
    }
    this.used.value = used
    return used
  }
}
