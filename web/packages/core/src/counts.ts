/** What waits to be read everywhere, for the title of the window and the badge of the app. */
import type { Store } from './store.ts'
import { unreadOf } from './views.ts'

export interface Waiting {
  unread: boolean
  mentions: number
}

export function waiting(store: Store): Waiting {
  const out: Waiting = { unread: false, mentions: 0 }
  for (const c of store.channels.value.values()) {
    const u = unreadOf(c, store.members.value.get(c.id))
    out.unread ||= u.unread
    out.mentions += u.mentions
  }
  return out
}

/** The beginning of the window's title: how often one was mentioned, or that there is something new. */
export const waitingMark = (w: Waiting): string =>
  w.mentions > 0 ? `(${w.mentions}) ` : w.unread ? '• ' : ''
