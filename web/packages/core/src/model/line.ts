/** Live connections of the server in memory: nothing overtakes anything, and what broke off is taken up again. */
import type { SocketLike } from '@fieldpost/api'
import type { Model } from './server.ts'

/** So many events of a connection can be taken up again. */
const RING = 8

/** A client's end of a connection. */
export class Plug implements SocketLike {
  onopen: (() => void) | null = null
  onmessage: ((m: { data: unknown }) => void) | null = null
  onclose: ((c: { code: number }) => void) | null = null
  onerror: (() => void) | null = null
  closed = false
  /** When what was said last arrives: nothing overtakes anything. */
  private arrives = 0

  constructor(private readonly model: Model) {}

  deliver(frame: string): void {
    const { time, roll } = this.model
    this.arrives = Math.max(this.arrives, time.now + roll(6) * 100)
    time.setTimeout(() => this.closed || this.onmessage?.({ data: frame }), this.arrives - time.now)
  }

  send(text: string): void {
    const { seq } = JSON.parse(text) as { seq: number }
    this.model.time.setTimeout(() => {
      if (!this.closed) this.deliver(JSON.stringify({ seq_reply: seq, status: 'OK' }))
    }, 50)
  }

  lost(): void {
    if (this.closed) return
    this.closed = true
    this.onclose?.({ code: 1006 })
  }

  close(): void {
    this.closed = true
  }
}

/** The server's end, which outlives the client's for a while. */
export class Line {
  private past: string[] = []

  constructor(
    private readonly model: Model,
    public plug: Plug,
  ) {}

  event(event: string, data: object, channel_id: string): void {
    const broadcast = { channel_id, team_id: '', user_id: '' }
    const frame = JSON.stringify({ event, data, broadcast, seq: this.past.length })
    this.past.push(frame)
    if (this.model.up && !this.plug.closed) this.plug.deliver(frame)
  }

  again(): void {
    const last = JSON.parse(this.past.at(-1) ?? '{}') as {
      event: string
      data: object
      broadcast: { channel_id: string }
    }
    if (last.event !== 'hello') this.event(last.event, last.data, last.broadcast.channel_id)
  }

  remembers(next: number): boolean {
    return next <= this.past.length && next >= this.past.length - RING
  }

  goOn(plug: Plug, next: number): void {
    this.plug = plug
    for (const frame of this.past.slice(next)) plug.deliver(frame)
  }
}
