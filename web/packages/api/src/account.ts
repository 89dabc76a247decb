/** How somebody's account is kept: the second factor, open sessions, access tokens. */
import type { Rest } from './rest.ts'
import type { Id } from './types.ts'

export interface SignedInSession {
  id: Id
  create_at: number
  expires_at: number
  last_activity_at: number
  device_id?: string
  is_oauth?: boolean
  props?: Record<string, string> | null
}

export interface AccessToken {
  id: Id
  /** Only in the answer that makes it. */
  token?: string
  description: string
  is_active?: boolean
}

export class AccountRest {
  constructor(private readonly rest: Rest) {}

  newSecret = () => this.rest.ask<{ secret: string; qr_code: string }>('POST', '/users/me/mfa/generate')
  switchOn = (code: string) => this.rest.ask<unknown>('PUT', '/users/me/mfa', { activate: true, code })
  switchOff = () => this.rest.ask<unknown>('PUT', '/users/me/mfa', { activate: false })

  sessions = () => this.rest.ask<SignedInSession[]>('GET', '/users/me/sessions')
  endSession = (session_id: Id) => this.rest.ask<unknown>('POST', '/users/me/sessions/revoke', { session_id })
  endAll = () => this.rest.ask<unknown>('POST', '/users/me/sessions/revoke/all')

  tokens = () => this.rest.ask<AccessToken[]>('GET', '/users/me/tokens?per_page=200')
  newToken = (description: string) => this.rest.ask<AccessToken>('POST', '/users/me/tokens', { description })
  setToken = (token_id: Id, to: 'enable' | 'disable' | 'revoke') =>
    this.rest.ask<unknown>('POST', `/users/tokens/${to}`, { token_id })
}
