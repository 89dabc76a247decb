/** What the reader may do in a team, so that pages are offered only to those who can use them. */
import type { Channel, ClientConfig, Id, SocketEvent } from '@fieldpost/api'
import { type Signal, signal } from '@preact/signals-core'
import type { Context } from './platform.ts'

interface Role {
  name: string
  permissions: string[] | null
}

/** The role of everybody in a group of people. */
const IN_GROUP = 'custom_group_user'

export class Permissions {
  private readonly teams = new Map<Id, Signal<ReadonlySet<string>>>()
  /** What each role that was heard of may do. */
  private readonly roles = signal<ReadonlyMap<string, readonly string[]>>(new Map())

  /** What was answered last. */
  private readonly before = new Map<string, boolean>()

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
      const names = words(`${me?.roles ?? ''} ${member.roles}`)
      const here = [...this.c.store.members.peek().values()].flatMap(m => words(m.roles))
      const roles = await rest.ask<Role[]>('POST', '/roles/names', [
        ...new Set([...names, ...here, IN_GROUP]),
      ])
      const known = new Map(this.roles.peek())
      for (const r of roles) known.set(r.name, r.permissions ?? [])
      this.roles.value = known
      this.in(team).value = new Set(names.flatMap(n => known.get(n) ?? []))
    })
  }

  /** What the reader may do in a channel: what their roles there add to those in its team. */
  inChannel(team: Id, channel: Id): ReadonlySet<string> {
    const here = words(this.c.store.members.value.get(channel)?.roles ?? '')
    const own = here.flatMap(r => this.roles.value.get(r) ?? [])
    return new Set([...this.in(team).value, ...own])
  }

  /** What the reader may do with a group of people: whoever is in it may do what the site lets its people do. */
  inGroup(team: Id, member: boolean): ReadonlySet<string> {
    const own = member ? (this.roles.value.get(IN_GROUP) ?? []) : []
    return new Set([...this.in(team).value, ...own])
  }

  /** Whether the reader may do something in a channel; nothing while that is not known. With a new role, what was known
   * holds until the role is. */
  may(team: Id, channel: Id, what: string): boolean | undefined {
    const everywhere = this.in(team).value
    const key = `${team} ${channel} ${what}`
    if (everywhere.size === 0 || this.isStrange(channel)) return this.before.get(key)
    const here = words(this.c.store.members.value.get(channel)?.roles ?? '')
    const now = everywhere.has(what) || here.some(r => this.roles.value.get(r)?.includes(what))
    this.before.set(key, now)
    return now
  }

  /** Whether the reader has a role in the channel that nobody asked about yet. */
  private isStrange(channel: Id): boolean {
    const here = words(this.c.store.members.value.get(channel)?.roles ?? '')
    return here.length === 0 || here.some(r => !this.roles.value.has(r))
  }

  /** Asks what the reader's roles in a channel are, if one of them is new. */
  async meet(team: Id, channel: Id): Promise<void> {
    if (this.in(team).peek().size > 0 && this.isStrange(channel)) await this.load(team)
  }

  /** Asks what the reader may do in a channel, if that is not known. */
  async learn(team: Id, channel: Id): Promise<void> {
    if (this.in(team).peek().size === 0 || this.isStrange(channel)) await this.load(team)
  }

  reset(): void {
    this.teams.clear()
    this.before.clear()
    this.roles.value = new Map()
  }

  /** Roles that changed, or that nobody had here before, are asked for anew. */
  heard(e: SocketEvent): void {
    const strange = () =>
      [...this.c.store.members.peek().values()].some(m => words(m.roles).some(r => !this.roles.peek().has(r)))
    const changed = e.event === 'role_updated' || e.event === 'memberrole_updated'
    if (changed || (e.event === 'channel_member_updated' && strange()))
      for (const team of this.teams.keys()) void this.load(team)
  }
}

const words = (roles: string): string[] => roles.split(' ').filter(Boolean)

const INTEGRATIONS = [
  'manage_own_incoming_webhooks',
  'manage_own_outgoing_webhooks',
  'manage_own_slash_commands',
  'manage_oauth',
  'manage_system',
] as const

/** Whether somebody with these permissions manages any webhook or command. */
export const managesIntegrations = (p: ReadonlySet<string>): boolean => INTEGRATIONS.some(x => p.has(x))

/** What of a channel somebody may change. */
export interface ChannelRights {
  header: boolean
  /** Name, address and purpose. */
  name: boolean
  convert: boolean
  archive: boolean
  restore: boolean
  members: boolean
  roles: boolean
  pin: boolean
  /** Saying what is left to its members and guests. */
  moderate: boolean
}

/** By what somebody may do in a channel, what they may do to it. The channel that a team began with stays as it is. */
export function channelRights(p: ReadonlySet<string>, c: Channel): ChannelRights {
  const direct = c.type === 'D' || c.type === 'G'
  const open = c.delete_at === 0
  // Where this site only reads, another decides everything but who of its people is there.
  const live = open && !c.read_only
  const kind = c.type === 'P' ? 'private' : 'public'
  const change = live && !direct && p.has(`manage_${kind}_channel_properties`)
  const first = c.name === 'town-square'
  const other = c.type === 'P' ? 'convert_private_channel_to_public' : 'convert_public_channel_to_private'
  return {
    header: live && (direct || change),
    name: change,
    convert: live && !direct && !first && p.has(other),
    archive: live && !direct && !first && p.has(`delete_${kind}_channel`),
    restore: !open && !c.read_only && p.has('manage_team'),
    members: open && !direct && p.has(`manage_${kind}_channel_members`),
    roles: live && !direct && p.has('manage_channel_roles'),
    pin: live && (direct || p.has('create_post')),
    moderate: live && !direct && p.has('sysconsole_write_user_management_channels'),
  }
}

/** How somebody may ask others into a team. */
export interface InviteRights {
  members: boolean
  byMail: boolean
  guests: boolean
}

export function inviteRights(p: ReadonlySet<string>, config: ClientConfig): InviteRights {
  const mail = config['EnableEmailInvitations'] === 'true'
  return {
    members: p.has('invite_user'),
    byMail: mail && p.has('invite_user') && p.has('add_user_to_team'),
    guests: mail && config['EnableGuestAccounts'] === 'true' && p.has('invite_guest'),
  }
}

export const mayInvite = (may: InviteRights): boolean => may.members || may.guests
