/** What time it is where somebody is. */
import type { User } from '@fieldpost/api'
import { t, tongue } from '@fieldpost/words'

/** The time zone that somebody's client found, or that they chose; empty where neither is known. */
export function zoneOf(u: User | undefined): string {
  const zone = u?.timezone ?? {}
  return (zone['useAutomaticTimezone'] === 'false' ? zone['manualTimezone'] : zone['automaticTimezone']) ?? ''
}

/** How far a zone is ahead of UTC, in minutes; nothing for a zone that this place does not know. */
function ahead(zone: string, at: number): number | undefined {
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    }).formatToParts(at)
    const n = (type: string) => Number(parts.find(p => p.type === type)?.value)
    const there = Date.UTC(n('year'), n('month') - 1, n('day'), n('hour'), n('minute'))
    return Math.round((there - at) / 60_000)
  } catch {
    return undefined
  }
}

function apart(minutes: number): string {
  const count = Math.abs(minutes) / 60
  return t(minutes > 0 ? 'time.ahead' : 'time.behind', { count })
}

/** Somebody's clock, and how far it is from the reader's; empty where it is not known. */
export function localTime(u: User | undefined, now: number, here: string): string {
  const zone = zoneOf(u)
  const there = zone ? ahead(zone, now) : undefined
  if (there === undefined) return ''
  const time = new Intl.DateTimeFormat(tongue.value.locale, {
    hour: '2-digit',
    minute: '2-digit',
    timeZone: zone,
  }).format(now)
  const by = there - (ahead(here, now) ?? there)
  return by === 0 ? time : `${time}, ${apart(by)}`
}

/** The time zones to be told to the server, if what it knows is not where the reader is. */
export function movedZone(u: User | undefined, here: string): Record<string, string> | undefined {
  const known = u?.timezone
  if (!known || !here || known['useAutomaticTimezone'] === 'false' || known['automaticTimezone'] === here)
    return undefined
  return { ...known, automaticTimezone: here }
}
