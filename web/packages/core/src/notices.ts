/** Whether a message is worth an interruption, by what the server told of it and what the reader chose. */

import type { ChannelMember, Id, Post, SocketEvent, Status, User } from '@fieldpost/api'
import { t } from '@fieldpost/words'
import { shownAs } from './attachments.ts'
import { plain } from './markdown.ts'
import type { Context } from './platform.ts'
import type { Store } from './store.ts'
import { channelTitle, displayName } from './views.ts'

/** What the decision rests on. */
export interface NoticeFacts {
  me: User
  member: ChannelMember | undefined
  status: Status['status'] | 'ooo'
  /** Said by the event, for each recipient of its own. */
  mentioned: boolean
  followed: boolean
  /** Whether replies are kept out of channels. */
  collapsed: boolean
}

/** What somebody chose for a channel, or else for everywhere. */
export function levelOf(name: string, me: User | undefined, member: ChannelMember | undefined): string {
  const here = member?.notify_props?.[name]
  return here && here !== 'default' ? here : (me?.notify_props?.[name] ?? 'mention')
}

export const isMuted = (m: ChannelMember | undefined): boolean =>
  m?.notify_props?.['mark_unread'] === 'mention'

/** Whether the reader is to be told, wherever they are looking. Answers why not, or nothing if they are. */
export function silence(post: Post, f: NoticeFacts): string {
  if (post.user_id === f.me.id && !shownAs(post).program) return 'own'
  if (post.props?.['force_notification']) return ''
  if (isMuted(f.member)) return 'muted'
  if (f.status === 'dnd' || f.status === 'ooo') return 'not to be disturbed'
  const level = levelOf('desktop', f.me, f.member)
  if (level === 'none') return 'declined'
  if (f.mentioned || f.followed) return ''
  // Somebody who came or went is news in the channel, but no interruption.
  if (post.type.startsWith('system_')) return 'system'
  if (post.root_id && f.collapsed) return 'a thread'
  return level === 'all' ? '' : 'not concerned'
}

/** What is shown of a message outside the page. */
export interface Told {
  post: Id
  channel: Id
  root: Id | ''
  at: number
  title: string
  text: string
  /** Where a press on it leads. */
  path: string
  sound: boolean
}

const ids = (e: SocketEvent, key: string): readonly string[] => {
  const raw = e.data[key]
  if (typeof raw !== 'string') return []
  try {
    const list: unknown = JSON.parse(raw)
    return Array.isArray(list) ? list.filter(x => typeof x === 'string') : []
  } catch {
    return []
  }
}
const word = (e: SocketEvent, key: string): string => {
  const v = e.data[key]
  return typeof v === 'string' ? v : ''
}

function titleOf(store: Store, post: Post, e: SocketEvent): string {
  const user = store.user(post.user_id).peek()
  const sender = shownAs(post).name || (user ? displayName(user) : word(e, 'sender_name').replace(/^@/, ''))
  const c = store.channels.peek().get(post.channel_id)
  const direct = (c?.type ?? word(e, 'channel_type')) === 'D'
  if (direct) return post.root_id ? t('notice.thread', { name: sender }) : sender
  const place = c ? channelTitle(store, c) : word(e, 'channel_display_name')
  return t(post.root_id ? 'notice.placeThread' : 'notice.place', { name: sender, place })
}

const MOST = 240

function textOf(post: Post): string {
  const text = plain(post.message).trim()
  if (text) return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text
  return (post.file_ids ?? []).length > 0 ? t('notice.file') : t('notice.noWords')
}

const TELLING = new Set(['posted', 'persistent_notification_triggered'])

export class Notices {
  onTell: (t: Told) => void = () => {}

  constructor(private readonly c: Context) {}

  private facts(e: SocketEvent, post: Post, me: User): NoticeFacts {
    const { store } = this.c
    return {
      me,
      member: store.members.peek().get(post.channel_id),
      status: store.status(me.id).peek(),
      mentioned: ids(e, 'mentions').includes(me.id),
      followed: ids(e, 'followers').includes(me.id),
      collapsed: store.config.peek()['CollapsedThreads'] !== 'disabled',
    }
  }

  heard(e: SocketEvent): void {
    const { store } = this.c
    const me = store.me.peek()
    if (!me || !TELLING.has(e.event)) return
    let post: Post
    try {
      post = JSON.parse(word(e, 'post')) as Post
    } catch {
      return
    }
    if (silence(post, this.facts(e, post, me)) !== '') return
    const team = store.channels.peek().get(post.channel_id)?.team_id || word(e, 'team_id')
    const name = store.teams.peek().get(team)?.name ?? [...store.teams.peek().values()][0]?.name
    this.onTell({
      post: post.id,
      channel: post.channel_id,
      root: post.root_id,
      at: post.create_at,
      title: titleOf(store, post, e),
      text: textOf(post),
      path: name ? `/${name}/pl/${post.id}` : '/',
      sound: me.notify_props?.['desktop_sound'] !== 'false',
    })
  }

  reset(): void {}
}
