/** What is done with a message after it was written: what it said before, and where reading begins again. */
import type { Rest } from './rest.ts'
import type { ChannelMember, Id, Post, PostList } from './types.ts'

export type ReadAgain = Pick<
  ChannelMember,
  'msg_count' | 'msg_count_root' | 'mention_count' | 'mention_count_root' | 'last_viewed_at'
>

export class MessagesRest {
  constructor(private readonly rest: Rest) {}

  /** The message at a place, counted from the newest; nothing beyond the oldest. */
  at = async (channel: Id, place: number): Promise<Post | undefined> => {
    const list = await this.rest.ask<PostList>(
      'GET',
      `/channels/${channel}/posts?page=${place}&per_page=1&collapsedThreads=true`,
    )
    return list.posts[list.order[0] ?? '']
  }

  /** The newest first; of one's own messages only. */
  history = (post: Id) => this.rest.ask<Post[]>('GET', `/posts/${post}/edit_history`)
  restore = (post: Id, version: Id) => this.rest.ask<Post>('POST', `/posts/${post}/restore/${version}`)
  unreadFrom = (post: Id) =>
    this.rest.ask<ReadAgain>('POST', `/users/me/posts/${post}/set_unread`, {
      collapsed_threads_supported: true,
    })
}
