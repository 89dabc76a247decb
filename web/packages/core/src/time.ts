const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })
const dayYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })

export const timeText = (at: number): string => clock.format(at)
export const fullText = (at: number): string => full.format(at)

const midnight = (at: number): number => new Date(at).setHours(0, 0, 0, 0)

export function dayText(at: number, now: number): string {
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  return days < 300 ? day.format(at) : dayYear.format(at)
}

/** An age in words. A moment of 0 never was. */
export function sinceText(at: number, now: number): string {
  if (at === 0) return 'never'
  const minutes = Math.floor((now - at) / 60_000)
  return minutes < 1 ? 'just now' : `${ageText(at, now)} ago`
}

/** How long ago, without saying so: "2 minutes", "3 hours". */
export function ageText(at: number, now: number): string {
  const minutes = Math.max(1, Math.floor((now - at) / 60_000))
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  const [n, unit] = days > 1 ? [days, 'day'] : hours > 0 ? [hours, 'hour'] : [minutes, 'minute']
  return `${n} ${unit}${n === 1 ? '' : 's'}`
}

export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

export interface LaterChoice {
  label: string
  at: number
}

/** Moments that people choose for later, by their own clock; `soon` begins with minutes, for reminders. */
export function laterChoices(now: number, soon: boolean): LaterChoice[] {
  const minutes = (n: number) => now + n * 60_000
  const morning = (days: number) => {
    const d = new Date(now)
    d.setDate(d.getDate() + days)
    return d.setHours(9, 0, 0, 0)
  }
  const untilMonday = (8 - new Date(now).getDay()) % 7 || 7
  const out = [
    ...(soon
      ? [
          { label: 'In 30 minutes', at: minutes(30) },
          { label: 'In 1 hour', at: minutes(60) },
          { label: 'In 3 hours', at: minutes(180) },
        ]
      : []),
    { label: 'Tomorrow morning', at: morning(1) },
  ]
  return untilMonday === 1 ? out : [...out, { label: 'Monday morning', at: morning(untilMonday) }]
}

const moment = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})

/** A moment of another day, short. */
export const momentText = (at: number): string => moment.format(at)

/** What a field for a date and time holds, by the clock of this place. */
export function localInput(at: number): string {
  const d = new Date(at - new Date(at).getTimezoneOffset() * 60_000)
  return d.toISOString().slice(0, 16)
}
