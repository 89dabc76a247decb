/** A message among the others of its channel, and what it said before. */
import type { Rest } from './rest.ts'
import type { Id, Post, PostList } from './types.ts'

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
}
