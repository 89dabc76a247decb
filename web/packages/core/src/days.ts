/** Finds one's place in a long channel by time, without reading what lies between. */
import { type Id, MessagesRest, type Post, type Rest } from '@fieldpost/api'
import { JOIN_LEAVE } from './events.ts'

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
  const d = new Date(month)
  d.setDate(1)
  d.setHours(0, 0, 0, 0)
  const of = d.getMonth()
  d.setDate(1 - ((d.getDay() - firstDay + 7) % 7))
  return Array.from({ length: DAYS_SHOWN }, () => {
    const one = { at: d.getTime(), day: d.getDate(), outside: d.getMonth() !== of }
    // By date, not by hours: not every day has twenty-four.
    d.setDate(d.getDate() + 1)
    return one
  })
}

export function addDays(at: number, days: number): number {
  const d = new Date(at)
  return d.setDate(d.getDate() + days)
}

export function addMonths(at: number, months: number): number {
  const d = new Date(at)
  const day = d.getDate()
  d.setDate(1)
  d.setMonth(d.getMonth() + months)
  const last = new Date(d.getFullYear(), d.getMonth() + 1, 0).getDate()
  return d.setDate(Math.min(day, last))
}

export const dayStart = (at: number): number => new Date(at).setHours(0, 0, 0, 0)
