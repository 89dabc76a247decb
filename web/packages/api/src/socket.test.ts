import { describe, expect, test } from 'vitest'
import { Socket, type SocketLike } from './socket.ts'

class Fake implements SocketLike {
  onopen: (() => void) | null = null
  onmessage: ((m: { data: unknown }) => void) | null = null
  onclose: ((c: { code: number }) => void) | null = null
  onerror: (() => void) | null = null
  sent: { seq: number; action: string }[] = []
  closed = 0
  constructor(readonly url: string) {}
  send(text: string) {
    this.sent.push(JSON.parse(text))
  }
  close(code = 1005) {
    this.closed = code
  }
  event(event: string, seq: number, data = {}) {
    this.onmessage?.({ data: JSON.stringify({ event, seq, data, broadcast: {} }) })
  }
}

function bed() {
  const opened: Fake[] = []
  const timers: { f: () => void; ms: number }[] = []
  const log: string[] = []
  const socket = new Socket({
    url: 'ws://ship/api/v4/websocket',
    open: url => {
      const f = new Fake(url)
      opened.push(f)
      return f
    },
    setTimeout: (f, ms) => timers.push({ f, ms }) - 1,
    clearTimeout: h => {
      if (timers[h]) timers[h] = { f: () => {}, ms: -1 }
    },
    random: () => 0.5,
  })
  socket.onEvent = e => log.push(`${e.event}:${e.seq}`)
  socket.onFresh = first => log.push(first ? 'first' : 'missed')
  socket.onResumed = () => log.push('resumed')
  const last = () => {
    const f = opened.at(-1)
    if (!f) throw new Error('nothing opened')
    return f
  }
  /** Lets the newest pending timer run. */
  const tick = () => {
    const t = timers.findLast(x => x.ms >= 0)
    if (t) {
      t.ms = -1
      t.f()
    }
    return t
  }
  return { socket, opened, timers, log, last, tick }
}

describe('socket', () => {
  test('takes events in order and resumes where it was', () => {
    const b = bed()
    b.socket.start()
    expect(b.last().url).toContain('connection_id=&sequence_number=0')
    b.last().onopen?.()
    b.last().event('hello', 0, { connection_id: 'c1' })
    b.last().event('posted', 1)
    b.last().onclose?.({ code: 1006 })
    expect(b.socket.state).toBe('waiting')
    b.tick()
    expect(b.last().url).toContain('connection_id=c1&sequence_number=2&disconnect_err_code=1006')
    b.last().onopen?.()
    b.last().onmessage?.({ data: '{"status":"OK","seq_reply":1}' })
    b.last().event('posted', 2)
    expect(b.log).toEqual(['first', 'hello:0', 'posted:1', 'resumed', 'posted:2'])
  })

  test('says so when the server could not continue', () => {
    const b = bed()
    b.socket.start()
    b.last().onopen?.()
    b.last().event('hello', 0, { connection_id: 'c1' })
    b.last().onclose?.({ code: 1006 })
    b.tick()
    b.last().onopen?.()
    b.last().event('hello', 0, { connection_id: 'c2' })
    expect(b.log).toEqual(['first', 'hello:0', 'missed', 'hello:0'])
  })

  test('a gap in the numbers drops the connection and starts afresh', () => {
    const b = bed()
    b.socket.start()
    b.last().onopen?.()
    b.last().event('hello', 0, { connection_id: 'c1' })
    const before = b.last()
    b.last().event('posted', 5)
    expect(before.closed).toBe(4001)
    expect(b.log).toEqual(['first', 'hello:0'])
    b.tick()
    expect(b.last().url).toContain('connection_id=&')
  })

  test('an unanswered ping closes it', () => {
    const b = bed()
    b.socket.start()
    b.last().onopen?.()
    expect(b.last().sent[0]?.action).toBe('ping')
    const before = b.last()
    b.tick()
    expect(before.closed).toBe(4000)
  })

  test('pauses grow and stay bounded', () => {
    const b = bed()
    b.socket.start()
    const waits: number[] = []
    for (let i = 0; i < 9; i++) {
      b.last().onclose?.({ code: 1006 })
      waits.push(b.timers.findLast(t => t.ms >= 0)?.ms ?? 0)
      b.tick()
    }
    expect(waits.slice(0, 4)).toEqual([1000, 2000, 4000, 8000])
    expect(Math.max(...waits)).toBe(30_000)
  })

  test('stop is final until started again', () => {
    const b = bed()
    b.socket.start()
    b.last().onopen?.()
    b.socket.stop()
    expect(b.last().closed).toBe(1000)
    expect(b.opened).toHaveLength(1)
    expect(b.socket.state).toBe('idle')
  })
})
