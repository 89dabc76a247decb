/** What the pages of groups have in common: where one is, and what is said when the server would not. */
import type { Id } from '@fieldpost/api'
import { groupFault } from '@fieldpost/core/user-groups'
import { explain, type Shell } from '@fieldpost/parts'
import { t } from './words.ts'

export const groupPath = (shell: Shell, id: Id | '' = ''): string =>
  `/${shell.team()}/groups${id && `?q=${id}`}`

/** What went wrong with a group, in words. */
export function wrongText(e: unknown): string {
  const fault = groupFault(e)
  return fault ? t(`fault.${fault}`) : explain(e)
}

/** Does something; what goes wrong is said. Answers whether it was done. */
export async function tryIt(shell: Shell, f: () => Promise<unknown>): Promise<boolean> {
  try {
    await f()
    return true
  } catch (e) {
    shell.client.notice(wrongText(e), 'error')
    return false
  }
}
