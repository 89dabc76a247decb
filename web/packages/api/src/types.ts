/** The wire shapes this client reads. Fields it does not use are left out. */
import type { PeerState } from './links.ts'

export type Id = string

export interface User {
  id: Id
  username: string
  email?: string
  nickname: string
  first_name: string
  last_name: string
  position: string
  roles: string
  delete_at: number
  update_at: number
  remote_id?: string | null
  is_bot?: boolean
  last_picture_update?: number
  notify_props?: Record<string, string>
}

export interface Team {
  id: Id
  name: string
  display_name: string
  description: string
  type: 'O' | 'I'
  delete_at: number
  invite_id?: string
  allow_open_invite?: boolean
}

export type ChannelType = 'O' | 'P' | 'D' | 'G'

export interface Channel {
  id: Id
  team_id: Id
  type: ChannelType
  name: string
  display_name: string
  header: string
  purpose: string
  delete_at: number
  update_at: number
  last_post_at: number
  total_msg_count: number
  total_msg_count_root: number
  last_root_post_at?: number
  shared?: boolean | null
}

export interface ChannelMember {
  channel_id: Id
  user_id: Id
  roles: string
  last_viewed_at: number
  msg_count: number
  msg_count_root: number
  mention_count: number
  mention_count_root: number
  notify_props: Record<string, string>
}

export interface FileInfo {
  id: Id
  name: string
  extension: string
  size: number
  mime_type: string
  width: number
  height: number
  has_preview_image: boolean
  mini_preview?: string | null
}

export interface Reaction {
  user_id: Id
  post_id: Id
  emoji_name: string
  create_at: number
}

export interface PostMetadata {
  files?: FileInfo[]
  reactions?: Reaction[]
}

export interface Post {
  id: Id
  create_at: number
  update_at: number
  edit_at: number
  delete_at: number
  is_pinned: boolean
  user_id: Id
  channel_id: Id
  root_id: Id | ''
  original_id: Id | ''
  message: string
  type: string
  props: Record<string, unknown>
  pending_post_id: string
  remote_id?: string
  reply_count: number
  last_reply_at: number
  participants: { id: Id }[] | null
  has_reactions?: boolean
  file_ids?: Id[]
  metadata?: PostMetadata
}

export interface PostList {
  order: Id[]
  posts: Record<Id, Post>
  next_post_id: string
  prev_post_id: string
  has_next?: boolean
}

export interface NewPost {
  channel_id: Id
  message: string
  root_id?: Id | ''
  pending_post_id: string
  file_ids?: Id[]
}

export interface Preference {
  user_id: Id
  category: string
  name: string
  value: string
}

export interface Status {
  user_id: Id
  status: 'online' | 'away' | 'dnd' | 'offline'
}

export interface ThreadItem {
  id: Id
  reply_count: number
  last_reply_at: number
  last_viewed_at: number
  unread_replies: number
  unread_mentions: number
  post: Post
}

export interface ThreadList {
  total: number
  total_unread_threads: number
  total_unread_mentions: number
  threads: ThreadItem[] | null
}

/** How old what comes from another site is. */
export interface Freshness {
  site: string
  state: PeerState
  /** 0 when there never was any. */
  last_contact: number
}

/** What a slash command answers; where the client goes, if anywhere. */
export interface CommandAnswer {
  goto_location: string
}

/** A slash command that is suggested. */
export interface Command {
  trigger: string
  auto_complete_hint: string
  auto_complete_desc: string
}

export type ClientConfig = Readonly<Record<string, string | undefined>>

export interface ErrorEnvelope {
  id: string
  message: string
  status_code: number
}
