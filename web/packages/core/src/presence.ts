/** Whether the reader is there and what they say of it: presence with its end, and the status in words. */

import {
  type CustomStatus,
  type Id,
  PeopleRest,
  type SocketEvent,
  type Status,
  type User,
} from '@fieldpost/api'
import { type Key, t } from '@fieldpost/words'
import { signal } from '@preact/signals-core'
import type { Context } from './platform.ts'
import { momentText, timeText } from './time.ts'
import { addDays, dayStart, weekday } from './zone.ts'

const PRESENCE = {
  online: 'me.online',
  away: 'me.away',
  dnd: 'me.dnd',
  offline: 'me.offline',
} as const satisfies Record<Status['status'], Key>

export const presenceText = (s: Status['status']): string => t(PRESENCE[s])

/** How many statuses of before are offered. */
const RECENT = 5

const whenOf = (s: CustomStatus): number => {
  const at = Date.parse(s.expires_at ?? '')
  return Number.isNaN(at) || at < 0 ? 0 : at
}

function parsed(raw: unknown): CustomStatus | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined
  const s = raw as Record<string, unknown>
  const text = (k: string): string => (typeof s[k] === 'string' ? s[k] : '')
  if (!text('emoji') && !text('text')) return undefined
  return {
    emoji: text('emoji'),
    text: text('text'),
    duration: text('duration'),
    expires_at: text('expires_at'),
  }
}

function read<T>(raw: string | undefined, as: (x: unknown) => T | undefined): T | undefined {
  if (!raw) return undefined
  try {
    return as(JSON.parse(raw))
  } catch {
    return undefined
  }
}

/** What somebody says of themselves, unless its time is over: that is for each client to see. */
export function customStatus(u: User | undefined, now: number): CustomStatus | undefined {
  const s = read(u?.props?.['customStatus'], parsed)
  const end = s ? whenOf(s) : 0
  return end > 0 && end <= now ? undefined : s
}

/** When a status ends; 0 if it does not. */
export const statusEnd = (s: CustomStatus): number => whenOf(s)

/** "14:30", or with the day if that is another. */
export function endText(at: number, now: number): string {
  return dayStart(at) === dayStart(now) ? timeText(at) : momentText(at)
}

/** "until 14:30", or with the day if that is another. */
export const untilText = (at: number, now: number): string => t('me.until', { time: endText(at, now) })

export interface Lasting {
  id: string
  label: string
  /** When it ends if it begins now; 0 for never. */
  end: (now: number) => number
}

const midnightIn = (now: number, days: number): number => addDays(dayStart(now), days)

/** How long a status may last, by the names of the API. */
export const LASTING: readonly Lasting[] = [
  {
    id: '',
    get label() {
      return t('last.forever')
    },
    end: () => 0,
  },
  {
    id: 'thirty_minutes',
    get label() {
      return t('last.m30')
    },
    end: now => now + 30 * 60_000,
  },
  {
    id: 'one_hour',
    get label() {
      return t('last.h1')
    },
    end: now => now + 3_600_000,
  },
  {
    id: 'four_hours',
    get label() {
      return t('last.h4')
    },
    end: now => now + 4 * 3_600_000,
  },
  {
    id: 'today',
    get label() {
      return t('last.today')
    },
    end: now => midnightIn(now, 1) - 1_000,
  },
  {
    id: 'this_week',
    get label() {
      return t('last.week')
    },
    end: now => midnightIn(now, ((7 - weekday(now)) % 7) + 1) - 1_000,
  },
  {
    id: 'date_and_time',
    get label() {
      return t('last.chosen')
    },
    end: () => 0,
  },
]

/** How long not to be disturbed. */
export const QUIET: readonly Lasting[] = [
  {
    id: '30m',
    get label() {
      return t('last.m30')
    },
    end: now => now + 30 * 60_000,
  },
  {
    id: '1h',
    get label() {
      return t('last.h1')
    },
    end: now => now + 3_600_000,
  },
  {
    id: '2h',
    get label() {
      return t('last.h2')
    },
    end: now => now + 2 * 3_600_000,
  },
  {
    id: 'tomorrow',
    get label() {
      return t('last.tomorrow')
    },
    end: now => midnightIn(now, 1) + 9 * 3_600_000,
  },
  {
    id: 'always',
    get label() {
      return t('last.change')
    },
    end: () => 0,
  },
]

/** What is offered to those who never said anything of themselves. */
export const suggested = (): CustomStatus[] => [
  { emoji: 'anchor', text: t('say.watch'), duration: 'four_hours' },
  { emoji: 'calendar', text: t('say.meeting'), duration: 'one_hour' },
  { emoji: 'coffee', text: t('say.break'), duration: 'thirty_minutes' },
  { emoji: 'face_with_thermometer', text: t('say.sick'), duration: 'today' },
  { emoji: 'palm_tree', text: t('say.leave'), duration: 'this_week' },
]

/** The status as it is sent: with the moment at which it ends. */
export function withEnd(s: Omit<CustomStatus, 'expires_at'>, now: number, chosen = 0): CustomStatus {
  const end =
    s.duration === 'date_and_time' ? chosen : (LASTING.find(l => l.id === s.duration)?.end(now) ?? 0)
  const bare = {
    emoji: s.emoji || 'speech_balloon',
    text: s.text.trim(),
    duration: end > 0 ? s.duration : '',
  }
  return end > 0 ? { ...bare, expires_at: new Date(end).toISOString() } : bare
}

export class Presence {
  /** The time, as exactly as what ends by itself needs it. */
  readonly now = signal(0)
  /** When not being disturbed ends, in milliseconds; 0 for no end. */
  readonly quietUntil = signal(0)
  /** Statuses of before, the latest first. */
  readonly recent = signal<readonly CustomStatus[]>([])
  private readonly rest: PeopleRest

  constructor(private readonly c: Context) {
    this.rest = new PeopleRest(c.p.rest)
    this.now.value = c.p.now()
  }

  tick(): void {
    this.now.value = this.c.p.now()
  }

  private get me(): Id {
    return this.c.store.me.peek()?.id ?? ''
  }

  private take(s: Status): void {
    this.c.store.status(s.user_id).value = s.status
    this.quietUntil.value = s.status === 'dnd' ? (s.dnd_end_time ?? 0) * 1_000 : 0
  }

  async load(): Promise<void> {
    const { me } = this
    if (me) await this.c.quietly(async () => this.take(await this.rest.status(me)))
  }

  /** Asks anew who somebody is and whether they are there: what is kept here may be of yesterday. */
  async look(user: Id): Promise<void> {
    const { rest } = this.c.p
    await this.c.quietly(async () => {
      const [people, statuses] = await Promise.all([rest.usersByIds([user]), rest.statuses([user])])
      this.c.store.putUsers(people.filter(u => u.id !== this.me))
      for (const s of statuses) this.c.store.status(s.user_id).value = s.status
    })
  }

  async set(status: Status['status'], end = 0): Promise<void> {
    this.take(await this.rest.setStatus(this.me, status, Math.ceil(end / 1_000)))
  }

  async say(s: CustomStatus): Promise<void> {
    await this.rest.setCustom(s)
    this.said(JSON.stringify(s))
  }

  async clear(): Promise<void> {
    await this.rest.clearCustom()
    this.said('')
  }

  /** Shows at once what the event will tell in a moment. */
  private said(customStatus: string): void {
    const { store } = this.c
    const me = store.me.peek()
    if (me) store.putUsers([{ ...me, props: { ...me.props, customStatus } }])
  }

  async loadRecent(): Promise<void> {
    await this.c.quietly(async () => {
      const all = await this.c.p.rest.preferences()
      const raw = all.find(p => p.category === 'custom_status' && p.name === 'recent_custom_statuses')?.value
      const list = read(raw, x => (Array.isArray(x) ? x : undefined)) ?? []
      this.recent.value = list.flatMap(x => parsed(x) ?? []).slice(0, RECENT)
    })
  }

  async forget(s: CustomStatus): Promise<void> {
    await this.rest.dropRecent(s)
    this.recent.value = this.recent.peek().filter(x => x !== s)
  }

  /** The event says that one is not to be disturbed, and not until when. */
  heard(e: SocketEvent): void {
    if (e.event === 'status_change' && e.data['user_id'] === this.me) {
      if (e.data['status'] === 'dnd') void this.load()
      else this.quietUntil.value = 0
    }
  }

  reset(): void {
    this.quietUntil.value = 0
    this.recent.value = []
  }
}
