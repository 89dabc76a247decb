/** What the reader may do in a team, so that pages are offered only to those who can use them. */
import type { Id } from '@fieldpost/api'
import { type Signal, signal } from '@preact/signals-core'
import type { Context } from './platform.ts'

interface Role {
  permissions: string[] | null
}

export class Permissions {
  private readonly teams = new Map<Id, Signal<ReadonlySet<string>>>()

  constructor(private readonly c: Context) {}

  /** Empty until it is known. */
  in(team: Id): Signal<ReadonlySet<string>> {
    let s = this.teams.get(team)
    if (!s) {
      s = signal<ReadonlySet<string>>(new Set())
      this.teams.set(team, s)
    }
    return s
  }

  async load(team: Id): Promise<void> {
    const { rest } = this.c.p
    await this.c.quietly(async () => {
      const me = this.c.store.me.peek()
      const member = await rest.ask<{ roles: string }>('GET', `/teams/${team}/members/${me?.id ?? 'me'}`)
      const names = `${me?.roles ?? ''} ${member.roles}`.split(' ').filter(Boolean)
      const roles = await rest.ask<Role[]>('POST', '/roles/names', [...new Set(names)])
      this.in(team).value = new Set(roles.flatMap(r => r.permissions ?? []))
    })
  }

  reset(): void {
    this.teams.clear()
  }

  heard(): void {}
}

const INTEGRATIONS = [
  'manage_own_incoming_webhooks',
  'manage_own_outgoing_webhooks',
  'manage_own_slash_commands',
  'manage_oauth',
  'manage_system',
] as const

/** Whether somebody with these permissions manages any webhook or command. */
export const managesIntegrations = (p: ReadonlySet<string>): boolean => INTEGRATIONS.some(x => p.has(x))
