/** Groups of people that are mentioned by one name: finding them, making them, and who is in them. */
import type { Rest } from './rest.ts'
import type { Group, Id, User } from './types.ts'

export const GROUPS_PAGE = 50

export interface GroupQuery {
  /** What the name or the title has in it. */
  q: string
  page: number
  /** Those that this person is in; empty for all. */
  member: Id | ''
  archived: boolean
}

export type GroupPatch = Partial<Pick<Group, 'name' | 'display_name' | 'description'>>

/** That somebody is in a group, or was. */
export interface GroupMember {
  group_id: Id
  user_id: Id
  delete_at: number
}

export class GroupsRest {
  constructor(private readonly rest: Rest) {}

  list = ({ q, page, member, archived }: GroupQuery) => {
    const asked = new URLSearchParams({
      q,
      page: String(page),
      per_page: String(GROUPS_PAGE),
      include_member_count: 'true',
      ...(member ? { filter_has_member: member } : {}),
      ...(archived ? { filter_archived: 'true' } : {}),
    })
    return this.rest.ask<Group[]>('GET', `/groups?${asked}`)
  }
  mine = () => this.rest.ask<Group[]>('GET', '/users/me/groups')
  one = (id: Id) => this.rest.ask<Group>('GET', `/groups/${id}?include_member_count=true`)
  make = (g: Required<GroupPatch>, user_ids: readonly Id[]) =>
    this.rest.ask<Group>('POST', '/groups', { ...g, source: 'custom', allow_reference: true, user_ids })
  patch = (id: Id, p: GroupPatch) => this.rest.ask<Group>('PUT', `/groups/${id}/patch`, p)
  archive = (id: Id) => this.rest.ask<Group>('DELETE', `/groups/${id}`)
  restore = (id: Id) => this.rest.ask<Group>('POST', `/groups/${id}/restore`, {})

  people = (id: Id, page: number) =>
    this.rest.ask<{ members: User[] | null; total_member_count: number }>(
      'GET',
      `/groups/${id}/members?page=${page}&per_page=${GROUPS_PAGE}`,
    )
  findPeople = (id: Id, term: string) =>
    this.rest.ask<User[]>('POST', '/users/search', { term, in_group_id: id, limit: GROUPS_PAGE })
  add = (id: Id, user_ids: readonly Id[]) =>
    this.rest.ask<GroupMember[]>('POST', `/groups/${id}/members`, { user_ids })
  remove = (id: Id, user_ids: readonly Id[]) =>
    this.rest.ask<GroupMember[]>('DELETE', `/groups/${id}/members`, { user_ids })
}
