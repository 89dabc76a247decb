/**
 * How much is unread is read from the server once and counted on by events, and the two may cross. So counts that were
 * read while something was counted are read again, channel by channel, until nothing came between. What was asked for
 * and not answered is asked for again, too.
 */
import { ApiError, type Id, type SocketEvent } from '@fieldpost/api'
import type { Context } from './platform.ts'

/** An event may come so much later than an answer that knew of it already. */
const GRACE_MS = 1_500
/** A channel in which somebody writes all the time is not asked for for ever. */
const ROUNDS = 4
const LONGEST_MS = 60_000
/** One channel, or all of them. */
type Which = Id | 'all'

const channelIn = (e: SocketEvent, key: string): Id => {
  const v = e.data[key]
  try {
    return typeof v === 'string' ? (JSON.parse(v) as { channel_id: Id }).channel_id : ''
  } catch {
    return ''
  }
}

/** Of which channels an event changes the counts, or whether the reader is in them. */
function counted(e: SocketEvent): Id[] {
  switch (e.event) {
    case 'posted':
    case 'post_unread':
    case 'user_added':
    case 'channel_updated':
      return [e.broadcast.channel_id]
    case 'channel_member_updated':
      return [channelIn(e, 'channelMember')]
    case 'multiple_channels_viewed':
      return Object.keys((e.data['channel_times'] as object | undefined) ?? {})
    case 'user_removed':
      return [typeof e.data['channel_id'] === 'string' ? e.data['channel_id'] : '']
    default:
      return []
  }
}

export class Counting {
  /** How many readings are on their way, or were a moment ago. */
  private readonly readings = new Map<Which, number>()
  private readonly doubted = new Set<Which>()
  private readonly rounds = new Map<Which, number>()
  private failures = 0
  private timer = 0

  constructor(
    private readonly c: Pick<Context, 'p' | 'quietly'>,
    private readonly again: (which: Which) => Promise<unknown>,
  ) {}

  /** Reads counts. */
  async during<T>(which: Which, read: () => Promise<T>): Promise<T> {
    this.note(which, 1)
    try {
      const answer = await read()
      this.failures = 0
      return answer
    } catch (e) {
      if (e instanceof ApiError && (e.kind === 'offline' || e.kind === 'server')) {
        this.failures += 1
        this.rounds.delete(which)
        this.doubt(which)
      }
      throw e
    } finally {
      this.c.p.setTimeout(() => this.note(which, -1), GRACE_MS)
    }
  }

  heard(e: SocketEvent): void {
    for (const id of counted(e)) if (id && (this.readings.has('all') || this.readings.has(id))) this.doubt(id)
  }

  reset(): void {
    this.c.p.clearTimeout(this.timer)
    this.timer = 0
    this.failures = 0
    this.readings.clear()
    this.doubted.clear()
    this.rounds.clear()
  }

  private note(which: Which, by: number): void {
    const n = (this.readings.get(which) ?? 0) + by
    if (n > 0) this.readings.set(which, n)
    else this.readings.delete(which)
  }

  private doubt(which: Which): void {
    this.doubted.add(which)
    const pause = Math.min(GRACE_MS * 2 ** Math.min(this.failures, 10), LONGEST_MS)
    this.timer ||= this.c.p.setTimeout(() => this.readDoubted(), pause)
  }

  private readDoubted(): void {
    this.timer = 0
    const due: Which[] = this.doubted.has('all') ? ['all'] : [...this.doubted]
    this.doubted.clear()
    for (const [known] of this.rounds) if (!due.includes(known)) this.rounds.delete(known)
    for (const which of due) {
      const n = (this.rounds.get(which) ?? 0) + 1
      this.rounds.set(which, n)
      if (n <= ROUNDS) void this.c.quietly(async () => void (await this.again(which)))
    }
  }
}
