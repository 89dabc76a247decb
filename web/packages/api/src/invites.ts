/** Asking people in by mail. Each address is answered for by itself. */
import type { Rest } from './rest.ts'
import type { Id } from './types.ts'

export interface InviteResult {
  email: string
  error?: { message: string } | null
}

export interface GuestInvitation {
  emails: readonly string[]
  /** Channels of the team, of which they see no others. */
  channels: readonly Id[]
  message: string
}

export class InvitesRest {
  constructor(private readonly rest: Rest) {}

  members = (team: Id, emails: readonly string[]) =>
    this.rest.ask<unknown>('POST', `/teams/${team}/invite/email?graceful=true`, emails)
  guests = (team: Id, of: GuestInvitation) =>
    this.rest.ask<unknown>('POST', `/teams/${team}/invite-guests/email?graceful=true`, of)
}
