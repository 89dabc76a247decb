/** A browser whose tabs hear each other and take turns, for tests. */
import { IDBFactory } from 'fake-indexeddb'
import type { TabPorts, Word } from '../tabs.ts'

export class Browser {
  readonly factory = new IDBFactory()
  private readonly open = new Map<string, (w: Word) => void>()
  private readonly turns: { tab: string; held: () => Promise<unknown> }[] = []
  private leading = ''
  private outbox = Promise.resolve()

  lock = (_: string, f: () => Promise<void>) => {
    this.outbox = this.outbox.then(f, f)
    return this.outbox
  }

  tab(name: string, locks = true): TabPorts {
    return {
      say: w => {
        if (!this.open.has(name)) return
        for (const [other, f] of this.open) if (other !== name) queueMicrotask(() => f(structuredClone(w)))
      },
      hear: f => void this.open.set(name, f),
      ...(locks ? { lead: (held: () => Promise<unknown>) => this.lead(name, held) } : {}),
    }
  }

  private lead(tab: string, held: () => Promise<unknown>): Promise<void> {
    this.turns.push({ tab, held })
    this.next()
    return Promise.resolve()
  }

  private next() {
    const turn = this.leading ? undefined : this.turns.shift()
    if (!turn) return
    this.leading = turn.tab
    void turn.held().then(() => this.left(turn.tab))
  }

  private left(tab: string) {
    if (this.leading !== tab) return
    this.leading = ''
    this.next()
  }

  /** The tab is gone from one moment to the next. */
  close(name: string) {
    this.open.delete(name)
    this.left(name)
  }
}
