/** What a client stands on, and what its parts share. */
import type { Channel, ChannelMember, ClientConfig, Live, Rest, Socket, Team, User } from '@fieldpost/api'
import type { Signal } from '@preact/signals-core'
import type { Db } from './db.ts'
import type { Pictures } from './keeping.ts'
import type { Store } from './store.ts'
import type { TabPorts, Word } from './tabs.ts'

export type Phase = 'starting' | 'signed-out' | 'ready'

/** What a client is given: it shares the connection with other tabs itself. */
export interface Ground extends Omit<Platform, 'socket'> {
  socket: Socket
  /** Left out where tabs cannot hear each other. */
  tabs?: TabPorts
}

export interface Platform {
  rest: Rest
  socket: Live
  db: Db
  now: () => number
  setTimeout: (f: () => void, ms: number) => number
  clearTimeout: (handle: number) => void
  /** Runs something that can wait until the page has nothing better to do. */
  whenIdle: (f: () => void) => void
  lock: (name: string, f: () => Promise<void>) => Promise<void>
  /** Whether the page is in front of somebody. */
  visible: () => boolean
  /** Clears what the platform keeps besides the database (file previews). */
  wipe: () => Promise<void>
  /** Pictures that the platform keeps, if it does. */
  pictures?: Pictures
}

/** The session as the cache keeps it. */
export interface Snapshot {
  me: User
  config: ClientConfig
  teams: Team[]
  channels: Channel[]
  members: ChannelMember[]
}

export interface Notice {
  id: number
  text: string
  tone: 'info' | 'error'
}

/** What the parts of a client have in common. */
export interface Context {
  readonly p: Platform
  readonly store: Store
  readonly phase: Signal<Phase>
  notice: (text: string, tone?: Notice['tone']) => void
  /** Runs background work: an offline server is shown by the connection, not by a message. */
  quietly: (f: () => Promise<void>) => Promise<void>
  /** Runs a write of what must not be lost. False if this device has no room for it. */
  keep: (write: () => Promise<void>) => Promise<boolean>
  /** Tells the other tabs of this browser. */
  tell: (word: Word) => void
}
