/** What waits for somebody and what they left for later: followed threads, scheduled messages, reminders. */
import type { Rest } from './rest.ts'
import type { FileInfo, Id, PostMetadata, Priority, ThreadItem, ThreadList } from './types.ts'

export interface ScheduledPost {
  id: Id
  channel_id: Id
  root_id: Id | ''
  message: string
  user_id: Id
  update_at: number
  scheduled_at: number
  /** Why it could not be sent, or empty. */
  error_code?: string
  file_ids?: Id[]
  priority?: Priority
  metadata?: PostMetadata
}

export interface NewScheduled {
  channel_id: Id
  root_id: Id | ''
  message: string
  scheduled_at: number
  file_ids?: Id[]
  priority?: Priority
  metadata?: { files: FileInfo[] }
}

const PAGE = 30

export class InboxRest {
  constructor(private readonly rest: Rest) {}

  threads = (team: Id, q: { unread?: boolean; before?: Id } = {}) => {
    const asked = new URLSearchParams({ per_page: String(PAGE) })
    if (q.unread) asked.set('unread', 'true')
    if (q.before) asked.set('before', q.before)
    return this.rest.ask<ThreadList>('GET', `/users/me/teams/${team}/threads?${asked}`)
  }
  totals = (team: Id) => this.rest.ask<ThreadList>('GET', `/users/me/teams/${team}/threads?totalsOnly=true`)
  thread = (team: Id, id: Id) => this.rest.ask<ThreadItem>('GET', `/users/me/teams/${team}/threads/${id}`)
  readThreads = (team: Id) => this.rest.ask<unknown>('PUT', `/users/me/teams/${team}/threads/read`)
  unreadFrom = (team: Id, id: Id, post: Id) =>
    this.rest.ask<unknown>('POST', `/users/me/teams/${team}/threads/${id}/set_unread/${post}`)
  follow = (team: Id, id: Id, yes: boolean) =>
    this.rest.ask<unknown>(yes ? 'PUT' : 'DELETE', `/users/me/teams/${team}/threads/${id}/following`)

  scheduled = (team: Id) =>
    this.rest.ask<Record<string, ScheduledPost[] | null>>(
      'GET',
      `/posts/scheduled/team/${team}?includeDirectChannels=true`,
    )
  schedule = (p: NewScheduled) => this.rest.ask<ScheduledPost>('POST', '/posts/schedule', p)
  reschedule = (p: ScheduledPost) => this.rest.ask<ScheduledPost>('PUT', `/posts/schedule/${p.id}`, p)
  unschedule = (id: Id) => this.rest.ask<unknown>('DELETE', `/posts/schedule/${id}`)

  file = (id: Id) => this.rest.ask<FileInfo>('GET', `/files/${id}/info`)

  /** The server says it in the direct conversation with its own bot, at that second. */
  remind = (user: Id, post: Id, at: number) =>
    this.rest.ask<unknown>('POST', `/users/${user}/posts/${post}/reminder`, {
      user_id: user,
      post_id: post,
      target_time: Math.floor(at / 1000),
    })
}
