/** What went wrong, in words for whoever sits before it. */
import { ApiError } from '@fieldpost/api'

export const explain = (e: unknown): string => {
  if (!(e instanceof ApiError)) return 'Something went wrong here.'
  if (e.kind === 'offline') return 'You are offline. Try again when the server is back.'
  return e.notBuilt ? 'This server does not offer that yet.' : e.message
}
