/** What the screens draw, computed from the store. */

import type { CategoryType, Channel, ChannelMember, Id, Post, Sorting, User } from '@fieldpost/api'
import { t } from '@fieldpost/words'
import { shownAs } from './attachments.ts'
import { arranged } from './categories.ts'
import { isClosed, mateOf, withRoom } from './conversations.ts'
import { JOIN_LEAVE } from './events.ts'
import { isNamedIn } from './habits.ts'
import { manner } from './manner.ts'
import type { OutboxEntry } from './outbox.ts'
import { ownName } from './remote.ts'
import type { Store } from './store.ts'
import { dayName } from './zone.ts'

export const displayName = (u: User | undefined): string => {
  if (!u) return t('common.somebody')
  const { names } = manner.value
  if (names === 'username') return ownName(u)
  const full = `${u.first_name} ${u.last_name}`.trim()
  return (names === 'full_name' ? full : u.nickname || full) || ownName(u)
}

export const isAdmin = (u: User | undefined): boolean => u?.roles.split(' ').includes('system_admin') ?? false

export const isGuest = (u: User | undefined): boolean => u?.roles.split(' ').includes('system_guest') ?? false

/** Where a thread went, by the message that it left behind. */
export function movedTo(p: Pick<Post, 'type' | 'props'>): { team: string; post: Id } | undefined {
  const link = p.type === 'system_wrangler' ? p.props['MovedThreadPermalink'] : undefined
  const m = typeof link === 'string' ? /(?:^|\/)([a-z0-9-]+)\/pl\/([a-z0-9]{26})$/.exec(link) : null
  return m ? { team: m[1] ?? '', post: m[2] ?? '' } : undefined
}

export type Row =
  | { kind: 'date'; key: string; at: number }
  | { kind: 'new'; key: string }
  | { kind: 'post'; key: string; id: Id; compact: boolean; late: boolean }
  | { kind: 'notice'; key: string; ids: readonly Id[] }
  | { kind: 'pending'; key: string; entry: OutboxEntry; compact: boolean }
  | { kind: 'begin'; key: string }
  | { kind: 'more'; key: string }

const GROUP_MS = 5 * 60_000

/** Who speaks: an account, or what posts through it under another name. */
export function voiceOf(p: Pick<Post, 'user_id' | 'props'>): string {
  const { program, name } = shownAs(p)
  return program ? `${p.user_id}/${name}` : p.user_id
}

interface RowInput {
  ids: readonly Id[]
  post: (id: Id) => Post | undefined
  key: (id: Id) => string
  late: ReadonlySet<Id>
  pending: readonly OutboxEntry[]
  newAfter: number
  me: Id
  atStart: boolean
  /** What is not to be shown. */
  hides?: (p: Post) => boolean
}

/** What is not sent yet; a message that is among those shown already has been, though the device may not have noted it. */
export const stillPending = (
  pending: readonly OutboxEntry[],
  shown: readonly Id[],
  key: (id: Id) => string,
): readonly OutboxEntry[] => {
  if (pending.length === 0) return pending
  const there = new Set(shown.map(key))
  return pending.filter(e => !there.has(e.pending_post_id))
}

/** Rows of a timeline: day lines, the new-message line, posts grouped by author, then what is not sent yet. */
export function rowsOf(i: RowInput): Row[] {
  const rows: Row[] = [i.atStart ? { kind: 'begin', key: 'begin' } : { kind: 'more', key: 'more' }]
  let day = ''
  let author = ''
  let last = 0
  let marked = i.newAfter === 0
  for (const id of i.ids) {
    const p = i.post(id)
    if (!p || i.hides?.(p)) continue
    const d = dayName(p.create_at)
    if (d !== day) {
      day = d
      author = ''
      rows.push({ kind: 'date', key: `date:${d}`, at: p.create_at })
    }
    if (!marked && p.create_at > i.newAfter && p.user_id !== i.me && !JOIN_LEAVE.has(p.type)) {
      marked = true
      author = ''
      rows.push({ kind: 'new', key: 'new' })
    }
    if (p.type.startsWith('system_') && p.type !== 'system_ephemeral') {
      const before = rows.at(-1)
      if (before?.kind === 'notice' && JOIN_LEAVE.has(p.type))
        rows[rows.length - 1] = { ...before, ids: [...before.ids, id] }
      else rows.push({ kind: 'notice', key: i.key(id), ids: [id] })
      author = ''
      continue
    }
    // What only the reader sees says so, and stands by itself.
    const alone = p.type === 'system_ephemeral'
    const compact = !alone && author === voiceOf(p) && p.create_at - last < GROUP_MS
    rows.push({ kind: 'post', key: i.key(id), id, compact, late: i.late.has(id) })
    author = alone ? '' : voiceOf(p)
    last = p.create_at
  }
  for (const entry of stillPending(i.pending, i.ids, i.key)) {
    rows.push({
      kind: 'pending',
      key: entry.pending_post_id,
      entry,
      compact: author === i.me && entry.written_at - last < GROUP_MS,
    })
    author = i.me
    last = entry.written_at
  }
  return rows
}

/** Rows of a channel. `comings`: whether its reader wants to be told who joined and left. */
export function channelRows(store: Store, channel: Id, comings = true): Row[] {
  const log = store.log(channel)
  const w = log.window.value
  if (!w) return []
  // What is deleted here takes no row, whatever the server still has.
  store.hidden.value
  return rowsOf({
    ids: w.ids,
    post: id => store.post(id).peek(),
    key: id => store.rowKey(id),
    late: log.late.value,
    pending: w.atEnd ? store.outbox.value.filter(e => e.channel_id === channel && !e.root_id) : [],
    newAfter: log.newAfter.value,
    me: store.me.value?.id ?? '',
    atStart: w.atStart,
    hides: p => !comings && JOIN_LEAVE.has(p.type) && !isNamedIn(p, store.me.value?.username ?? ''),
  })
}

export interface SidebarItem {
  id: Id
  channel: Channel
  title: string
  mate: Id | ''
  unread: boolean
  mentions: number
  muted: boolean
  path: string
}

export interface SidebarGroup {
  key: Id
  type: CategoryType
  title: string
  sorting: Sorting
  collapsed: boolean
  muted: boolean
  items: SidebarItem[]
  /** How many more there are, which are not listed. */
  more: number
}

export const unreadOf = (c: Channel, m: ChannelMember | undefined): { unread: boolean; mentions: number } => {
  if (!m) return { unread: false, mentions: 0 }
  const count = Math.max(0, c.total_msg_count_root - m.msg_count_root)
  const muted = m.notify_props['mark_unread'] === 'mention'
  const mentions = c.type === 'D' ? Math.max(count, m.mention_count) : m.mention_count
  return { unread: mentions > 0 || (count > 0 && !muted), mentions }
}

export function channelTitle(store: Store, c: Channel): string {
  const mate = mateOf(c, store.me.value?.id ?? '')
  if (mate) return displayName(store.user(mate).value) + (mate === store.me.value?.id ? ' (you)' : '')
  return c.display_name || c.name
}

export function channelPath(store: Store, team: string, c: Channel): string {
  const mate = mateOf(c, store.me.value?.id ?? '')
  const name = mate && store.user(mate).value?.username
  return name ? `/${team}/messages/@${name}` : `/${team}/channels/${c.name}`
}

/** Everything of a team that can be opened, and all conversations, the closed ones too. */
export function everyPlace(store: Store, teamId: Id): SidebarItem[] {
  const team = store.teams.value.get(teamId)
  if (!team) return []
  const items: SidebarItem[] = []
  const current = store.current.value
  for (const c of store.channels.value.values()) {
    const isDirect = c.type === 'D' || c.type === 'G'
    if (!isDirect && c.team_id !== teamId) continue
    // Of what is archived or was never used only what is on screen has a line.
    if (c.id !== current && (c.delete_at > 0 || (isDirect && c.total_msg_count === 0))) continue
    const m = store.members.value.get(c.id)
    items.push({
      id: c.id,
      channel: c,
      title: channelTitle(store, c),
      mate: mateOf(c, store.me.value?.id ?? ''),
      ...unreadOf(c, m),
      muted: m?.notify_props['mark_unread'] === 'mention',
      path: channelPath(store, team.name, c),
    })
  }
  return items
}

/** What the sidebar lists, under its headings. */
export function sidebar(store: Store, teamId: Id): SidebarGroup[] {
  if (!store.teams.value.has(teamId)) return []
  const current = store.current.value
  const open = everyPlace(store, teamId).filter(
    i => i.unread || i.id === current || !isClosed(store, i.channel),
  )
  return arranged(store.categories.value.get(teamId) ?? [], open).map(g => {
    const items = g.type === 'direct_messages' ? withRoom(store, g.items) : g.items
    return { ...g, items, more: g.items.length - items.length }
  })
}

export interface DraftPlace {
  key: string
  channel: Channel
  root: Id | ''
  text: string
}

/** Where drafts of a team and of conversations were left, by the titles of their places. */
export function draftPlaces(store: Store, teamId: Id): DraftPlace[] {
  const out: DraftPlace[] = []
  for (const key of store.drafted.value) {
    const [id = '', root = ''] = key.split(':')
    const channel = store.channels.value.get(id)
    const text = store.draft(key).value.trim()
    const here = channel && (channel.team_id === teamId || channel.team_id === '')
    if (channel && here && text) out.push({ key, channel, root, text })
  }
  const title = (d: DraftPlace) => channelTitle(store, d.channel)
  return out.sort((a, b) => title(a).localeCompare(title(b), undefined, { numeric: true }))
}

/** Mentions and unread in other teams, for the rail. */
export function teamBadge(store: Store, teamId: Id): { unread: boolean; mentions: number } {
  let unread = false
  let mentions = 0
  for (const c of store.channels.value.values()) {
    if (c.team_id !== teamId) continue
    const u = unreadOf(c, store.members.value.get(c.id))
    unread ||= u.unread
    mentions += u.mentions
  }
  return { unread, mentions }
}

export interface ReactionGroup {
  emoji: string
  count: number
  mine: boolean
  users: Id[]
}

export function reactionGroups(p: Post, me: Id): ReactionGroup[] {
  const groups = new Map<string, ReactionGroup>()
  for (const r of [...(p.metadata?.reactions ?? [])].sort((a, b) => a.create_at - b.create_at)) {
    const g = groups.get(r.emoji_name) ?? { emoji: r.emoji_name, count: 0, mine: false, users: [] }
    g.count += 1
    g.mine ||= r.user_id === me
    g.users.push(r.user_id)
    groups.set(r.emoji_name, g)
  }
  return [...groups.values()]
}

/** A name as it may stand in an address. */
export const slug = (s: string): string =>
  s
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
