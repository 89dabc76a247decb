/** One person at one server: boot from the cache, sign in, follow the live connection, send what waits. */
import {
  ApiError,
  type Channel,
  type ChannelMember,
  type ClientConfig,
  type FileInfo,
  type Id,
  type Post,
  type Rest,
  type Socket,
  type Team,
  type User,
} from '@fieldpost/api'
import { batch, signal } from '@preact/signals-core'
import type { Db } from './db.ts'
import { applyEvent, applyReaction, clearThreadNews, markRead, type Need } from './events.ts'
import { Outbox } from './outbox.ts'
import { type ChannelLog, Store } from './store.ts'

export type Phase = 'starting' | 'signed-out' | 'ready'

export interface Platform {
  rest: Rest
  socket: Socket
  db: Db
  now: () => number
  setTimeout: (f: () => void, ms: number) => number
  clearTimeout: (handle: number) => void
  lock: (name: string, f: () => Promise<void>) => Promise<void>
  /** Whether the page is in front of somebody. */
  visible: () => boolean
  /** Clears what the platform keeps besides the database (file previews). */
  wipe: () => Promise<void>
}

interface Snapshot {
  me: User
  config: ClientConfig
  teams: Team[]
  channels: Channel[]
  members: ChannelMember[]
}

export interface Notice {
  id: number
  text: string
  tone: 'info' | 'error'
}

const PAGE = 60
const SINCE_CAP = 1000
const CACHED_ROWS = 200
const SAVE_MS = 300

export class Client {
  readonly store = new Store()
  readonly phase = signal<Phase>('starting')
  readonly notices = signal<readonly Notice[]>([])
  readonly sessionEnded = signal(false)
  onMention: (post: Post, sender: string) => void = () => {}
  /** The reader is at the newest messages of this channel. */
  atBottom = false

  private readonly outbox: Outbox
  private readonly wantUsers = new Set<Id>()
  private userTimer = 0
  private saveTimer = 0
  private flushTimer = 0
  private flushPause = 2_000
  private viewTimer = 0
  private statusTimer = 0
  private typedAt = 0
  private lastPending = 0
  private noticeSeq = 0
  private everOnline = false
  /** The lists of places were read from the server since the page was opened. */
  private entered = false
  private readonly syncing = new Map<Id, Promise<void>>()

  constructor(private readonly p: Platform) {
    const { store } = this
    store.onDirty = () => this.saveSoon()
    store.onUnknownUsers = ids => this.want(ids)
    this.outbox = new Outbox({
      db: p.db,
      create: post => p.rest.createPost(post),
      lock: p.lock,
      onChange: entries => {
        store.outbox.value = entries
      },
      onSent: (entry, post) =>
        batch(() => {
          store.alias(post.id, entry.pending_post_id)
          this.takeOwn(post)
        }),
      onSessionLost: () => this.lostSession(),
    })
    p.rest.onReachable = there => {
      if (there) p.socket.hurry()
      else if (p.socket.state !== 'open') store.link.value = 'offline'
    }
    p.socket.onState = state => {
      if (state === 'open') {
        this.everOnline = true
        store.link.value = 'online'
        this.flushSoon(0)
      } else if (state === 'waiting') store.link.value = 'offline'
      else if (state === 'connecting' && !this.everOnline) store.link.value = 'connecting'
    }
    p.socket.onFresh = first => {
      // Between the last answer and this moment something may have been said.
      for (const l of store.logs()) l.fresh = false
      if (first && this.entered) {
        const current = store.current.peek()
        if (current) void this.quietly(() => this.syncChannel(current))
      } else void this.resync()
    }
    p.socket.onEvent = e => {
      const needs = applyEvent(e, {
        store,
        now: p.now(),
        watching: channel => this.watching(channel),
        onConfirmed: pending => void this.outbox.confirmed(pending),
        onNotice: text => this.notice(text),
        onMention: (post, sender) => this.onMention(post, sender),
      })
      if (e.event === 'posted' && this.watching(e.broadcast.channel_id)) this.viewSoon(e.broadcast.channel_id)
      for (const n of needs) void this.meet(n)
    }
  }

  get rest(): Rest {
    return this.p.rest
  }

  notice(text: string, tone: Notice['tone'] = 'info'): void {
    const n = { id: ++this.noticeSeq, text, tone }
    this.notices.value = [...this.notices.peek().slice(-3), n]
    this.p.setTimeout(() => this.dismiss(n.id), 6_000)
  }

  dismiss(id: number): void {
    this.notices.value = this.notices.peek().filter(n => n.id !== id)
  }

  // ---- beginning and end

  /** `signedIn`: a session cookie is there. Opens from the cache first, the server second. */
  async boot(signedIn: boolean): Promise<void> {
    const { store, p } = this
    const snapshot = (await p.db.session().catch(() => undefined)) as Snapshot | undefined
    if (snapshot && signedIn) {
      await this.restore(snapshot)
      this.phase.value = 'ready'
    }
    const config = p.rest.config().then(c => {
      store.config.value = c
    })
    if (!signedIn) {
      await config.catch(() => {
        store.link.value = 'offline'
      })
      this.phase.value = 'signed-out'
      return
    }
    try {
      const me = await p.rest.me()
      if (snapshot && snapshot.me.id !== me.id) await this.forgetEverything()
      await this.enter(me)
    } catch (error) {
      if (error instanceof ApiError && error.sessionLost) this.lostSession()
      else {
        store.link.value = 'offline'
        if (!snapshot) this.phase.value = 'signed-out'
        else p.socket.start()
      }
    }
    await config.catch(() => {})
  }

  private async restore(s: Snapshot): Promise<void> {
    const { store, p } = this
    const [users, logs, drafts] = await Promise.all([p.db.users(), p.db.logs(), p.db.drafts()])
    batch(() => {
      store.me.value = s.me
      store.config.value = s.config
      store.putUsers(users, false)
      store.putTeams(s.teams)
      store.putPlaces(s.channels, s.members)
      store.restoreLogs(logs)
      for (const d of drafts) store.draft(d.key).value = d.text
    })
    await this.outbox.load(s.me.id)
  }

  async login(id: string, password: string, mfa = ''): Promise<void> {
    const me = await this.p.rest.login(id, password, mfa)
    const kept = (await this.p.db.session()) as Snapshot | undefined
    if (kept && kept.me.id !== me.id) await this.forgetEverything()
    else if (kept) await this.restore(kept)
    this.sessionEnded.value = false
    await this.enter(me)
  }

  async signUp(u: { email: string; username: string; password: string }): Promise<void> {
    await this.p.rest.createUser(u)
    await this.login(u.username, u.password)
  }

  private async enter(me: User): Promise<void> {
    const { store, p } = this
    store.me.value = me
    store.putUsers([me])
    await this.outbox.load(me.id)
    await this.loadPlaces()
    this.entered = true
    this.phase.value = 'ready'
    p.socket.start()
    p.rest.config().then(
      c => {
        store.config.value = c
        store.touchSession()
      },
      () => {},
    )
    this.pollStatuses()
    const current = store.current.peek()
    if (current) await this.openChannel(current)
  }

  get unsent(): number {
    return this.store.outbox.peek().length
  }

  async logout(): Promise<void> {
    await this.p.rest.logout().catch(() => {})
    await this.forgetEverything()
    this.p.socket.stop()
    this.phase.value = 'signed-out'
  }

  private async forgetEverything(): Promise<void> {
    this.p.clearTimeout(this.saveTimer)
    this.saveTimer = 0
    this.outbox.clear()
    this.entered = false
    this.store.reset()
    await this.p.db.wipe()
    await this.p.wipe().catch(() => {})
  }

  private lostSession(): void {
    this.p.socket.stop()
    this.sessionEnded.value = this.store.me.peek() !== undefined
    this.phase.value = 'signed-out'
  }

  // ---- places

  private async loadPlaces(): Promise<void> {
    const { rest } = this.p
    const teams = await rest.myTeams()
    const lists = await Promise.all(
      teams.map(t => Promise.all([rest.myChannels(t.id), rest.myChannelMembers(t.id)])),
    )
    batch(() => {
      this.store.putTeams(teams)
      this.store.putPlaces(
        lists.flatMap(l => l[0]).filter(c => c.delete_at === 0),
        lists.flatMap(l => l[1]),
      )
    })
    const me = this.store.me.peek()?.id ?? ''
    const mates = lists
      .flatMap(l => l[0])
      .flatMap(c => (c.type === 'D' ? c.name.split('__') : []))
      .filter(id => id !== me && id.length > 0)
    this.want(mates)
  }

  private async resync(): Promise<void> {
    await this.quietly(async () => {
      await this.loadPlaces()
      this.entered = true
      const current = this.store.current.peek()
      if (current) await this.syncChannel(current)
      this.pollStatuses()
    })
    this.flushSoon(0)
  }

  private async meet(n: Need): Promise<void> {
    const { rest } = this.p
    await this.quietly(async () => {
      switch (n.kind) {
        case 'channel':
          if (n.id) await this.learnChannel(n.id)
          break
        case 'team':
        case 'places':
          await this.loadPlaces()
          break
        case 'users':
          this.want(n.ids)
          break
        case 'post':
          this.store.putPosts([await rest.post(n.id)])
      }
    })
  }

  private async learnChannel(id: Id): Promise<Channel> {
    const me = this.store.me.peek()?.id ?? ''
    const [c, m] = await Promise.all([
      this.p.rest.channel(id),
      this.p.rest.myMember(id).catch((e: unknown) => {
        if (e instanceof ApiError && e.kind === 'refused') return undefined
        throw e
      }),
    ])
    if (m) {
      this.store.putChannel(c, m)
      if (c.type === 'D') this.want(c.name.split('__').filter(x => x !== me))
    }
    return c
  }

  /** Errors of background work: an offline server is shown by the connection, not by a message. */
  private async quietly(f: () => Promise<void>): Promise<void> {
    try {
      await f()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.sessionLost) this.lostSession()
    }
  }

  async createTeam(display_name: string, name: string): Promise<Team> {
    const t = await this.p.rest.createTeam({ name, display_name, type: 'O' })
    await this.loadPlaces()
    return t
  }

  async joinTeam(team: Id): Promise<void> {
    await this.p.rest.addTeamMember(team, this.store.me.peek()?.id ?? '')
    await this.loadPlaces()
  }

  async joinTeamByName(name: string): Promise<Team> {
    const t = await this.p.rest.teamByName(name)
    await this.joinTeam(t.id)
    return t
  }

  async createChannel(team: Id, display_name: string, name: string, type: 'O' | 'P'): Promise<Channel> {
    const c = await this.p.rest.createChannel({ team_id: team, display_name, name, type })
    return this.learnChannel(c.id)
  }

  async joinChannel(id: Id): Promise<Channel> {
    await this.p.rest.addChannelMember(id, this.store.me.peek()?.id ?? '')
    return this.learnChannel(id)
  }

  async leaveChannel(id: Id): Promise<void> {
    await this.p.rest.leaveChannel(id, this.store.me.peek()?.id ?? '')
    this.store.dropChannel(id)
  }

  async openDirect(user: Id): Promise<Channel> {
    const me = this.store.me.peek()?.id ?? ''
    const known = [...this.store.channels.peek().values()].find(
      c => c.type === 'D' && (c.name === `${me}__${user}` || c.name === `${user}__${me}`),
    )
    if (known) return known
    const c = await this.p.rest.direct(me, user)
    return this.learnChannel(c.id)
  }

  // ---- people

  private want(ids: readonly Id[]): void {
    for (const id of ids) if (id && !this.store.knowsUser(id)) this.wantUsers.add(id)
    if (this.wantUsers.size === 0 || this.userTimer) return
    this.userTimer = this.p.setTimeout(() => {
      this.userTimer = 0
      const batchIds = [...this.wantUsers].slice(0, 100)
      for (const id of batchIds) this.wantUsers.delete(id)
      void this.quietly(async () => this.store.putUsers(await this.p.rest.usersByIds(batchIds)))
      if (this.wantUsers.size > 0) this.want([])
    }, 20)
  }

  private pollStatuses(): void {
    this.p.clearTimeout(this.statusTimer)
    const ids = this.store.watchedStatuses().slice(0, 200)
    const next = () => {
      this.statusTimer = this.p.setTimeout(() => this.pollStatuses(), ids.length === 0 ? 5_000 : 60_000)
    }
    if (this.phase.peek() !== 'ready') return
    if (ids.length === 0 || this.store.link.peek() !== 'online' || !this.p.visible()) return next()
    this.p.rest.statuses(ids).then(
      list => {
        batch(() => {
          for (const s of list) this.store.status(s.user_id).value = s.status
        })
        next()
      },
      (e: unknown) => {
        if (!(e instanceof ApiError && e.notBuilt)) next()
      },
    )
  }

  // ---- reading

  private watching(channel: Id): boolean {
    return this.atBottom && channel === this.store.current.peek() && this.p.visible()
  }

  /** Brings a channel on screen: from the cache at once, then what was missed. */
  async openChannel(id: Id): Promise<void> {
    const { store } = this
    const log = store.log(id)
    if (store.current.peek() !== id) {
      const left = store.current.peek()
      if (left) store.log(left).late.value = new Set()
      store.current.value = id
      log.newAfter.value = store.members.peek().get(id)?.last_viewed_at ?? 0
      this.atBottom = true
    }
    if (!log.window.peek()) await this.fromCache(log)
    await this.quietly(() => this.syncChannel(id))
    if (this.atBottom) this.viewSoon(id)
  }

  private async fromCache(log: ChannelLog): Promise<void> {
    if (log.syncedTo === 0) return
    const posts = await this.p.db.roots(log.channel, log.from, Number.MAX_VALUE, CACHED_ROWS)
    if (log.window.peek() || posts.length === 0) return
    this.store.putPosts(posts, false)
    this.store.place(log.channel, posts, { atStart: false, atEnd: true })
  }

  private syncChannel(id: Id): Promise<void> {
    const running = this.syncing.get(id)
    if (running) return running
    const log = this.store.log(id)
    if (log.fresh) return Promise.resolve()
    const job = this.catchUp(log)
      .catch((e: unknown) => {
        log.problem.value = e instanceof ApiError && e.kind === 'refused' ? e.message : ''
        throw e
      })
      .finally(() => this.syncing.delete(id))
    this.syncing.set(id, job)
    return job
  }

  private async catchUp(log: ChannelLog): Promise<void> {
    const { store } = this
    const { rest } = this.p
    const id = log.channel
    if (log.syncedTo > 0 && log.window.peek()?.atEnd) {
      const since = await rest.posts(id, { since: log.syncedTo })
      if (since.order.length < SINCE_CAP) {
        this.takeMissed(
          log,
          since.order.flatMap(x => since.posts[x] ?? []),
          Object.values(since.posts),
        )
        log.fresh = true
        return
      }
      log.syncedTo = 0 // more was missed than one answer holds: begin again at the newest
    }
    const list = await rest.posts(id, { per_page: PAGE })
    const posts = list.order.flatMap(x => list.posts[x] ?? [])
    batch(() => {
      store.putPosts(Object.values(list.posts))
      store.replaceWindow(id, posts, { atStart: list.prev_post_id === '', atEnd: true })
      store.markSynced(log, Math.max(1, ...posts.map(p => p.update_at)))
      log.problem.value = ''
    })
    log.fresh = true
  }

  private takeMissed(log: ChannelLog, missed: readonly Post[], all: readonly Post[]): void {
    const { store } = this
    const me = store.me.peek()?.id
    const lastId = log.window.peek()?.ids.at(-1)
    const newest = lastId ? (store.post(lastId).peek()?.create_at ?? 0) : 0
    batch(() => {
      this.noteReplies(missed)
      store.putPosts(all)
      const inWindow = missed.filter(p => p.create_at >= log.from || log.window.peek()?.atStart)
      const fresh = store.place(log.channel, inWindow)
      const late = fresh.filter(id => {
        const p = store.post(id).peek()
        return p && p.create_at < newest && p.user_id !== me && !p.type
      })
      if (late.length > 0) log.late.value = new Set([...log.late.peek(), ...late])
      store.markSynced(log, Math.max(0, ...missed.map(p => p.update_at)))
    })
  }

  /** Replies written while away, in threads the reader takes part in. */
  private noteReplies(roots: readonly Post[]): void {
    const { store } = this
    const me = store.me.peek()?.id
    const news = new Map(store.threadNews.peek())
    for (const p of roots) {
      const old = store.post(p.id).peek()
      const mine = p.user_id === me || p.participants?.some(u => u.id === me)
      if (old && mine && !p.root_id && p.reply_count > old.reply_count)
        news.set(p.id, (news.get(p.id) ?? 0) + p.reply_count - old.reply_count)
    }
    store.threadNews.value = news
  }

  async loadOlder(id: Id): Promise<void> {
    const log = this.store.log(id)
    const w = log.window.peek()
    const first = w?.ids[0]
    if (!w || w.atStart || !first || this.syncing.has(`older:${id}`)) return
    const job = this.quietly(async () => {
      try {
        const list = await this.p.rest.posts(id, { before: first, per_page: PAGE })
        const posts = list.order.flatMap(x => list.posts[x] ?? [])
        batch(() => {
          this.store.putPosts(Object.values(list.posts))
          this.store.place(id, posts, { atStart: posts.length === 0 || list.prev_post_id === '' })
        })
      } catch (error) {
        const at = this.store.post(first).peek()?.create_at ?? 0
        const cached = await this.p.db.roots(id, log.from, at, PAGE)
        if (cached.length === 0) throw error
        this.store.putPosts(cached, false)
        this.store.place(id, cached)
      }
    }).finally(() => this.syncing.delete(`older:${id}`))
    this.syncing.set(`older:${id}`, job)
    await job
  }

  async loadNewer(id: Id): Promise<void> {
    const w = this.store.log(id).window.peek()
    const last = w?.ids.at(-1)
    if (!w || w.atEnd || !last || this.syncing.has(`newer:${id}`)) return
    const job = this.quietly(async () => {
      const list = await this.p.rest.posts(id, { after: last, per_page: PAGE })
      const posts = list.order.flatMap(x => list.posts[x] ?? [])
      batch(() => {
        this.store.putPosts(Object.values(list.posts))
        this.store.place(id, posts, { atEnd: posts.length < PAGE })
      })
    }).finally(() => this.syncing.delete(`newer:${id}`))
    this.syncing.set(`newer:${id}`, job)
    await job
  }

  /** Shows the surroundings of one post. Answers the root to look at. */
  async jumpTo(id: Id): Promise<Post> {
    const post = this.store.post(id).peek() ?? (await this.p.rest.post(id))
    const rootId = post.root_id || post.id
    const root = this.store.post(rootId).peek() ?? (await this.p.rest.post(rootId))
    this.store.putPosts([post, root])
    const log = this.store.log(post.channel_id)
    if (!log.window.peek()) await this.fromCache(log)
    if (!log.window.peek()?.ids.includes(rootId)) {
      const [before, after] = await Promise.all([
        this.p.rest.posts(post.channel_id, { before: rootId, per_page: 30 }),
        this.p.rest.posts(post.channel_id, { after: rootId, per_page: 30 }),
      ])
      const around = [
        ...after.order.flatMap(x => after.posts[x] ?? []),
        root,
        ...before.order.flatMap(x => before.posts[x] ?? []),
      ]
      batch(() => {
        this.store.putPosts(around)
        this.store.replaceWindow(post.channel_id, around, {
          atStart: before.prev_post_id === '',
          atEnd: after.order.length < 30,
        })
      })
      log.fresh = true
    }
    return root
  }

  async jumpToLatest(id: Id): Promise<void> {
    const log = this.store.log(id)
    if (log.window.peek()?.atEnd) return
    log.window.value = undefined
    log.syncedTo = 0
    log.fresh = false
    await this.quietly(() => this.syncChannel(id))
  }

  setAtBottom(channel: Id, yes: boolean): void {
    if (channel !== this.store.current.peek() || this.atBottom === yes) return
    this.atBottom = yes
    if (yes) this.viewSoon(channel)
  }

  becameVisible(): void {
    const current = this.store.current.peek()
    this.p.socket.hurry()
    if (current && this.atBottom) this.viewSoon(current)
  }

  private viewSoon(channel: Id): void {
    if (!this.p.visible()) return
    this.p.clearTimeout(this.viewTimer)
    this.viewTimer = this.p.setTimeout(() => {
      const m = this.store.members.peek().get(channel)
      const c = this.store.channels.peek().get(channel)
      if (!m || !c) return
      const last = c.last_post_at
      markRead(this.store, channel, Math.max(last, m.last_viewed_at))
      if (this.store.link.peek() === 'online')
        void this.quietly(async () => void (await this.p.rest.view(channel)))
    }, 400)
  }

  async openThread(root: Id): Promise<void> {
    clearThreadNews(this.store, root)
    if (this.store.replies(root).peek().length === 0)
      this.store.putPosts(await this.p.db.replies(root), false)
    await this.quietly(async () => {
      try {
        const list = await this.p.rest.thread(root)
        this.store.putPosts(Object.values(list.posts))
      } catch (error) {
        if (!(error instanceof ApiError && error.notBuilt)) throw error
      }
    })
    const channel = this.store.post(root).peek()?.channel_id ?? ''
    const team = this.store.channels.peek().get(channel)?.team_id || [...this.store.teams.peek().keys()][0]
    if (team && this.store.link.peek() === 'online')
      void this.p.rest.readThread(team, root, this.p.now()).catch(() => {})
  }

  // ---- writing

  async send(channel: Id, message: string, root: Id | '' = '', files: FileInfo[] = []): Promise<void> {
    const me = this.store.me.peek()
    if (!me) return
    const at = Math.max(this.p.now(), this.lastPending + 1)
    this.lastPending = at
    await this.outbox.add({
      pending_post_id: `${me.id}:${at}`,
      written_at: at,
      user_id: me.id,
      channel_id: channel,
      root_id: root,
      message,
      files,
    })
    this.flushSoon(0)
  }

  async retry(pending: string): Promise<void> {
    await this.outbox.retry(pending)
    this.p.socket.hurry()
    this.flushSoon(0)
  }

  discard(pending: string): Promise<void> {
    return this.outbox.discard(pending)
  }

  private takeOwn(post: Post): void {
    const { store } = this
    const known = store.post(post.id).peek() !== undefined
    store.putPosts([post])
    const log = store.log(post.channel_id)
    if (!post.root_id && log.window.peek()?.atEnd) store.place(post.channel_id, [post])
    if (!known && post.root_id)
      store.changePost(post.root_id, r => ({
        reply_count: r.reply_count + 1,
        last_reply_at: post.create_at,
        participants: r.participants?.some(u => u.id === post.user_id)
          ? r.participants
          : [...(r.participants ?? []), { id: post.user_id }],
      }))
    if (!known)
      store.changeChannel(post.channel_id, c => ({
        last_post_at: Math.max(c.last_post_at, post.create_at),
        total_msg_count: c.total_msg_count + 1,
        total_msg_count_root: c.total_msg_count_root + (post.root_id ? 0 : 1),
      }))
    markRead(store, post.channel_id, post.create_at)
  }

  private flushSoon(ms: number): void {
    this.p.clearTimeout(this.flushTimer)
    this.flushTimer = this.p.setTimeout(() => {
      void this.outbox.flush().then(result => {
        if (result === 'empty') {
          this.flushPause = 2_000
          return
        }
        this.flushPause = Math.min(this.flushPause * 2, 60_000)
        this.flushSoon(this.flushPause)
      })
    }, ms)
  }

  async edit(id: Id, message: string): Promise<void> {
    this.store.putPosts([await this.p.rest.patchPost(id, { message })])
  }

  async remove(id: Id): Promise<void> {
    const post = this.store.post(id).peek()
    await this.p.rest.deletePost(id)
    if (post) this.store.forget(post)
  }

  async toggleReaction(post: Id, emoji: string): Promise<void> {
    const me = this.store.me.peek()?.id
    const p = this.store.post(post).peek()
    if (!me || !p) return
    const has = p.metadata?.reactions?.some(r => r.user_id === me && r.emoji_name === emoji) ?? false
    const r = { user_id: me, post_id: post, emoji_name: emoji, create_at: this.p.now() }
    applyReaction(this.store, r, !has)
    try {
      await (has ? this.p.rest.unreact(me, post, emoji) : this.p.rest.react(me, post, emoji))
    } catch (error) {
      applyReaction(this.store, r, has)
      if (error instanceof ApiError)
        this.notice(
          error.kind === 'offline' ? 'You are offline: the reaction was not sent.' : error.message,
          'error',
        )
      else throw error
    }
  }

  typed(channel: Id, root: Id | ''): void {
    const now = this.p.now()
    if (now - this.typedAt < 4_000) return
    this.typedAt = now
    this.p.socket.send('user_typing', { channel_id: channel, parent_id: root })
  }

  saveDraft(key: string, text: string): void {
    this.store.draft(key).value = text
    void this.p.db.putDraft({ key, text })
  }

  // ---- cache

  private saveSoon(): void {
    if (this.saveTimer) return
    this.saveTimer = this.p.setTimeout(() => void this.saveNow(), SAVE_MS)
  }

  /** Writes what is new into the cache, in one transaction. */
  async saveNow(): Promise<void> {
    this.p.clearTimeout(this.saveTimer)
    this.saveTimer = 0
    const { store } = this
    const { dirty } = store
    const me = store.me.peek()
    if (!me) return
    const posts = [...dirty.posts].flatMap(id => store.post(id).peek() ?? [])
    const logs = [...dirty.logs].flatMap(id => {
      const l = store.log(id)
      const w = l.window.peek()
      return l.syncedTo > 0 && w?.atEnd
        ? [{ channel_id: id, from: l.from, atStart: w.atStart, syncedTo: l.syncedTo }]
        : []
    })
    const session: Snapshot = {
      me,
      config: store.config.peek(),
      teams: [...store.teams.peek().values()],
      channels: [...store.channels.peek().values()],
      members: [...store.members.peek().values()],
    }
    const users = [...dirty.users].flatMap(id => store.user(id).peek() ?? [])
    const gone = [...dirty.gone]
    const withSession = dirty.session
    dirty.posts.clear()
    dirty.gone.clear()
    dirty.users.clear()
    dirty.logs.clear()
    dirty.session = false
    await this.p.db.save({ posts, gone, users, logs, ...(withSession ? { session } : {}) }).catch(() => {
      // A full or closed cache costs the offline copy, not the conversation.
    })
  }
}
