/** What time it is where somebody is. */
import type { User } from '@fieldpost/api'
import { t, tongue } from '@fieldpost/words'
import { manner } from './manner.ts'
import { aheadIn, isZone } from './zone.ts'

/** The time zone that somebody's client found, or that they chose; empty where neither is known. */
export function zoneOf(u: User | undefined): string {
  const zone = u?.timezone ?? {}
  return (zone['useAutomaticTimezone'] === 'false' ? zone['manualTimezone'] : zone['automaticTimezone']) ?? ''
}

function apart(minutes: number): string {
  const count = Math.abs(minutes) / 60
  return t(minutes > 0 ? 'time.ahead' : 'time.behind', { count })
}

/** Somebody's clock, and how far it is from the reader's; empty where it is not known. */
export function localTime(u: User | undefined, now: number, here: string): string {
  const zone = zoneOf(u)
  const there = aheadIn(zone, now)
  if (there === undefined) return ''
  const { clock } = manner.value
  const time = new Intl.DateTimeFormat(tongue.value.locale, {
    hour: clock === '12' ? 'numeric' : '2-digit',
    minute: '2-digit',
    timeZone: zone,
    ...(clock === 'auto' ? {} : { hourCycle: clock === '24' ? 'h23' : 'h12' }),
  }).format(now)
  const by = there - (aheadIn(here, now) ?? there)
  return by === 0 ? time : `${time}, ${apart(by)}`
}

/** The time zones to be told to the server, if what it knows is not where the reader is. */
export function movedZone(u: User | undefined, here: string): Record<string, string> | undefined {
  const known = u?.timezone
  if (!known || !here || known['useAutomaticTimezone'] === 'false' || known['automaticTimezone'] === here)
    return undefined
  return { ...known, automaticTimezone: here }
}

/** The zone that the reader chose by hand, where this device knows it; empty for that of the device. */
export function chosenZone(u: User | undefined): string {
  const zone = u?.timezone?.['useAutomaticTimezone'] === 'false' ? zoneOf(u) : ''
  return isZone(zone) ? zone : ''
}

/** The time zones as they are told to the server once somebody chooses one, or none. */
export const zoneChoice = (chosen: string, here: string): Record<string, string> => ({
  useAutomaticTimezone: String(!chosen),
  automaticTimezone: here,
  manualTimezone: chosen,
})

/** How far ahead of UTC a zone is now: "UTC+05:30". */
export function aheadText(zone: string, now: number): string {
  const ahead = aheadIn(zone, now) ?? 0
  const two = (n: number) => String(n).padStart(2, '0')
  const by = Math.abs(ahead)
  return `UTC${ahead < 0 ? '−' : '+'}${two(Math.floor(by / 60))}:${two(by % 60)}`
}
