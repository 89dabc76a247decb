/**
 * One connection for all tabs of a browser. The leader holds it and repeats what it hears; the others know where it
 * stands, so the next leader goes on where the one before ended.
 */
import type { LinkState, Live, Place, Socket, SocketEvent } from '@fieldpost/api'
import type { Tabs, Word } from './tabs.ts'

const NOWHERE: Place = { connection: '', next: 0 }

export class SharedSocket implements Live {
  state: LinkState = 'idle'
  onState: (state: LinkState) => void = () => {}
  onEvent: (event: SocketEvent) => void = () => {}
  onFresh: (first: boolean) => void = () => {}
  onResumed: () => void = () => {}
  private wanted = false
  /** Whether this tab has been in step before. */
  private joined = false
  private heardTo = NOWHERE

  constructor(
    private readonly own: Socket,
    private readonly tabs: Tabs,
  ) {
    own.onState = state => {
      // Letting the connection go, it says so itself.
      if (!this.wanted) return
      this.become(state)
      this.tell()
    }
    own.onFresh = () => {
      this.fresh()
      if (tabs.share) tabs.say({ say: 'fresh', place: own.place })
    }
    own.onResumed = () => {
      this.onResumed()
      if (tabs.share) tabs.say({ say: 'resumed' })
    }
    own.onEvent = event => {
      this.onEvent(event)
      if (tabs.share) tabs.say({ say: 'event', event, connection: own.place.connection })
    }
    tabs.hear(word => {
      if (!tabs.share || !this.wanted) return
      if (tabs.leader.peek()) this.asked(word)
      else this.heard(word)
    })
  }

  /** Through a shared connection the other tabs hear too, and they do not know what this one does. */
  get id(): string {
    return this.tabs.share ? '' : this.own.id
  }

  start(): void {
    if (this.wanted) return
    this.wanted = true
    if (this.tabs.share) this.tabs.say({ say: 'here' })
    this.tabs.lead(() => this.own.start(this.heardTo))
  }

  stop(): void {
    this.wanted = false
    this.own.stop()
    this.tabs.stepBack()
    this.joined = false
    this.heardTo = NOWHERE
    this.become('idle')
  }

  hurry(): void {
    if (this.tabs.leader.peek()) this.own.hurry()
    else this.tabs.say({ say: 'hurry' })
  }

  /** Each tab is told by the browser. */
  cut(): void {
    if (this.tabs.leader.peek()) this.own.cut()
  }

  send(action: string, data: Record<string, unknown> = {}): void {
    if (this.tabs.leader.peek()) this.own.send(action, data)
    else this.tabs.say({ say: 'send', action, data })
  }

  private become(state: LinkState): void {
    if (this.state === state) return
    this.state = state
    this.onState(state)
  }

  private fresh(): void {
    const first = !this.joined
    this.joined = true
    this.onFresh(first)
  }

  private tell(): void {
    if (this.tabs.share) this.tabs.say({ say: 'state', state: this.own.state, place: this.own.place })
  }

  /** What the leader is asked. */
  private asked(word: Word): void {
    if (word.say === 'here') this.tell()
    else if (word.say === 'hurry') this.own.hurry()
    else if (word.say === 'send') this.own.send(word.action, word.data)
  }

  /** What the others hear from the leader. */
  private heard(word: Word): void {
    if (word.say === 'state') {
      this.become(word.state)
      // Before its first greeting a connection is nowhere yet; the greeting is told.
      if (word.state === 'open' && word.place.connection) this.moveTo(word.place)
    } else if (word.say === 'fresh') {
      this.heardTo = word.place
      this.fresh()
    } else if (word.say === 'resumed') this.onResumed()
    else if (word.say === 'event') {
      this.moveTo({ connection: word.connection, next: word.event.seq })
      this.heardTo = { connection: word.connection, next: word.event.seq + 1 }
      this.onEvent(word.event)
    }
  }

  /** If that is not where this tab is, something was missed. */
  private moveTo(place: Place): void {
    const { connection, next } = this.heardTo
    if (connection === place.connection && next === place.next) return
    this.heardTo = place
    this.fresh()
  }
}
