/** What waits, on the icon of the installed app. */
import type { Waiting } from '@fieldpost/core'

interface Badging {
  setAppBadge?: (n?: number) => Promise<void>
  clearAppBadge?: () => Promise<void>
}

let shown: string | undefined

export function badge(w: Waiting): void {
  const now = `${w.mentions} ${w.unread}`
  // The browser asks another process for each.
  if (now === shown) return
  shown = now
  const app = navigator as Badging
  const done =
    w.mentions > 0 ? app.setAppBadge?.(w.mentions) : w.unread ? app.setAppBadge?.() : app.clearAppBadge?.()
  // Where the app is not installed there is no icon to put it on.
  done?.catch(() => {})
}
