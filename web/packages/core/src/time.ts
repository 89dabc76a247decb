/** Times in words, as the reader's language and clock have them. */
import { numberText, t, tongue } from '@fieldpost/words'
import { computed } from '@preact/signals-core'
import { manner } from './manner.ts'
import { addDays, dayStart, momentOf, wallOf, weekday } from './zone.ts'

const formats = computed(() => {
  const { locale } = tongue.value
  const { clock, zone } = manner.value
  const cycle = clock === 'auto' ? {} : ({ hourCycle: clock === '24' ? 'h23' : 'h12' } as const)
  const of = (o: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...(zone && { timeZone: zone }), ...o })
  return {
    clock: of({ hour: clock === '12' ? 'numeric' : '2-digit', minute: '2-digit', ...cycle }),
    day: of({ weekday: 'long', day: 'numeric', month: 'long' }),
    dayYear: of({ day: 'numeric', month: 'long', year: 'numeric' }),
    date: of({ dateStyle: 'full' }),
    month: of({ month: 'long', year: 'numeric' }),
    narrow: of({ weekday: 'narrow' }),
    long: of({ weekday: 'long' }),
    full: of({ dateStyle: 'full', timeStyle: 'medium', ...cycle }),
    utc: of({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC' }),
    utcDay: of({ weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC' }),
    moment: of({
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      ...cycle,
    }),
  }
})

const MINUTES = 2_000
/** What was said of minutes before: each message says its own, and each of them more than once. */
const said = computed(() => ({ clock: formats.value.clock, minutes: new Map<number, string>() }))

export function timeText(at: number): string {
  const { clock, minutes } = said.value
  const minute = Math.floor(at / 60_000)
  const known = minutes.get(minute)
  if (known !== undefined) return known
  if (minutes.size >= MINUTES) minutes.clear()
  const text = clock.format(at)
  minutes.set(minute, text)
  return text
}

export const fullText = (at: number): string => formats.value.full.format(at)
export const dateText = (at: number): string => formats.value.date.format(at)
export const monthText = (at: number): string => formats.value.month.format(at)
export const weekdayText = (at: number, as: 'long' | 'narrow'): string => formats.value[as].format(at)

export function dayText(at: number, now: number): string {
  const days = Math.round((dayStart(now) - dayStart(at)) / 86_400_000)
  if (days === 0) return t('time.today')
  if (days === 1) return t('time.yesterday')
  return (days < 300 ? formats.value.day : formats.value.dayYear).format(at)
}

/** An age in words. A moment of 0 never was. */
export function sinceText(at: number, now: number): string {
  if (at === 0) return t('time.never')
  const minutes = Math.floor((now - at) / 60_000)
  return minutes < 1 ? t('time.justNow') : t('time.ago', { age: ageText(at, now) })
}

/** How long ago, without saying so: "2 minutes", "3 hours". */
export function ageText(at: number, now: number): string {
  const minutes = Math.max(1, Math.floor((now - at) / 60_000))
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  if (days > 1) return t('time.days', { count: days })
  return hours > 0 ? t('time.hours', { count: hours }) : t('time.minutes', { count: minutes })
}

/** Whole, or with one digit behind the comma, or what the language has there. */
const tenths = (n: number): string => numberText(Math.round(n * 10) / 10)

export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${numberText(bytes)} B`
  if (bytes < 1_000_000) return `${numberText(Math.round(bytes / 1000))} kB`
  if (bytes < 1_000_000_000) return `${tenths(bytes / 1_000_000)} MB`
  return `${tenths(bytes / 1_000_000_000)} GB`
}

export interface LaterChoice {
  label: string
  at: number
}

/** Moments that people choose for later, by their own clock; `soon` begins with minutes, for reminders. */
export function laterChoices(now: number, soon: boolean): LaterChoice[] {
  const minutes = (n: number) => now + n * 60_000
  const morning = (days: number) => momentOf({ ...wallOf(addDays(now, days)), hour: 9, minute: 0 })
  const untilMonday = (8 - weekday(now)) % 7 || 7
  const out = [
    ...(soon
      ? [
          { label: t('time.in30'), at: minutes(30) },
          { label: t('time.in1h'), at: minutes(60) },
          { label: t('time.in3h'), at: minutes(180) },
        ]
      : []),
    { label: t('time.tomorrow'), at: morning(1) },
  ]
  return untilMonday === 1 ? out : [...out, { label: t('time.monday'), at: morning(untilMonday) }]
}

/** A moment of another day, short. */
export const momentText = (at: number): string => formats.value.moment.format(at)

/** A moment to come as machines are set, in UTC, with its day unless it comes within a day. */
export const utcText = (at: number, now: number): string =>
  `${formats.value[at - now > 86_400_000 ? 'utcDay' : 'utc'].format(at)} UTC`
