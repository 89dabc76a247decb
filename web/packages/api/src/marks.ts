/** What somebody marks messages with: pinned for the channel, saved for oneself, unread from there on. */
import type { Rest } from './rest.ts'
import type { ChannelMember, Id, Preference } from './types.ts'

export const SAVED = 'flagged_post'

export type UnreadAnswer = Pick<
  ChannelMember,
  'msg_count' | 'msg_count_root' | 'mention_count' | 'mention_count_root' | 'last_viewed_at'
>

export class MarksRest {
  constructor(private readonly rest: Rest) {}

  pin = (post: Id, yes: boolean) => this.rest.ask<unknown>('POST', `/posts/${post}/${yes ? 'pin' : 'unpin'}`)

  save = (user: Id, post: Id, yes: boolean): Promise<unknown> => {
    const mark: Preference = { user_id: user, category: SAVED, name: post, value: 'true' }
    return yes
      ? this.rest.savePreferences([mark])
      : this.rest.ask<unknown>('POST', `/users/${user}/preferences/delete`, [mark])
  }

  unreadFrom = (user: Id, post: Id) =>
    this.rest.ask<UnreadAnswer>('POST', `/users/${user}/posts/${post}/set_unread`, {
      collapsed_threads_supported: true,
    })
}
