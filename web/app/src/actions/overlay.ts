/** What is open over the window, and what had the focus before. */
import { signal } from '@fieldpost/core'

/** What is open over the window: the finder, everything that can be done, or the keys for it. */
export const overlay = signal<'' | 'find' | 'palette' | 'keys'>('')

/** What had the focus before the palette took it. */
let before: Element | null = null

export function openOverlay(what: 'find' | 'palette' | 'keys'): void {
  if (overlay.peek()) return
  // From the finder one comes to the palette: what had the focus before both counts.
  if (!document.activeElement?.closest('dialog')) before = document.activeElement
  overlay.value = what
}

export function closeOverlay(): void {
  overlay.value = ''
}

/** What has the focus, or had it before something opened over the window. */
export const active = (): Element | null => (overlay.peek() ? before : document.activeElement)
