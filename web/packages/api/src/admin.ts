/** What administrators see and change of everybody: accounts, teams, channels, roles, and what was done. */
import type { AccessToken, SignedInSession } from './account.ts'
import type { InviteResult } from './invites.ts'
import type { ProfilePatch } from './people.ts'
import type { Rest } from './rest.ts'
import type { Channel, ChannelMember, Id, Team, User } from './types.ts'

/** How many rows of a list are asked for at once. */
export const ADMIN_PAGE = 50
/** The most that the server gives of a list at once. */
export const WHOLE_PAGE = 200
const MOST_FOUND = 1000

export interface Role {
  id: Id
  name: string
  permissions: string[] | null
  built_in: boolean
}

/** Something that was done to an account, or tried. */
export interface Audit {
  id: Id
  create_at: number
  user_id: Id
  /** The operation, as its address. */
  action: string
  /** What came of it. */
  extra_info: string
  ip_address: string
  session_id: Id | ''
}

export interface TeamMember {
  team_id: Id
  user_id: Id
  roles: string
  delete_at?: number
  scheme_admin?: boolean
  scheme_guest?: boolean
}

/** A channel in the list of all, which says of which team it is. */
export interface ListedChannel extends Channel {
  team_display_name?: string
  team_name?: string
}

export interface ServerState {
  status: string
  database_status?: string
  filestore_status?: string
}

export type PeopleQuery = Partial<Record<'role' | 'active' | 'inactive' | 'in_team' | 'in_channel', string>>
export type CountQuery = Partial<Record<'include_deleted' | 'include_bots' | 'roles', string>>

/** Where people belong: what differs between a team and a channel is the address. */
export type Circle = 'teams' | 'channels'

const text = (q: Record<string, string | number | undefined>): string =>
  Object.entries(q)
    .flatMap(([k, v]) => (v === undefined || v === '' ? [] : [`${k}=${encodeURIComponent(String(v))}`]))
    .join('&')

export class AdminRest {
  constructor(private readonly rest: Rest) {}

  roles = () => this.rest.ask<Role[]>('GET', '/roles')
  rolesByName = (names: readonly string[]) => this.rest.ask<Role[]>('POST', '/roles/names', names)

  state = () => this.rest.ask<ServerState>('GET', '/system/ping?get_server_status=true')
  count = async (q: CountQuery = {}) =>
    (await this.rest.ask<{ total_users_count: number }>('GET', `/users/stats/filtered?${text(q)}`))
      .total_users_count
  testMail = () => this.rest.ask<unknown>('POST', '/email/test', {})

  people = (q: PeopleQuery, page: number, per_page = ADMIN_PAGE) =>
    this.rest.ask<User[]>('GET', `/users?${text({ ...q, page, per_page })}`)
  findPeople = (term: string, more: { team_id?: Id; in_channel_id?: Id } = {}) =>
    this.rest.ask<User[]>('POST', '/users/search', {
      term,
      allow_inactive: true,
      limit: MOST_FOUND,
      ...more,
    })
  bots = async (page: number, per_page = ADMIN_PAGE) => {
    const list = await this.rest.ask<{ user_id: Id }[]>(
      'GET',
      `/bots?${text({ page, per_page, include_deleted: 'true' })}`,
    )
    return list.length > 0 ? this.rest.usersByIds(list.map(b => b.user_id)) : []
  }
  person = (id: Id) => this.rest.ask<User>('GET', `/users/${id}`)
  change = (id: Id, patch: ProfilePatch) => this.rest.ask<User>('PUT', `/users/${id}/patch`, patch)
  setRoles = (id: Id, roles: string) => this.rest.ask<unknown>('PUT', `/users/${id}/roles`, { roles })
  promote = (id: Id) => this.rest.ask<unknown>('POST', `/users/${id}/promote`)
  demote = (id: Id) => this.rest.ask<unknown>('POST', `/users/${id}/demote`)
  setActive = (id: Id, active: boolean) => this.rest.ask<unknown>('PUT', `/users/${id}/active`, { active })
  setPassword = (id: Id, new_password: string) =>
    this.rest.ask<unknown>('PUT', `/users/${id}/password`, { new_password })
  resetMfa = (id: Id) => this.rest.ask<unknown>('PUT', `/users/${id}/mfa`, { activate: false })
  unlock = (id: Id) => this.rest.ask<unknown>('POST', `/users/${id}/reset_failed_attempts`)
  sessions = (id: Id) => this.rest.ask<SignedInSession[]>('GET', `/users/${id}/sessions`)
  endSession = (id: Id, session_id: Id) =>
    this.rest.ask<unknown>('POST', `/users/${id}/sessions/revoke`, { session_id })
  endAll = (id: Id) => this.rest.ask<unknown>('POST', `/users/${id}/sessions/revoke/all`)
  tokens = (id: Id) => this.rest.ask<AccessToken[]>('GET', `/users/${id}/tokens?per_page=${WHOLE_PAGE}`)
  teamsOf = (id: Id) => this.rest.ask<Team[]>('GET', `/users/${id}/teams`)
  placesOf = (id: Id) => this.rest.ask<TeamMember[]>('GET', `/users/${id}/teams/members`)

  teams = (page: number, per_page = ADMIN_PAGE) =>
    this.rest.ask<{ teams: Team[]; total_count: number }>(
      'GET',
      `/teams?${text({ page, per_page, include_total_count: 'true' })}`,
    )
  findTeams = (term: string, page: number, per_page = ADMIN_PAGE) =>
    this.rest.ask<{ teams: Team[]; total_count: number }>('POST', '/teams/search', { term, page, per_page })
  team = (id: Id) => this.rest.ask<Team>('GET', `/teams/${id}`)
  changeTeam = (id: Id, patch: Partial<Pick<Team, 'display_name' | 'description'>>) =>
    this.rest.ask<Team>('PUT', `/teams/${id}/patch`, patch)
  setTeamPrivacy = (id: Id, privacy: 'O' | 'I') =>
    this.rest.ask<Team>('PUT', `/teams/${id}/privacy`, { privacy })
  archiveTeam = (id: Id) => this.rest.ask<unknown>('DELETE', `/teams/${id}`)
  restoreTeam = (id: Id) => this.rest.ask<unknown>('POST', `/teams/${id}/restore`)
  invite = (team: Id, emails: readonly string[]) =>
    this.rest.ask<InviteResult[]>('POST', `/teams/${team}/invite/email?graceful=true`, emails)

  /** `force`: members who are not in that team are taken out of the channel. */
  moveChannel = (id: Id, team_id: Id, force: boolean) =>
    this.rest.ask<Channel>('POST', `/channels/${id}/move`, { team_id, force })
  channels = (page: number, per_page = ADMIN_PAGE) =>
    this.rest.ask<{ channels: ListedChannel[]; total_count: number }>(
      'GET',
      `/channels?${text({ page, per_page, include_total_count: 'true', include_deleted: 'true' })}`,
    )

  /** Who of these belongs there, and as what. */
  places = (circle: Circle, id: Id, users: readonly Id[]) =>
    users.length === 0
      ? Promise.resolve([])
      : this.rest.ask<(TeamMember | ChannelMember)[]>('POST', `/${circle}/${id}/members/ids`, users)
  join = (circle: Circle, id: Id, user_id: Id) =>
    this.rest.ask<unknown>(
      'POST',
      `/${circle}/${id}/members`,
      circle === 'teams' ? { team_id: id, user_id } : { user_id },
    )
  remove = (circle: Circle, id: Id, user: Id) =>
    this.rest.ask<unknown>('DELETE', `/${circle}/${id}/members/${user}`)
  setLeader = (circle: Circle, id: Id, user: Id, yes: boolean) =>
    this.rest.ask<unknown>('PUT', `/${circle}/${id}/members/${user}/schemeRoles`, {
      scheme_user: true,
      scheme_admin: yes,
    })

  audits = (page: number, user = '', per_page = ADMIN_PAGE) =>
    this.rest.ask<Audit[]>(
      'GET',
      `${user ? `/users/${encodeURIComponent(user)}` : ''}/audits?${text({ page, per_page })}`,
    )
}
