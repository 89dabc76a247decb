/** What the screens of an account say. */
import type { SignedInSession, User } from '@fieldpost/api'

/** What somebody signed in with, as far as it said so. */
export function sessionTitle(s: SignedInSession): string {
  const p = s.props ?? {}
  if (s.is_oauth) return `${p['platform'] || 'A program'}, which you let in`
  const parts = [p['browser'], p['platform'] || p['os']].filter(Boolean)
  if (parts.length > 0) return parts.join(' on ')
  return s.device_id ? 'A mobile app' : 'A client that did not say what it is'
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
