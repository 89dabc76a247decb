/** What people do with channels and teams as a whole, and how each arranges them. */
import type { Rest } from './rest.ts'
import type { Channel, ChannelMember, Id, Post, PostList, Team, User } from './types.ts'

export type CategoryType = 'favorites' | 'channels' | 'direct_messages' | 'custom'
export type Sorting = '' | 'alpha' | 'recent' | 'manual'

/** A heading of the sidebar with what somebody put under it. */
export interface Category {
  id: Id
  user_id: Id
  team_id: Id
  type: CategoryType
  display_name: string
  sort_order: number
  sorting: Sorting
  muted: boolean
  collapsed: boolean
  channel_ids: Id[]
}

export interface ChannelStats {
  channel_id: Id
  member_count: number
  guest_count: number
  pinnedpost_count: number
  files_count: number
}

/** What can be changed of a channel in one go. */
export type ChannelPatch = Partial<
  Pick<Channel, 'display_name' | 'name' | 'header' | 'purpose' | 'banner_info'>
>

/** How many of a group of people are in a channel. */
export interface GroupCount {
  group_id: Id
  channel_member_count: number
}

/** Whether somebody may do something in a channel, and whether that can be given to them at all. */
export interface Leave {
  value: boolean
  enabled: boolean
}

/** Something that can be taken from the people of a channel. Nothing of some is left to guests anyway. */
export interface Moderation {
  name: string
  roles: { members: Leave; guests: Leave | null }
}

export interface ModerationPatch {
  name: string
  roles: { members?: boolean; guests?: boolean }
}

export const MEMBERS_PAGE = 50

export class ChannelsRest {
  constructor(private readonly rest: Rest) {}

  categories = (team: Id) =>
    this.rest.ask<{ categories: Category[] | null; order: Id[] | null }>('GET', this.own(team))
  addCategory = (c: Pick<Category, 'user_id' | 'team_id' | 'display_name' | 'channel_ids'>) =>
    this.rest.ask<Category>('POST', this.own(c.team_id), { ...c, type: 'custom' })
  putCategories = (team: Id, list: readonly Category[]) =>
    this.rest.ask<Category[]>('PUT', this.own(team), list)
  orderCategories = (team: Id, order: readonly Id[]) =>
    this.rest.ask<Id[]>('PUT', `${this.own(team)}/order`, order)
  dropCategory = (team: Id, id: Id) => this.rest.ask<unknown>('DELETE', `${this.own(team)}/${id}`)
  private own = (team: Id) => `/users/me/teams/${team}/channels/categories`

  stats = (channel: Id) => this.rest.ask<ChannelStats>('GET', `/channels/${channel}/stats`)
  /** The time zones in which its members are, each once. */
  zones = (channel: Id) => this.rest.ask<string[]>('GET', `/channels/${channel}/timezones`)
  groupCounts = (channel: Id) =>
    this.rest.ask<GroupCount[]>('GET', `/channels/${channel}/member_counts_by_group`)
  patch = (channel: Id, p: ChannelPatch) => this.rest.ask<Channel>('PUT', `/channels/${channel}/patch`, p)
  privacy = (channel: Id, privacy: 'O' | 'P') =>
    this.rest.ask<Channel>('PUT', `/channels/${channel}/privacy`, { privacy })
  archive = (channel: Id) => this.rest.ask<unknown>('DELETE', `/channels/${channel}`)
  restore = (channel: Id) => this.rest.ask<Channel>('POST', `/channels/${channel}/restore`)
  moderations = (channel: Id) => this.rest.ask<Moderation[]>('GET', `/channels/${channel}/moderations`)
  moderate = (channel: Id, patch: readonly ModerationPatch[]) =>
    this.rest.ask<Moderation[]>('PUT', `/channels/${channel}/moderations/patch`, patch)
  commonTeams = (channel: Id) => this.rest.ask<Team[]>('GET', `/channels/${channel}/common_teams`)
  toChannel = (group: Id, c: Pick<Channel, 'team_id' | 'name' | 'display_name'>) =>
    this.rest.ask<Channel>('POST', `/channels/${group}/convert_to_channel`, { channel_id: group, ...c })
  byName = (team: Id, name: string) =>
    this.rest.ask<Channel>(
      'GET',
      `/teams/${team}/channels/name/${encodeURIComponent(name)}?include_deleted=true`,
    )

  people = (channel: Id, page: number) =>
    this.rest.ask<User[]>('GET', `/users?in_channel=${channel}&page=${page}&per_page=${MEMBERS_PAGE}`)
  findPeople = (channel: Id, term: string) =>
    this.rest.ask<User[]>('POST', '/users/search', { term, in_channel_id: channel, limit: MEMBERS_PAGE })
  membersOf = (channel: Id, users: readonly Id[]) =>
    this.rest.ask<ChannelMember[]>('POST', `/channels/${channel}/members/ids`, users)
  inTeam = (team: Id, users: readonly Id[]) =>
    this.rest.ask<{ user_id: Id; delete_at: number }[]>('POST', `/teams/${team}/members/ids`, users)
  setAdmin = (channel: Id, user: Id, yes: boolean) =>
    this.rest.ask<unknown>('PUT', `/channels/${channel}/members/${user}/schemeRoles`, {
      scheme_user: true,
      scheme_admin: yes,
    })

  pinned = (channel: Id) => this.rest.ask<PostList>('GET', `/channels/${channel}/pinned`)
  pin = (post: Id, yes: boolean) => this.rest.ask<unknown>('POST', `/posts/${post}/${yes ? 'pin' : 'unpin'}`)
  /** One list or several; both are told of. */
  saved = (page: number) =>
    this.rest.ask<PostList | PostList[]>('GET', `/users/me/posts/flagged?page=${page}&per_page=60`)
  dropPreferences = (list: readonly { user_id: Id; category: string; name: string; value: string }[]) =>
    this.rest.ask<unknown>('POST', '/users/me/preferences/delete', list)

  listed = (team: Id, page: number) =>
    this.rest.ask<Channel[]>('GET', `/teams/${team}/channels?page=${page}&per_page=50`)
  archived = (team: Id, page: number) =>
    this.rest.ask<Channel[]>('GET', `/teams/${team}/channels/deleted?page=${page}&per_page=50`)
  findPublic = (team: Id, term: string) =>
    this.rest.ask<Channel[]>('POST', `/teams/${team}/channels/search`, { term })
  findArchived = (team: Id, term: string) =>
    this.rest.ask<Channel[]>('POST', `/teams/${team}/channels/search_archived`, { term })
  counts = (channels: readonly Id[]) =>
    this.rest.ask<Record<Id, number>>('POST', '/channels/stats/member_count', channels)

  team = (id: Id) => this.rest.ask<Team>('GET', `/teams/${id}`)
  renewLink = (team: Id) => this.rest.ask<Team>('POST', `/teams/${team}/regenerate_invite_id`)
  leaveTeam = (team: Id, user: Id) => this.rest.ask<unknown>('DELETE', `/teams/${team}/members/${user}`)
}

/** The posts of one list or of several, in the order in which they were told. */
export function postsOf(told: PostList | readonly PostList[]): Post[] {
  const lists = Array.isArray(told) ? (told as readonly PostList[]) : [told as PostList]
  return lists.flatMap(l => l.order.flatMap(id => l.posts[id] ?? []))
}
