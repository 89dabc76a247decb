/** What the window as a whole can do, put together, and the keyboard that goes by it. */
import type { Action, Client } from '@fieldpost/core'
import type { Shell } from '@fieldpost/parts'
import { onTop, walkThread } from '../regions.ts'
import { application } from './application.ts'
import { channel } from './channel.ts'
import { going } from './going.ts'
import { messages } from './messages.ts'
import { reading } from './reading.ts'
import { writing } from './writing.ts'

export { teamActions } from './going.ts'
export { closeOverlay, overlay } from './overlay.ts'

/** Everything the window can do beside what its parts add. */
export const actionsOf = (client: Client, shell: Shell, logout: () => void): readonly Action[] => [
  ...going(client, shell),
  ...reading(client, shell),
  ...channel(client, shell),
  ...messages(client, shell),
  ...writing(client, shell),
  ...application(client, shell, logout),
]

/**
 * Lets the keyboard do what the list says. What a part has dealt with by itself comes here as prevented, and what is
 * open over the window has the keys for itself, even where what had the focus in it is gone.
 */
export function listen(shell: Shell): () => void {
  const onKey = (e: KeyboardEvent) => {
    if (e.defaultPrevented || e.isComposing || onTop()) return
    if (walkThread(e) || shell.actions.heard(e)) e.preventDefault()
  }
  addEventListener('keydown', onKey)
  return () => removeEventListener('keydown', onKey)
}
