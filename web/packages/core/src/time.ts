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
