/** What is known, as signals. Written by events, answers and the cache; read by view models and components. */
import type {
  Category,
  Channel,
  ChannelMember,
  ClientConfig,
  Id,
  Post,
  Status,
  Team,
  User,
} from '@fieldpost/api'
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals-core'
import type { LogRecord } from './db.ts'
import { asMeant, byPost, type Deed } from './deed.ts'
import type { OutboxEntry } from './outbox.ts'
import { newest } from './versions.ts'

/** A run of a channel's root posts without a hole, oldest first. */
export interface Window {
  ids: readonly Id[]
  atStart: boolean
  atEnd: boolean
}

export class ChannelLog {
  readonly window = signal<Window | undefined>(undefined)
  /** Posts that came after newer ones were already here: written elsewhere while apart. */
  readonly late = signal<ReadonlySet<Id>>(new Set())
  readonly problem = signal('')
  /** Posts written after this are new to the reader; fixed while the channel is on screen. */
  readonly newAfter = signal(0)
  /** Newest `update_at` up to which nothing is missing; 0 when the channel was never read. */
  syncedTo = 0
  /** In step with the server since the connection began. */
  fresh = false
  /** How often something was missed, or came before what it is about: a read that saw it change is done again. */
  doubts = 0
  /** Reads that are on their way. */
  reads = 0
  /** Posts that came while the newest were not shown. */
  arrived: Id[] = []
  from = Number.MAX_SAFE_INTEGER

  constructor(readonly channel: Id) {}

  /** Something may have been missed. */
  broken(): void {
    this.fresh = false
    this.doubts += 1
  }

  /** Something came about a post that an answer on its way may still tell as it was before. */
  missed(): void {
    if (this.reads > 0) this.doubts += 1
  }
}

export interface Typist {
  user: Id
  channel: Id
  root: Id | ''
  until: number
}

export type LinkState = 'online' | 'connecting' | 'offline'

const none = <V>(): ReadonlyMap<Id, V> => new Map()

export class Store {
  readonly me = signal<User | undefined>(undefined)
  readonly config = signal<ClientConfig>({})
  /** What the account chose, by `category/name`, where this client goes by it. */
  readonly preferences = signal<ReadonlyMap<string, string>>(new Map())
  readonly teams = signal(none<Team>())
  readonly channels = signal(none<Channel>())
  readonly members = signal(none<ChannelMember>())
  /** How the reader arranged each team's channels. */
  readonly categories = signal(none<readonly Category[]>())
  readonly outbox = signal<readonly OutboxEntry[]>([])
  /** What was done here and the server has not heard yet, oldest first. */
  readonly deeds = signal<readonly Deed[]>([])
  private readonly deedMap = computed(() => byPost(this.deeds.value))
  /** The posts that are deleted here and not yet at the server. */
  readonly hidden = computed(() =>
    this.deeds.value.flatMap(d => (d.act.do === 'delete' && !d.refused ? [d.act.post] : [])).join(),
  )
  readonly typing = signal<readonly Typist[]>([])
  readonly link = signal<LinkState>('connecting')
  /** The channel on screen. */
  readonly current = signal<Id>('')
  /** Replies to threads the reader takes part in, not yet looked at. */
  readonly threadNews = signal(none<number>())

  /** Where something is written that was not sent: channels, and `channel:root` for threads. */
  readonly drafted = signal<ReadonlySet<string>>(new Set())

  private readonly people = signal(0)
  private readonly userSignals = new Map<Id, Signal<User | undefined>>()
  private readonly statusSignals = new Map<Id, Signal<Status['status']>>()
  /** Posts as the server has them, and as their reader means them to be. */
  private readonly postSignals = new Map<Id, Signal<Post | undefined>>()
  private readonly meantSignals = new Map<Id, ReadonlySignal<Post | undefined>>()
  private readonly logMap = new Map<Id, ChannelLog>()
  private readonly replySignals = new Map<Id, Signal<readonly Id[]>>()
  private readonly draftSignals = new Map<string, Signal<string>>()
  /** Deleted posts and when: an answer that was given before does not bring them back. */
  private readonly gone = new Map<Id, number>()
  /** Replies whose end their root knows of. */
  private readonly discounted = new Set<Id>()
  /** Roots that events have changed a little, and of when their last whole version is. */
  private readonly whole = new Map<Id, number>()
  /** Who was looked at since the page was opened. */
  private readonly seen = new Set<Id>()
  /** Who may have changed unheard, and was not in sight since. */
  readonly unsure = new Set<Id>()
  /** Post id → the pending id under which it was first drawn, so that its row stays the same row. */
  private readonly aliases = new Map<Id, string>()

  /** What the cache has still to write. */
  readonly dirty = {
    posts: new Set<Id>(),
    gone: new Set<Id>(),
    users: new Set<Id>(),
    logs: new Set<Id>(),
    session: false,
  }
  onDirty: () => void = () => {}
  onUnknownUsers: (ids: readonly Id[]) => void = () => {}
  /** Somebody of whom changes may have been missed came into sight. */
  onUnsureUser: (id: Id) => void = () => {}

  // ---- people

  user(id: Id): Signal<User | undefined> {
    this.seen.add(id)
    if (this.unsure.delete(id)) this.onUnsureUser(id)
    let s = this.userSignals.get(id)
    if (!s) {
      s = signal<User | undefined>(undefined)
      this.userSignals.set(id, s)
      if (id) this.onUnknownUsers([id])
    }
    return s
  }

  knowsUser(id: Id): boolean {
    return this.knownUser(id) !== undefined
  }

  /** Somebody as they are known, who does not come into sight by it. */
  knownUser(id: Id): User | undefined {
    return this.userSignals.get(id)?.peek()
  }

  /** Changes may have been missed. Answers who is in sight; the others are asked for when they are. */
  doubtUsers(): Id[] {
    const me = this.me.peek()?.id
    const known = this.knownUsers().flatMap(u => (u.id === me ? [] : [u.id]))
    for (const id of known) if (!this.seen.has(id)) this.unsure.add(id)
    return known.filter(id => this.seen.has(id))
  }

  /** Everybody who is known; read as a signal, it follows newcomers. */
  knownUsers(): User[] {
    this.people.value
    return [...this.userSignals.values()].flatMap(s => s.peek() ?? [])
  }

  putUsers(users: readonly User[], remember = true): void {
    batch(() => {
      for (const u of users) {
        const s = this.userSignals.get(u.id)
        if (s?.peek()?.username !== u.username) this.people.value = this.people.peek() + 1
        if (s) s.value = u
        else this.userSignals.set(u.id, signal<User | undefined>(u))
        if (remember) this.dirty.users.add(u.id)
        if (u.id === this.me.peek()?.id) this.me.value = { ...this.me.peek(), ...u }
      }
    })
    if (remember) this.onDirty()
  }

  status(id: Id): Signal<Status['status']> {
    let s = this.statusSignals.get(id)
    if (!s) {
      s = signal<Status['status']>('offline')
      this.statusSignals.set(id, s)
    }
    return s
  }

  watchedStatuses(): Id[] {
    return [...this.statusSignals.keys()]
  }

  // ---- places

  putTeams(teams: readonly Team[]): void {
    this.teams.value = new Map(teams.filter(t => t.delete_at === 0).map(t => [t.id, t]))
    this.touchSession()
  }

  putTeam(team: Team): void {
    this.putTeams([...[...this.teams.peek().values()].filter(t => t.id !== team.id), team])
  }

  dropTeam(id: Id): void {
    batch(() => {
      this.putTeams([...this.teams.peek().values()].filter(t => t.id !== id))
      for (const c of this.channels.peek().values()) if (c.team_id === id) this.dropChannel(c.id)
    })
  }

  /** Replaces everything known about the channels of the reader. */
  putPlaces(channels: readonly Channel[], members: readonly ChannelMember[]): void {
    batch(() => {
      this.channels.value = new Map(channels.map(c => [c.id, c]))
      this.members.value = new Map(members.map(m => [m.channel_id, m]))
    })
    this.touchSession()
  }

  putChannel(c: Channel, m?: ChannelMember): void {
    batch(() => {
      this.channels.value = new Map(this.channels.peek()).set(c.id, c)
      if (m) this.members.value = new Map(this.members.peek()).set(c.id, m)
    })
    this.touchSession()
  }

  dropChannel(id: Id): void {
    const channels = new Map(this.channels.peek())
    const members = new Map(this.members.peek())
    channels.delete(id)
    members.delete(id)
    // Whoever is out of it hears nothing of it.
    this.logMap.get(id)?.broken()
    batch(() => {
      this.channels.value = channels
      this.members.value = members
    })
    this.touchSession()
  }

  changeChannel(id: Id, f: (c: Channel) => Partial<Channel>): void {
    const c = this.channels.peek().get(id)
    if (c) this.putChannel({ ...c, ...f(c) })
  }

  changeMember(id: Id, f: (m: ChannelMember, c: Channel) => Partial<ChannelMember>): void {
    const m = this.members.peek().get(id)
    const c = this.channels.peek().get(id)
    if (!m || !c) return
    this.members.value = new Map(this.members.peek()).set(id, { ...m, ...f(m, c) })
    this.touchSession()
  }

  touchSession(): void {
    this.dirty.session = true
    this.onDirty()
  }

  // ---- posts

  /** A post as its reader means it to be. */
  post(id: Id): ReadonlySignal<Post | undefined> {
    let s = this.meantSignals.get(id)
    if (!s) {
      const told = this.told(id)
      s = computed(() => asMeant(told.value, this.deedMap.value.get(id)))
      this.meantSignals.set(id, s)
    }
    return s
  }

  deedsOf(post: Id): readonly Deed[] {
    return this.deedMap.value.get(post) ?? []
  }

  /** A post as the server has it. */
  known(id: Id): Post | undefined {
    return this.told(id).peek()
  }

  private told(id: Id): Signal<Post | undefined> {
    let s = this.postSignals.get(id)
    if (!s) {
      s = signal<Post | undefined>(undefined)
      this.postSignals.set(id, s)
    }
    return s
  }

  log(channel: Id): ChannelLog {
    let l = this.logMap.get(channel)
    if (!l) {
      l = new ChannelLog(channel)
      this.logMap.set(channel, l)
    }
    return l
  }

  logs(): Iterable<ChannelLog> {
    return this.logMap.values()
  }

  restoreLogs(records: readonly LogRecord[]): void {
    for (const r of records) {
      const l = this.log(r.channel_id)
      l.from = r.from
      l.syncedTo = r.syncedTo
    }
  }

  replies(root: Id): Signal<readonly Id[]> {
    let s = this.replySignals.get(root)
    if (!s) {
      s = signal<readonly Id[]>([])
      this.replySignals.set(root, s)
    }
    return s
  }

  /** Takes posts in without placing them in a timeline. Older versions never replace newer ones. */
  putPosts(posts: readonly Post[], remember = true): void {
    const unknown = new Set<Id>()
    batch(() => {
      const threads = new Map<Id, Set<Id>>()
      for (const p of posts) {
        if (p.original_id) continue // an edit-history row
        const s = this.told(p.id)
        const old = s.peek()
        if (p.delete_at > 0) {
          this.forget(p)
          continue
        }
        if (p.update_at <= (this.gone.get(p.id) ?? -1)) continue
        const now = newest(old, p)
        if (now !== p && now === old) continue
        if (!old) this.claim(p)
        s.value = now
        this.whole.delete(p.id)
        if (!this.knowsUser(p.user_id)) unknown.add(p.user_id)
        if (remember) this.dirty.posts.add(p.id)
        if (p.root_id) {
          const set = threads.get(p.root_id) ?? new Set<Id>()
          threads.set(p.root_id, set.add(p.id))
        }
      }
      for (const [root, ids] of threads) {
        const s = this.replies(root)
        s.value = this.sorted([...new Set([...s.peek(), ...ids])])
      }
    })
    if (unknown.size > 0) this.onUnknownUsers([...unknown])
    if (remember) this.onDirty()
  }

  /**
   * One's own post that comes from the server while it still waits here: its answer was lost. Told again it does not say
   * under which pending id it was sent, so the text must do.
   */
  private claim(p: Post): void {
    if (p.pending_post_id || p.user_id !== this.me.peek()?.id) return
    if (p.create_at <= this.log(p.channel_id).syncedTo || this.aliases.has(p.id)) return
    const taken = new Set(this.aliases.values())
    const entry = this.outbox
      .peek()
      .find(
        e =>
          e.tried &&
          !e.refused &&
          e.channel_id === p.channel_id &&
          e.root_id === p.root_id &&
          e.message === p.message &&
          !taken.has(e.pending_post_id),
      )
    if (entry) this.alias(p.id, entry.pending_post_id)
  }

  /** Whether the post was here and is deleted. */
  isGone(id: Id): boolean {
    return this.gone.has(id)
  }

  /** Changes a root by what happened in its thread, unless it was told as it is since then. */
  changeRoot(id: Id, at: number, f: (p: Post) => Partial<Post>): void {
    const p = this.known(id)
    if (!p) return
    const whole = this.whole.get(id) ?? p.update_at
    if (whole >= at) return
    this.changePost(id, x => ({ ...f(x), update_at: Math.max(x.update_at, at) }))
    this.whole.set(id, whole)
  }

  /** Removes a deleted post, and its replies with it. `told`: the server said so, and not only that it heard us. */
  forget(p: Post, told = true): void {
    this.gone.set(p.id, Math.max(p.update_at, p.delete_at, this.gone.get(p.id) ?? 0))
    if (p.root_id && told && !this.discounted.has(p.id)) {
      this.discounted.add(p.id)
      this.changeRoot(p.root_id, p.update_at, r => ({ reply_count: Math.max(0, r.reply_count - 1) }))
    }
    batch(() => {
      const s = this.told(p.id)
      if (s.peek()) s.value = undefined
      this.dirty.posts.delete(p.id)
      this.dirty.gone.add(p.id)
      if (p.root_id) {
        const r = this.replies(p.root_id)
        if (r.peek().includes(p.id)) r.value = r.peek().filter(id => id !== p.id)
      } else {
        const l = this.log(p.channel_id)
        const w = l.window.peek()
        if (w?.ids.includes(p.id)) l.window.value = { ...w, ids: w.ids.filter(id => id !== p.id) }
      }
    })
    this.onDirty()
  }

  private sorted(ids: Id[]): Id[] {
    const at = (id: Id) => this.known(id)?.create_at ?? 0
    return ids.sort((a, b) => at(a) - at(b) || (a < b ? -1 : 1))
  }

  /** Puts root posts into a channel's window, in place. Returns the ones that were not there. */
  place(channel: Id, posts: readonly Post[], bounds: Partial<Window> = {}): Id[] {
    const l = this.log(channel)
    const w = l.window.peek() ?? { ids: [], atStart: false, atEnd: true }
    const have = new Set(w.ids)
    const fresh = posts
      .filter(p => !p.root_id && !p.original_id && p.delete_at === 0 && !have.has(p.id))
      .map(p => p.id)
    const lastId = w.ids.at(-1)
    const next = fresh[0]
    const last = lastId ? (this.known(lastId)?.create_at ?? 0) : 0
    // The usual case, one post at the end, must not sort thousands.
    const appended = fresh.length === 1 && next && (this.known(next)?.create_at ?? 0) > last
    const ids = fresh.length === 0 ? w.ids : appended ? [...w.ids, next] : this.sorted([...w.ids, ...fresh])
    l.window.value = { ...w, ...bounds, ids }
    this.markSynced(l)
    this.takeArrived(l)
    return fresh
  }

  /** Puts a post that has just come into its place. Older than all that is shown, it comes with its neighbours. */
  arrive(p: Post): void {
    const l = this.log(p.channel_id)
    const w = l.window.peek()
    const first = this.known(w?.ids[0] ?? '')
    if (!w?.atEnd) {
      if (w || l.reads > 0) l.arrived.push(p.id)
    } else if (w.atStart || !first || p.create_at >= first.create_at) this.place(p.channel_id, [p])
  }

  /** What came while the newest were not shown belongs to them. */
  private takeArrived(l: ChannelLog): void {
    if (l.arrived.length === 0 || !l.window.peek()?.atEnd) return
    const posts = l.arrived.flatMap(id => this.known(id) ?? [])
    l.arrived = []
    for (const p of posts) this.arrive(p)
  }

  replaceWindow(channel: Id, posts: readonly Post[], bounds: Omit<Window, 'ids'>): void {
    const l = this.log(channel)
    const roots = posts.filter(p => !p.root_id && !p.original_id && p.delete_at === 0)
    l.window.value = { ...bounds, ids: this.sorted(roots.map(p => p.id)) }
    l.from = Number.MAX_SAFE_INTEGER
    this.markSynced(l)
    this.takeArrived(l)
  }

  /** Notes how far back, and up to when, the cache holds the channel without a hole. */
  markSynced(l: ChannelLog, updateAt = 0): void {
    const w = l.window.peek()
    const first = w?.ids[0]
    if (w?.atEnd && first) {
      const at = this.known(first)?.create_at
      if (at !== undefined && at < l.from) l.from = at
    }
    if (updateAt > l.syncedTo) l.syncedTo = updateAt
    this.dirty.logs.add(l.channel)
    this.onDirty()
  }

  /** What is not on the device any more must not be counted on. */
  letGo(channels: readonly Id[]): void {
    for (const id of channels) {
      const l = this.log(id)
      const shown = id === this.current.peek() ? l.window.peek() : undefined
      if (shown) {
        for (const post of shown.ids) this.dirty.posts.add(post)
        this.dirty.logs.add(id)
        this.onDirty()
        continue
      }
      l.window.value = undefined
      l.syncedTo = 0
      l.fresh = false
      l.from = Number.MAX_SAFE_INTEGER
      this.dirty.logs.delete(id)
    }
  }

  changePost(id: Id, f: (p: Post) => Partial<Post>): void {
    const s = this.told(id)
    const p = s.peek()
    if (!p) return
    s.value = { ...p, ...f(p) }
    this.dirty.posts.add(id)
    this.onDirty()
  }

  alias(post: Id, pending: string): void {
    this.aliases.set(post, pending)
  }

  rowKey(post: Id): string {
    return this.aliases.get(post) ?? post
  }

  // ---- drafts

  draft(key: string): Signal<string> {
    let s = this.draftSignals.get(key)
    if (!s) {
      s = signal('')
      this.draftSignals.set(key, s)
    }
    return s
  }

  /** Takes up or drops what was written under `key` from the list of drafts. */
  noteDraft(key: string): void {
    const has = this.draft(key).peek().trim() !== ''
    if (has === this.drafted.peek().has(key)) return
    const next = new Set(this.drafted.peek())
    if (has) next.add(key)
    else next.delete(key)
    this.drafted.value = next
  }

  /** Forgets everything about a person: another may sit down here. */
  reset(): void {
    batch(() => {
      this.me.value = undefined
      this.teams.value = none()
      this.channels.value = none()
      this.members.value = none()
      this.categories.value = none()
      this.outbox.value = []
      this.deeds.value = []
      this.typing.value = []
      this.current.value = ''
      this.threadNews.value = none()
      this.drafted.value = new Set()
    })
    this.userSignals.clear()
    this.statusSignals.clear()
    this.postSignals.clear()
    this.meantSignals.clear()
    this.logMap.clear()
    this.replySignals.clear()
    this.draftSignals.clear()
    this.aliases.clear()
    this.gone.clear()
    this.discounted.clear()
    this.whole.clear()
    this.seen.clear()
    this.unsure.clear()
    this.dirty.posts.clear()
    this.dirty.gone.clear()
    this.dirty.users.clear()
    this.dirty.logs.clear()
    this.dirty.session = false
  }
}
