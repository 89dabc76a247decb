/** What the screens of an account say. */

import type { SignedInSession, User } from '@fieldpost/api'
import { t } from '@fieldpost/words/far'

/** What somebody signed in with, as far as it said so. */
export function sessionTitle(s: SignedInSession): string {
  const p = s.props ?? {}
  if (s.is_oauth) return t('acc.letIn', { name: p['platform'] || t('acc.program') })
  const platform = p['platform'] || p['os'] || ''
  const browser = p['browser'] || ''
  if (browser && platform) return t('acc.onPlatform', { browser, platform })
  if (browser || platform) return browser || platform
  return s.device_id ? t('acc.mobile') : t('acc.unknown')
}

/** The one that was used last first. */
export const byUse = (list: readonly SignedInSession[]): SignedInSession[] =>
  [...list].sort((a, b) => b.last_activity_at - a.last_activity_at)

/** Whether somebody may have access tokens. */
export const mayHaveTokens = (u: User | undefined): boolean =>
  u?.roles.split(' ').some(r => r === 'system_admin' || r === 'system_user_access_token') ?? false

/** The secret in groups of four, as it is easily typed. */
export const inFours = (secret: string): string => secret.replace(/(.{4})(?=.)/g, '$1 ')

/** What somebody typed as a code, without the spaces that apps show; empty while it is none. */
export function codeOf(typed: string): string {
  const code = typed.replace(/\s/g, '')
  return /^\d{6}$/.test(code) ? code : ''
}
