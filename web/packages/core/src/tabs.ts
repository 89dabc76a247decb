/** The tabs of one browser: what they tell each other, and which of them leads. */
import type { Id, LinkState, Place, SocketEvent } from '@fieldpost/api'
import { signal } from '@preact/signals-core'

export type Word =
  /** A tab has begun, and asks how the connection stands. */
  | { say: 'here' }
  | { say: 'state'; state: LinkState; place: Place }
  | { say: 'fresh'; place: Place }
  /** The connection was taken up again where it broke. */
  | { say: 'resumed' }
  | { say: 'event'; event: SocketEvent; connection: string }
  /** The network seems to be back. */
  | { say: 'hurry' }
  /** What waits for the server has changed in the database. */
  | { say: 'outbox' }
  /** Somebody signed out: nothing of theirs stays in any tab. */
  | { say: 'signed-out' }
  /** The server does not know the session any more. */
  | { say: 'session-lost' }
  /** These conversations are not kept on the device any more. */
  | { say: 'let-go'; channels: Id[] }
  | { say: 'send'; action: string; data: Record<string, unknown> }

export interface TabPorts {
  say: (word: Word) => void
  hear: (f: (word: Word) => void) => void
  /** Runs `held` while no other tab does. Left out where a browser cannot tell: each tab is alone then. */
  lead?: (held: () => Promise<unknown>) => Promise<unknown>
}

export class Tabs {
  /** True in one tab of a browser, the one that holds the connection; another follows when it closes. */
  readonly leader = signal(false)
  private readonly hearers: ((word: Word) => void)[] = []
  private turn = 0
  private release = () => {}

  constructor(private readonly p?: TabPorts) {
    this.leader.value = !this.share
    p?.hear(word => {
      for (const f of this.hearers) f(word)
    })
  }

  /** Whether one tab holds the connection for all of them. */
  get share(): boolean {
    return this.p?.lead !== undefined
  }

  say(word: Word): void {
    this.p?.say(word)
  }

  hear(f: (word: Word) => void): void {
    this.hearers.push(f)
  }

  /** Calls `begin` when it is this tab's turn to lead. */
  lead(begin: () => void): void {
    if (!this.p?.lead) return begin()
    const turn = ++this.turn
    const held = () =>
      new Promise<void>(release => {
        // Stepped back while it was waiting.
        if (this.turn !== turn) return release()
        this.release = release
        this.leader.value = true
        begin()
      })
    void this.p.lead(held).catch(() => {})
  }

  stepBack(): void {
    this.turn++
    this.release()
    this.release = () => {}
    this.leader.value = !this.share
  }
}
