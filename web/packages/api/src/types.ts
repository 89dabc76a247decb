/** The wire shapes this client reads. Fields it does not use are left out. */
import type { PeerState } from './links.ts'

export type Id = string

export interface User {
  id: Id
  username: string
  email?: string
  /** What vouches for the password, if not this server. */
  auth_service?: string
  nickname: string
  first_name: string
  last_name: string
  position: string
  roles: string
  /** The language they chose; said of oneself. */
  locale?: string
  delete_at: number
  update_at: number
  remote_id?: string | null
  is_bot?: boolean
  /** Said of oneself only. */
  mfa_active?: boolean
  last_picture_update?: number
  notify_props?: Record<string, string>
  props?: Record<string, string> | null
  timezone?: Record<string, string> | null
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
  /** Left out by what is only told in passing. */
  create_at?: number
  creator_id?: Id
  delete_at: number
  update_at: number
  last_post_at: number
  total_msg_count: number
  total_msg_count_root: number
  last_root_post_at?: number
  shared?: boolean | null
  /** Whether this site only reads it: another has said who writes in it. */
  read_only?: boolean
  banner_info?: Banner | null
}

/** The line above the messages of a channel. Its text is Markdown. */
export interface Banner {
  enabled?: boolean
  text?: string
  background_color?: string
}

export interface ChannelMember {
  channel_id: Id
  user_id: Id
  roles: string
  scheme_admin?: boolean
  scheme_guest?: boolean
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
  /** The site where it was uploaded; empty for files of this site. */
  remote_id?: string | null
}

export interface Reaction {
  user_id: Id
  post_id: Id
  emoji_name: string
  create_at: number
}

/** What an address in a message leads to, as the server found it. */
export interface Embed {
  type: string
  url?: string
  data?: unknown
}

export interface PictureSize {
  width: number
  height: number
}

export interface Priority {
  priority: '' | 'important' | 'urgent'
  requested_ack?: boolean | null
  /** Whoever is mentioned is told again and again until somebody of them reacts. */
  persistent_notifications?: boolean | null
  /** Of what is urgent: it goes before everything else over links. */
  flash?: boolean
}

export interface Acknowledgement {
  user_id: Id
  post_id: Id
  acknowledged_at: number
}

export interface PostMetadata {
  files?: FileInfo[]
  reactions?: Reaction[]
  embeds?: Embed[]
  images?: Record<string, PictureSize>
  priority?: Priority | null
  acknowledgements?: Acknowledgement[]
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
  is_following?: boolean | null
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
  metadata?: { priority: Priority }
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
  /** When not being disturbed ends, in seconds. */
  dnd_end_time?: number
}

export interface ThreadItem {
  id: Id
  reply_count: number
  last_reply_at: number
  last_viewed_at: number
  unread_replies: number
  unread_mentions: number
  is_urgent?: boolean
  delete_at?: number
  participants?: { id: Id }[] | null
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
  /** Bits a second, while a thin link is all there is to it. */
  rate?: number
}

/** Whether another site is known to have a message. */
export interface Arrival {
  site: string
  there: boolean
}

/** Where a message is that was written at one's own site. */
export interface Whereabouts {
  post_id: Id
  /** Those that share its channel. */
  sites: Arrival[]
}

/** What a slash command or a button answers: where the client goes, if anywhere, and what may open a dialog. */
export interface CommandAnswer {
  goto_location?: string
  trigger_id?: string
}

export interface Choice {
  text: string
  value: string
}

/** A question of an interactive dialog. */
export interface DialogElement {
  name: string
  display_name: string
  type: string
  subtype?: string
  default?: string
  placeholder?: string
  help_text?: string
  optional?: boolean
  min_length?: number
  max_length?: number
  data_source?: string
  data_source_url?: string
  multiselect?: boolean
  options?: Choice[] | null
}

export interface DialogForm {
  callback_id?: string
  title: string
  introduction_text?: string
  elements?: DialogElement[] | null
  submit_label?: string
  notify_on_cancel?: boolean
  state?: string
}

/** A dialog that an integration opens for whoever gave it the trigger. */
export interface OpenDialog {
  trigger_id: string
  url: string
  dialog: DialogForm
}

export type Submission = Record<string, string | boolean | string[]>

export interface DialogAnswer {
  error?: string
  errors?: Record<string, string> | null
  type?: string
  form?: DialogForm
}

/** A slash command that is suggested. */
export interface Command {
  trigger: string
  auto_complete_hint: string
  auto_complete_desc: string
}

/** People who are mentioned by one name. */
export interface Group {
  id: Id
  name: string
  display_name: string
  description: string
  delete_at: number
  allow_reference?: boolean
  member_count?: number
}

export interface CustomEmoji {
  id: Id
  name: string
  creator_id: Id
  delete_at?: number
}

/** A link or file that a channel keeps at hand. */
export interface Bookmark {
  id: Id
  channel_id: Id
  owner_id: Id
  display_name: string
  sort_order: number
  type: 'link' | 'file'
  link_url?: string
  image_url?: string
  emoji?: string
  file_id?: Id
  file?: FileInfo
}

export type ClientConfig = Readonly<Record<string, string | undefined>>

export interface ErrorEnvelope {
  id: string
  message: string
  status_code: number
}
