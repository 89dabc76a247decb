/** Finds one's place in a long channel by time, without reading what lies between. */
import { type Id, MessagesRest, type Post, type Rest } from '@fieldpost/api'
import { JOIN_LEAVE } from './events.ts'
import { momentOf, wallOf, weekday } from './zone.ts'

const FIRST_STEP = 64
/** No channel is so long; a server that answers beyond it does not answer what was asked. */
const LONGEST = 2 ** 30

/**
 * The oldest message of a channel that is not older than a moment; nothing if all are. Places are counted from the
 * newest message on, and each question halves what is left.
 */
export async function firstSince(rest: Rest, channel: Id, at: number): Promise<Post | undefined> {
  const places = new MessagesRest(rest)
  const seen = new Map<number, Post>()
  const isSince = async (place: number): Promise<boolean> => {
    const post = await places.at(channel, place)
    if (post) seen.set(place, post)
    return post !== undefined && post.create_at >= at
  }
  if (!(await isSince(0))) return undefined
  let near = 0
  let far = FIRST_STEP
  while (far < LONGEST && (await isSince(far))) {
    near = far
    far *= 4
  }
  while (far - near > 1) {
    const middle = Math.floor((near + far) / 2)
    if (await isSince(middle)) near = middle
    else far = middle
  }
  return seen.get(near)
}

/** How many of some messages, oldest first, others wrote after a moment. */
export function countSince(
  ids: readonly Id[],
  post: (id: Id) => Post | undefined,
  at: number,
  me: Id,
): number {
  let n = 0
  for (let i = ids.length - 1; i >= 0; i--) {
    const p = post(ids[i] ?? '')
    if (p && p.create_at <= at) break
    if (p && p.user_id !== me && !JOIN_LEAVE.has(p.type)) n++
  }
  return n
}

export interface CalendarDay {
  at: number
  day: number
  /** Of the month before or after. */
  outside: boolean
}

const DAYS_SHOWN = 42

/** Six weeks that hold a month, from the day on that weeks begin with. */
export function monthDays(month: number, firstDay: number): CalendarDay[] {
  const first = { ...wallOf(month), day: 1, hour: 0, minute: 0 }
  const before = (weekday(momentOf(first)) - firstDay + 7) % 7
  return Array.from({ length: DAYS_SHOWN }, (_, i) => {
    // By date, not by hours: not every day has twenty-four.
    const at = momentOf({ ...first, day: 1 - before + i })
    const w = wallOf(at)
    return { at, day: w.day, outside: w.month !== first.month }
  })
}

/** The same day of another month, or its last. */
export function addMonths(at: number, months: number): number {
  const w = wallOf(at)
  const last = new Date(Date.UTC(w.year, w.month + months, 0)).getUTCDate()
  return momentOf({ ...w, month: w.month + months, day: Math.min(w.day, last) })
}

/** The first day of its month. */
export const monthStart = (at: number): number => momentOf({ ...wallOf(at), day: 1 })
