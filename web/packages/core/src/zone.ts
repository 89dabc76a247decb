/** The calendar and the clock of the reader: of this device, or of the time zone that they chose. */
import { manner } from './manner.ts'

/** What stands on a clock and a calendar; a month of 1 is January. What is beyond its end counts on. */
export interface Wall {
  year: number
  month: number
  day: number
  hour: number
  minute: number
}

const MINUTE = 60_000
const DAY = 86_400_000
/** No zone changes its clock but at a quarter of an hour. */
const STEP = 15 * MINUTE
const MOST = 4_000

interface Zone {
  parts: Intl.DateTimeFormat
  /** How far it is ahead of UTC, by quarters of an hour that were asked for. */
  known: Map<number, number>
}

const zones = new Map<string, Zone | undefined>()

function zoneNamed(name: string): Zone | undefined {
  if (zones.has(name)) return zones.get(name)
  let zone: Zone | undefined
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
    zone = { parts, known: new Map() }
  } catch {
    // This device does not know it.
  }
  zones.set(name, zone)
  return zone
}

export const isZone = (name: string): boolean => name !== '' && zoneNamed(name) !== undefined

/** How far a zone is ahead of UTC, in minutes; nothing for a zone that this device does not know. */
export function aheadIn(name: string, at: number): number | undefined {
  const zone = name ? zoneNamed(name) : undefined
  if (!zone || Number.isNaN(at)) return undefined
  const step = Math.floor(at / STEP)
  const known = zone.known.get(step)
  if (known !== undefined) return known
  const begins = step * STEP
  const parts = zone.parts.formatToParts(begins)
  const n = (type: string) => Number(parts.find(p => p.type === type)?.value)
  const there = Date.UTC(n('year'), n('month') - 1, n('day'), n('hour'), n('minute'))
  const minutes = Math.round((there - begins) / MINUTE)
  if (zone.known.size >= MOST) zone.known.clear()
  zone.known.set(step, minutes)
  return minutes
}

/** The time zone of this device. */
export const deviceZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** The zone whose clock the reader goes by. */
export const readerZone = (): string => manner.value.zone || deviceZone()

/** How far the reader's clock is ahead of UTC, in minutes. */
export const aheadHere = (at: number): number =>
  aheadIn(manner.value.zone, at) ?? -new Date(at).getTimezoneOffset()

/** A moment by the reader's clock. */
export function wallOf(at: number): Wall {
  const d = new Date(at + aheadHere(at) * MINUTE)
  return {
    year: d.getUTCFullYear(),
    month: d.getUTCMonth() + 1,
    day: d.getUTCDate(),
    hour: d.getUTCHours(),
    minute: d.getUTCMinutes(),
  }
}

/**
 * When the reader's clock shows this. Of two such moments the first, as an hour comes twice; and of a time that is
 * leapt over, the one that would have been it.
 */
export function momentOf(w: Wall): number {
  const wall = Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute)
  const before = wall - aheadHere(wall - DAY) * MINUTE
  const after = wall - aheadHere(wall + DAY) * MINUTE
  const shows = (at: number) => at + aheadHere(at) * MINUTE === wall
  if (shows(before) || !shows(after)) return before
  return after
}

/** The beginning of a day. */
export const dayStart = (at: number): number => momentOf({ ...wallOf(at), hour: 0, minute: 0 })

/** The same time of another day. */
export function addDays(at: number, days: number): number {
  const w = wallOf(at)
  return momentOf({ ...w, day: w.day + days })
}

/** 0 for a Sunday. */
export const weekday = (at: number): number => new Date(at + aheadHere(at) * MINUTE).getUTCDay()

const two = (n: number): string => String(n).padStart(2, '0')

/** A day as programs write it: 2026-11-27. */
export function dayName(at: number): string {
  const { year, month, day } = wallOf(at)
  return `${year}-${two(month)}-${two(day)}`
}

/** What a field for a date and time holds, by the reader's clock. */
export function localInput(at: number): string {
  const { hour, minute } = wallOf(at)
  return `${dayName(at)}T${two(hour)}:${two(minute)}`
}

/** The moment that stands in such a field; NaN for none. */
export function fromInput(text: string): number {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(text)
  if (!found) return Number.NaN
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = found.slice(1).map(Number)
  return momentOf({ year, month, day, hour, minute })
}
