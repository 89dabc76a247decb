/** What stands around messages: bookmarks of channels, groups of people, emoji of one's own, links to files. */
import type { Rest } from './rest.ts'
import type { Bookmark, CustomEmoji, Group, Id, Post, User } from './types.ts'

export type NewBookmark = Pick<Bookmark, 'display_name' | 'type'> &
  Partial<Pick<Bookmark, 'link_url' | 'emoji' | 'file_id'>>

export class AroundRest {
  constructor(private readonly rest: Rest) {}

  bookmarks = (channel: Id) => this.rest.ask<Bookmark[]>('GET', `/channels/${channel}/bookmarks`)
  addBookmark = (channel: Id, b: NewBookmark) =>
    this.rest.ask<Bookmark>('POST', `/channels/${channel}/bookmarks`, b)
  changeBookmark = (b: Bookmark, more: Partial<NewBookmark>) =>
    this.rest.ask<unknown>('PATCH', `/channels/${b.channel_id}/bookmarks/${b.id}`, more)
  dropBookmark = (b: Bookmark) =>
    this.rest.ask<unknown>('DELETE', `/channels/${b.channel_id}/bookmarks/${b.id}`)
  placeBookmark = (b: Bookmark, place: number) =>
    this.rest.ask<Bookmark[]>('POST', `/channels/${b.channel_id}/bookmarks/${b.id}/sort_order`, place)

  groups = (typed: string) =>
    this.rest.ask<Group[]>(
      'GET',
      `/groups?per_page=20&include_member_count=true&q=${encodeURIComponent(typed)}`,
    )
  groupsByNames = (names: readonly string[]) => this.rest.ask<Group[]>('POST', '/groups/names', names)
  groupMembers = (id: Id) =>
    this.rest.ask<{ members: User[] | null; total_member_count: number }>(
      'GET',
      `/groups/${id}/members?per_page=60`,
    )

  emojis = (page: number) => this.rest.ask<CustomEmoji[]>('GET', `/emoji?page=${page}&per_page=200&sort=name`)
  emojisByNames = (names: readonly string[]) => this.rest.ask<CustomEmoji[]>('POST', '/emoji/names', names)
  dropEmoji = (id: Id) => this.rest.ask<unknown>('DELETE', `/emoji/${id}`)
  addEmoji = (name: string, creator: Id, image: Blob) => {
    const form = new FormData()
    form.append('emoji', JSON.stringify({ name, creator_id: creator }))
    form.append('image', image)
    return this.rest.ask<CustomEmoji>('POST', '/emoji', form)
  }

  /** An address by which anybody fetches the file without signing in. */
  publicLink = (file: Id) => this.rest.ask<{ link: string }>('GET', `/files/${file}/link`)
  moveThread = (post: Id, channel: Id) =>
    this.rest.ask<Post | unknown>('POST', `/posts/${post}/move`, { channel_id: channel })

  makeGuest = (user: Id) => this.rest.ask<unknown>('POST', `/users/${user}/demote`)
  makeMember = (user: Id) => this.rest.ask<unknown>('POST', `/users/${user}/promote`)
}
