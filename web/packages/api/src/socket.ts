/**
 * The live connection: authenticated by cookie, resumed by connection id and sequence number, pinged every
 * 30 s, and tried again with growing, jittered pauses. Time and the socket class are handed in.
 */

export interface SocketEvent {
  event: string
  data: Readonly<Record<string, unknown>>
  broadcast: { channel_id: string; team_id: string; user_id: string }
  seq: number
}

export interface SocketLike {
  onopen: (() => void) | null
  onmessage: ((m: { data: unknown }) => void) | null
  onclose: ((c: { code: number }) => void) | null
  onerror: (() => void) | null
  send(text: string): void
  close(code?: number): void
}

export interface SocketOptions {
  url: string
  open: (url: string) => SocketLike
  setTimeout: (f: () => void, ms: number) => number
  clearTimeout: (handle: number) => void
  random: () => number
  /** For clients without a cookie: answered as the in-band challenge. */
  token?: () => string
}

export type LinkState = 'idle' | 'connecting' | 'open' | 'waiting'

/** A point in a connection: who goes on from there misses nothing. */
export interface Place {
  connection: string
  /** The number of the event that comes next. */
  next: number
}

/** A live connection, a tab's own or one that is shared. */
export interface Live {
  readonly state: LinkState
  onState: (state: LinkState) => void
  onEvent: (event: SocketEvent) => void
  onFresh: (first: boolean) => void
  onResumed: () => void
  /** The connection that need not hear what is done here; empty where it has to. */
  readonly id: string
  start(): void
  stop(): void
  hurry(): void
  /** The network is known to be cut. */
  cut(): void
  send(action: string, data?: Record<string, unknown>): void
}

const PING_MS = 30_000
const FIRST_RETRY_MS = 1_000
const MAX_RETRY_MS = 30_000

export class Socket implements Live {
  state: LinkState = 'idle'
  onState: (state: LinkState) => void = () => {}
  onEvent: (event: SocketEvent) => void = () => {}
  /** The server could not continue where we were: everything may have been missed. `first` on a fresh page. */
  onFresh: (first: boolean) => void = () => {}
  /** Continued without loss. */
  onResumed: () => void = () => {}

  private ws: SocketLike | undefined
  private connectionId = ''
  private expected = 0
  private requestSeq = 0
  private failures = 0
  private lastCode = 0
  private retry = 0
  private pinger = 0
  private pingUnanswered = false
  private everConnected = false

  constructor(private readonly o: SocketOptions) {}

  get id(): string {
    return this.connectionId
  }

  get place(): Place {
    return { connection: this.connectionId, next: this.expected }
  }

  /** `from`: where another left off, whose connection is taken up again. */
  start(from?: Place): void {
    if (this.state !== 'idle') return
    if (from?.connection) {
      this.connectionId = from.connection
      this.expected = from.next
      this.everConnected = true
      this.failures = 1
    }
    this.connect()
  }

  stop(): void {
    this.o.clearTimeout(this.retry)
    this.detach(1000)
    this.connectionId = ''
    this.expected = 0
    this.failures = 0
    this.everConnected = false
    this.become('idle')
  }

  /** The network seems to be back: do not wait for the pause to end. */
  hurry(): void {
    if (this.state !== 'waiting') return
    this.o.clearTimeout(this.retry)
    this.connect()
  }

  /** Nothing comes any more: do not wait until a ping says so. */
  cut(): void {
    if (this.state === 'open' || this.state === 'connecting') this.lost(4000)
  }

  send(action: string, data: Record<string, unknown> = {}): void {
    if (this.state !== 'open') return
    this.requestSeq += 1
    this.ws?.send(JSON.stringify({ seq: this.requestSeq, action, data }))
  }

  private become(state: LinkState): void {
    if (this.state === state) return
    this.state = state
    this.onState(state)
  }

  private connect(): void {
    this.become('connecting')
    const q = new URLSearchParams({
      connection_id: this.connectionId,
      sequence_number: String(this.expected),
    })
    if (this.lastCode) q.set('disconnect_err_code', String(this.lastCode))
    const ws = this.o.open(`${this.o.url}?${q}`)
    this.ws = ws
    ws.onopen = () => {
      this.become('open')
      this.requestSeq = 0
      this.pingUnanswered = false
      const token = this.o.token?.()
      if (token) this.send('authentication_challenge', { token })
      this.ping()
    }
    ws.onmessage = m => {
      if (typeof m.data === 'string') this.receive(m.data)
    }
    ws.onclose = c => {
      if (this.ws === ws) this.dropped(c.code)
    }
    ws.onerror = () => {}
  }

  private receive(text: string): void {
    let frame: Partial<SocketEvent> & { seq_reply?: number }
    try {
      frame = JSON.parse(text)
    } catch {
      return this.lost(4001)
    }
    if (frame.seq_reply) {
      this.pingUnanswered = false
      // A reply without a hello before it means that the server took us back where we were.
      if (this.failures > 0 && this.connectionId) {
        this.failures = 0
        this.onResumed()
      }
      return
    }
    if (typeof frame.event !== 'string' || typeof frame.seq !== 'number') return
    if (frame.event === 'hello') {
      const id = String(frame.data?.['connection_id'] ?? '')
      const fresh = id !== this.connectionId
      this.connectionId = id
      this.failures = 0
      if (fresh) {
        this.expected = frame.seq
        const first = !this.everConnected
        this.everConnected = true
        this.onFresh(first)
      }
    }
    if (frame.seq !== this.expected) {
      this.connectionId = ''
      return this.lost(4001)
    }
    this.expected = frame.seq + 1
    this.onEvent({
      event: frame.event,
      data: frame.data ?? {},
      broadcast: { channel_id: '', team_id: '', user_id: '', ...frame.broadcast },
      seq: frame.seq,
    })
  }

  private ping(): void {
    if (this.pingUnanswered) return this.lost(4000)
    this.pingUnanswered = true
    this.send('ping')
    this.pinger = this.o.setTimeout(() => this.ping(), PING_MS)
  }

  private detach(code: number): void {
    this.o.clearTimeout(this.pinger)
    const ws = this.ws
    this.ws = undefined
    if (ws) {
      ws.onopen = null
      ws.onmessage = null
      ws.onclose = null
      ws.close(code)
    }
  }

  private lost(code: number): void {
    this.detach(code)
    this.dropped(code)
  }

  private dropped(code: number): void {
    this.o.clearTimeout(this.pinger)
    this.ws = undefined
    this.lastCode = code
    this.failures += 1
    const base = Math.min(FIRST_RETRY_MS * 2 ** Math.min(this.failures - 1, 10), MAX_RETRY_MS)
    this.become('waiting')
    this.retry = this.o.setTimeout(() => this.connect(), base * (0.75 + this.o.random() / 2))
  }
}
