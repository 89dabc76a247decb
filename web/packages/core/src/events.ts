/** Live events as small functions over the store. What an event does not carry is returned as a need. */

import type {
  Acknowledgement,
  Channel,
  ChannelMember,
  Id,
  OpenDialog,
  Post,
  Reaction,
  SocketEvent,
  Team,
  User,
} from '@fieldpost/api'
import { t } from '@fieldpost/words'
import { batch } from '@preact/signals-core'
import { withReaction } from './deed.ts'
import type { Store } from './store.ts'

export type Need =
  | { kind: 'channel'; id: Id }
  | { kind: 'team'; id: Id }
  | { kind: 'places' }
  | { kind: 'users'; ids: Id[] }
  | { kind: 'post'; id: Id }
  /** Teams between which a channel went. */
  | { kind: 'arrangements'; teams: Id[] }

interface Context {
  store: Store
  now: number
  /** Whether the reader is looking at this channel's newest messages. */
  watching: (channel: Id) => boolean
  onConfirmed: (pending: string) => void
  onNotice: (text: string) => void
  onMention: (post: Post, sender: string) => void
  onDialog: (dialog: OpenDialog) => void
}

type Handler = (e: SocketEvent, c: Context) => Need[] | undefined

const NOTHING: Need[] = []
const text = (e: SocketEvent, key: string): string => {
  const v = e.data[key]
  return typeof v === 'string' ? v : ''
}
/** Many events carry their object as JSON inside a string. */
const inner = <T>(e: SocketEvent, key: string): T | undefined => {
  const v = e.data[key]
  if (typeof v !== 'string') return undefined
  try {
    return JSON.parse(v) as T
  } catch {
    return undefined
  }
}

export const JOIN_LEAVE = new Set([
  'system_join_channel',
  'system_leave_channel',
  'system_add_to_channel',
  'system_remove_from_channel',
  'system_join_team',
  'system_leave_team',
  'system_add_to_team',
  'system_remove_from_team',
])

function posted(e: SocketEvent, c: Context): Need[] {
  const { store } = c
  const post = inner<Post>(e, 'post')
  if (!post) return NOTHING
  const me = store.me.peek()?.id
  const known = store.known(post.id) !== undefined
  const log = store.log(post.channel_id)
  batch(() => {
    if (post.pending_post_id && post.user_id === me) {
      // Written in another tab, it may come before what this one is told of it.
      if (!known) store.alias(post.id, post.pending_post_id)
    }
    store.putPosts([post])
    store.typing.value = store.typing
      .peek()
      .filter(t => t.user !== post.user_id || t.channel !== post.channel_id)
    if (post.root_id) {
      if (!known && !store.isGone(post.id)) replied(post, e, c)
    } else if (!store.isGone(post.id)) {
      if (!known && isLate(post, c)) log.late.value = new Set([...log.late.peek(), post.id])
      store.arrive(post)
    }
    if (log.fresh) store.markSynced(log, post.update_at)
    if (!known && !store.isGone(post.id)) count(post, e, c)
    // One's own was known by its answer. What others wrote before it came by events only now, and was read by writing.
    else if (known && post.user_id === me && !post.root_id) markRead(store, post.channel_id, post.create_at)
  })
  if (post.pending_post_id && post.user_id === me) c.onConfirmed(post.pending_post_id)
  // One that an answer had brought before was not counted, or may have been.
  const unsure = known && post.user_id !== me
  const here = store.channels.peek().has(post.channel_id)
  return here && !unsure ? NOTHING : [{ kind: 'channel', id: post.channel_id }]
}

/** Posts that cross within so many milliseconds are not late: each was written before the other was seen. */
export const CROSSING = 2_000

/** Whether a post is older than one that was there before it: of the newest on screen, or of the channel, which may not
 * have been opened yet. */
function isLate(post: Post, { store }: Context): boolean {
  const lastId = store.log(post.channel_id).window.peek()?.ids.at(-1)
  const last = lastId
    ? store.post(lastId).peek()?.create_at
    : store.channels.peek().get(post.channel_id)?.last_post_at
  return post.create_at < (last ?? 0) - CROSSING && post.user_id !== store.me.peek()?.id && !post.type
}

function replied(post: Post, e: SocketEvent, c: Context): void {
  const { store } = c
  const me = store.me.peek()?.id
  const root = post.root_id
  store.changeRoot(root, post.update_at, p => ({
    reply_count: p.reply_count + 1,
    last_reply_at: Math.max(p.last_reply_at, post.create_at),
    participants: p.participants?.some(u => u.id === post.user_id)
      ? p.participants
      : [...(p.participants ?? []), { id: post.user_id }],
  }))
  if (post.user_id === me) return
  const known = store.post(root).peek()
  const mine = known?.user_id === me || known?.participants?.some(u => u.id === me)
  const followed = (inner<Id[]>(e, 'followers') ?? []).includes(me ?? '')
  if (mine || followed) {
    const news = store.threadNews.peek()
    store.threadNews.value = new Map(news).set(root, (news.get(root) ?? 0) + 1)
  }
}

function count(post: Post, e: SocketEvent, c: Context): void {
  const { store } = c
  const me = store.me.peek()?.id
  const quiet = JOIN_LEAVE.has(post.type)
  const root = post.root_id ? 0 : 1
  store.changeChannel(post.channel_id, ch => ({
    last_post_at: Math.max(ch.last_post_at, post.create_at),
    total_msg_count: ch.total_msg_count + (quiet ? 0 : 1),
    total_msg_count_root: ch.total_msg_count_root + (quiet ? 0 : root),
  }))
  const seen = post.user_id === me || (c.watching(post.channel_id) && !post.root_id)
  if (seen) {
    if (root) markRead(store, post.channel_id, post.create_at)
    return
  }
  const mentions = inner<Id[]>(e, 'mentions') ?? []
  const type = store.channels.peek().get(post.channel_id)?.type ?? text(e, 'channel_type')
  const direct = type === 'D' || type === 'G'
  if (me && (mentions.includes(me) || (direct && !quiet))) {
    store.changeMember(post.channel_id, m => ({
      mention_count: m.mention_count + 1,
      mention_count_root: m.mention_count_root + root,
    }))
    c.onMention(post, text(e, 'sender_name'))
  }
}

export function markRead(store: Store, channel: Id, at: number): void {
  store.changeMember(channel, (m, ch) => ({
    msg_count: ch.total_msg_count,
    msg_count_root: ch.total_msg_count_root,
    mention_count: 0,
    mention_count_root: 0,
    last_viewed_at: Math.max(m.last_viewed_at, at),
  }))
}

const reaction =
  (add: boolean): Handler =>
  (e, { store }) => {
    const r = inner<Reaction>(e, 'reaction')
    if (r && !store.known(r.post_id)) store.log(e.broadcast.channel_id).missed()
    else if (r) applyReaction(store, r, add)
    return NOTHING
  }

export function applyReaction(store: Store, r: Reaction, add: boolean): void {
  // An answer that was given before knows nothing of it, and must not take its place.
  store.changePost(r.post_id, p => ({
    ...withReaction(p, r, add),
    update_at: Math.max(p.update_at, r.create_at),
  }))
}

const acknowledgement =
  (add: boolean): Handler =>
  (e, { store }) => {
    const a = inner<Acknowledgement>(e, 'acknowledgement')
    if (a) applyAcknowledgement(store, a, add)
    return NOTHING
  }

export function applyAcknowledgement(store: Store, a: Acknowledgement, add: boolean): void {
  store.changePost(a.post_id, p => {
    const others = (p.metadata?.acknowledgements ?? []).filter(x => x.user_id !== a.user_id)
    return { metadata: { ...p.metadata, acknowledgements: add ? [...others, a] : others } }
  })
}

/** What is said of a channel, but for its counts: the posts they count have events of their own. */
const sayAnew = (ch: Channel, old: Channel): Channel => ({
  ...ch,
  last_post_at: old.last_post_at,
  total_msg_count: old.total_msg_count,
  total_msg_count_root: old.total_msg_count_root,
})

const handlers: Record<string, Handler> = {
  posted,

  post_edited: (e, { store }) => {
    const post = inner<Post>(e, 'post')
    const log = store.log(post?.channel_id ?? '')
    // An answer on its way may still tell it as it was.
    if (post && (log.reads > 0 || store.known(post.id))) {
      store.putPosts([post])
      if (log.fresh) store.markSynced(log, post.update_at)
    }
    return NOTHING
  },

  post_deleted: (e, { store }) => {
    const post = inner<Post>(e, 'post')
    if (post) store.forget(post)
    return NOTHING
  },

  ephemeral_message: (e, { store }) => {
    const post = inner<Post>(e, 'post')
    if (!post) return NOTHING
    store.putPosts([post], false)
    store.arrive(post)
    return NOTHING
  },

  reaction_added: reaction(true),
  reaction_removed: reaction(false),

  typing: (e, { store, now }) => {
    const user = text(e, 'user_id')
    const channel = e.broadcast.channel_id
    const root = text(e, 'parent_id')
    if (!user || user === store.me.peek()?.id) return NOTHING
    const others = store.typing
      .peek()
      .filter(t => t.until > now && (t.user !== user || t.channel !== channel || t.root !== root))
    store.typing.value = [...others, { user, channel, root, until: now + 5_000 }]
    return store.knowsUser(user) ? NOTHING : [{ kind: 'users', ids: [user] }]
  },

  status_change: (e, { store }) => {
    const status = text(e, 'status')
    if (status === 'online' || status === 'away' || status === 'dnd' || status === 'offline')
      store.status(text(e, 'user_id')).value = status
    return NOTHING
  },

  user_updated: (e, { store }) => {
    const u = e.data['user'] as User | undefined
    if (!u || typeof u.id !== 'string') return NOTHING
    // Of oneself everything is told, but for what is not so.
    if (u.id === store.me.peek()?.id) store.putUsers([{ ...u, mfa_active: u.mfa_active === true }])
    else if (store.knowsUser(u.id)) store.putUsers([u])
    return NOTHING
  },

  channel_created: e => [{ kind: 'channel', id: text(e, 'channel_id') }],
  direct_added: e => [{ kind: 'channel', id: e.broadcast.channel_id }],
  group_added: e => [{ kind: 'channel', id: e.broadcast.channel_id }],
  channel_restored: e => [{ kind: 'channel', id: text(e, 'channel_id') }],
  channel_converted: e => [{ kind: 'channel', id: text(e, 'channel_id') }],

  channel_updated: (e, { store }) => {
    const ch = inner<Channel>(e, 'channel')
    if (!ch) return [{ kind: 'channel', id: text(e, 'channel_id') || e.broadcast.channel_id }]
    const before = store.channels.peek().get(ch.id)
    if (!before) return NOTHING
    store.changeChannel(ch.id, old => sayAnew(ch, old))
    if (before.team_id === ch.team_id) return NOTHING
    return [{ kind: 'arrangements', teams: [before.team_id, ch.team_id].filter(Boolean) }]
  },

  channel_deleted: (e, { store, now }) => {
    const id = text(e, 'channel_id')
    const at = e.data['delete_at']
    // What somebody is reading stays before them; it only takes no more messages.
    if (store.current.peek() === id)
      store.changeChannel(id, () => ({ delete_at: typeof at === 'number' ? at : now }))
    else store.dropChannel(id)
    return NOTHING
  },

  channel_member_updated: (e, { store }) => {
    const m = inner<ChannelMember>(e, 'channelMember')
    if (m && m.user_id === store.me.peek()?.id) store.changeMember(m.channel_id, () => m)
    return NOTHING
  },

  user_added: (e, { store }) => {
    const id = e.broadcast.channel_id
    return text(e, 'user_id') === store.me.peek()?.id && id ? [{ kind: 'channel', id }] : NOTHING
  },

  user_removed: (e, { store, onNotice }) => {
    const me = store.me.peek()?.id
    const gone = text(e, 'channel_id') || (text(e, 'user_id') === me ? e.broadcast.channel_id : '')
    const ch = store.channels.peek().get(gone)
    if (!ch || (text(e, 'user_id') && text(e, 'user_id') !== me)) return NOTHING
    store.dropChannel(gone)
    if (text(e, 'remover_id') !== me) onNotice(t('room.removed', { name: ch.display_name }))
    return NOTHING
  },

  added_to_team: () => [{ kind: 'places' }],
  leave_team: (e, { store }) => {
    if (text(e, 'user_id') === store.me.peek()?.id) store.dropTeam(text(e, 'team_id'))
    return NOTHING
  },
  update_team: (e, { store }) => {
    const t = inner<Team>(e, 'team')
    const old = t && store.teams.peek().get(t.id)
    if (t && old) store.putTeam({ ...old, ...t })
    return NOTHING
  },
  delete_team: (e, { store }) => {
    const t = inner<Team>(e, 'team')
    if (t) store.dropTeam(t.id)
    return NOTHING
  },

  multiple_channels_viewed: (e, { store }) => {
    const times = e.data['channel_times']
    if (typeof times === 'object' && times !== null)
      for (const [id, at] of Object.entries(times)) markRead(store, id, typeof at === 'number' ? at : 0)
    return NOTHING
  },

  post_unread: (e, { store }) => {
    const n = (k: string) => (typeof e.data[k] === 'number' ? e.data[k] : 0)
    store.changeMember(e.broadcast.channel_id, () => ({
      msg_count: n('msg_count'),
      msg_count_root: n('msg_count_root'),
      mention_count: n('mention_count'),
      mention_count_root: n('mention_count_root'),
      last_viewed_at: n('last_viewed_at'),
    }))
    return NOTHING
  },

  post_acknowledgement_added: acknowledgement(true),
  post_acknowledgement_removed: acknowledgement(false),

  open_dialog: (e, { onDialog }) => {
    const d = inner<OpenDialog>(e, 'dialog')
    if (d?.trigger_id && d.dialog) onDialog(d)
    return NOTHING
  },

  thread_read_changed: (e, { store }) => {
    const id = text(e, 'thread_id')
    if (id) clearThreadNews(store, id)
    return NOTHING
  },
}

export function clearThreadNews(store: Store, root: Id): void {
  const news = store.threadNews.peek()
  if (!news.has(root)) return
  const next = new Map(news)
  next.delete(root)
  store.threadNews.value = next
}

export function applyEvent(e: SocketEvent, c: Context): Need[] {
  return handlers[e.event]?.(e, c) ?? NOTHING
}
