/** Reading: a channel on screen and what was missed, older and newer pages, threads, read marks. */
import { ApiError, type Id, MarksRest, type Post, type SocketEvent } from '@fieldpost/api'
import { batch } from '@preact/signals-core'
import { deedKey } from './deed.ts'
import type { Deeds } from './deeds.ts'
import { CROSSING, clearThreadNews, markRead } from './events.ts'
import type { Context } from './platform.ts'
import type { ChannelLog } from './store.ts'
import { unreadOf } from './views.ts'
import { Warming } from './warming.ts'

const PAGE = 60
const SINCE_CAP = 1000
/** So much is shown at once of what is kept; the rest comes as it is scrolled to. */
const CACHED_ROWS = 60
/** So often something is read again because something came meanwhile that it may not know. */
const TIMES = 8
const AGAIN_MS = 2_000
/**
 * So long somebody stays where they came to by a step, before it counts as seen; and so long what comes while they look
 * is gathered before it is told. Who holds the key down, or presses it as fast as they can, is gone before that; who
 * stops to look is not.
 */
const STAY_MS = 400

/** Reads something of a channel. Answers whether it tells how things are now. */
async function undoubted(log: ChannelLog, read: () => Promise<void>): Promise<boolean> {
  const { doubts } = log
  log.reads += 1
  try {
    await read()
  } finally {
    log.reads -= 1
  }
  return log.doubts === doubts
}

export class Reading {
  /** The reader is at the newest messages of this channel. */
  atBottom = false

  private viewTimer = 0
  /** What is told to the server at the moment. */
  private viewing: Promise<unknown> = Promise.resolve()
  /** What is done at the moment leads to the next channel by a step. */
  private stepping = false
  /** The channel on screen was come to by a step. */
  private passing = false
  /** The channel on screen has counted as seen; what comes to it is seen when it comes. */
  private seen = false
  /** What the reader called unread stays so until they come back to it. */
  private held: Id | '' = ''
  /** The server has said how far everything was read, and nothing was missed since. */
  private informed = false
  /**
   * The channel on screen, while its line of what is new stands where this device believed that it was read to. It goes
   * to where the server says, once: what the reader sees from then on must not move it.
   */
  private guessed: Id | '' = ''
  private readonly syncing = new Map<Id, Promise<void>>()
  private readonly warming: Warming

  constructor(
    private readonly c: Context,
    private readonly deeds: Pick<Deeds, 'put' | 'drop'>,
  ) {
    this.warming = new Warming(c, id => this.warm(id))
  }

  watching(channel: Id): boolean {
    return (
      this.atBottom && this.held !== channel && channel === this.c.store.current.peek() && this.c.p.visible()
    )
  }

  /** Brings a channel on screen: from the cache at once, then what was missed. */
  async openChannel(id: Id): Promise<void> {
    const { store } = this.c
    const log = store.log(id)
    this.warming.stop()
    if (store.current.peek() !== id) {
      this.leave()
      store.current.value = id
      this.passing = this.stepping
      this.guessed = this.informed && store.link.peek() === 'online' ? '' : id
      log.newAfter.value = store.members.peek().get(id)?.last_viewed_at ?? 0
      this.atBottom = true
    }
    if (!log.window.peek()) await this.fromCache(log)
    // What is here is drawn first, and only then is asked what was missed.
    if (log.window.peek()) await new Promise<void>(drawn => this.c.p.setTimeout(drawn, 0))
    await this.c.quietly(() => this.syncChannel(id))
    if (store.current.peek() !== id) return
    if (this.atBottom) this.viewSoon(id)
    this.warming.soon()
  }

  /**
   * Does what leads to the channel above or below. Whoever goes through the list by the keyboard passes by what lies
   * between, and it stays unread unless they stop there. Whoever goes to a channel by its name or by a press means to
   * read it: that counts at once when it is drawn, as it does in the other clients.
   */
  step(go: () => void): void {
    this.stepping = true
    try {
      go()
    } finally {
      this.stepping = false
    }
  }

  /** Counts were read from the server: of one channel or of all of them. What is owed to it is not in them. */
  told(of: Id | 'all'): void {
    if (of === 'all') this.informed = true
    const id = this.guessed
    if (!id || (of !== 'all' && of !== id)) return
    this.readUpTo(id, this.c.store.members.peek().get(id)?.last_viewed_at ?? 0)
    // What waited for that is told.
    if (this.watching(id)) this.viewSoon(id)
  }

  /** Says where the server holds a channel for read to, without what this device may tell it yet. */
  readUpTo(channel: Id, at: number): void {
    if (channel === '' || this.guessed !== channel) return
    this.guessed = ''
    this.c.store.log(channel).newAfter.value = at
  }

  /** What happens from now on is not heard. */
  lostTouch(): void {
    this.informed = false
  }

  /** Nothing was missed after all; of a line that is not sure yet, an event tells what another device did. */
  caughtUp(): void {
    this.informed = true
  }

  heard(e: SocketEvent): void {
    const id = this.guessed
    const at =
      e.event === 'multiple_channels_viewed'
        ? (e.data['channel_times'] as Record<Id, unknown> | undefined)?.[id]
        : e.event === 'post_unread' && e.broadcast.channel_id === id && e.data['last_viewed_at']
    if (typeof at === 'number') this.readUpTo(id, at)
  }

  /** Brings into memory what the device keeps of a channel that may soon be opened. */
  async warm(id: Id): Promise<void> {
    const log = this.c.store.log(id)
    if (!log.window.peek()) await this.fromCache(log)
  }

  /** Nothing is on screen any more, so nothing is read. */
  leave(): void {
    const { store } = this.c
    const left = store.current.peek()
    // What came while they looked was seen, told or not. What comes from now on is not, and must not be taken along.
    if (this.viewTimer && this.seen) this.sayRead(left)
    this.stopViewing()
    this.seen = false
    this.passing = false
    this.guessed = ''
    if (left) store.log(left).late.value = new Set()
    store.current.value = ''
    this.atBottom = false
    this.held = ''
  }

  private async fromCache(log: ChannelLog): Promise<void> {
    if (log.syncedTo === 0) return
    const posts = await this.c.p.db.roots(log.channel, log.from, Number.MAX_VALUE, CACHED_ROWS)
    // Whoever signed out meanwhile left nothing behind, this neither.
    if (this.c.store.log(log.channel) !== log || log.window.peek() || posts.length === 0) return
    this.c.store.putPosts(posts, false)
    this.c.store.place(log.channel, posts, { atStart: false, atEnd: true })
  }

  syncChannel(id: Id): Promise<void> {
    const running = this.syncing.get(id)
    if (running) return running
    const log = this.c.store.log(id)
    if (log.fresh) return Promise.resolve()
    const job = this.catchUp(log)
      .catch((e: unknown) => {
        const refused = e instanceof ApiError && e.kind === 'refused'
        log.problem.value = refused ? e.message : ''
        if (!refused) this.c.p.setTimeout(() => this.syncAgain(id), AGAIN_MS)
        throw e
      })
      .finally(() => this.syncing.delete(id))
    this.syncing.set(id, job)
    return job
  }

  /** What is on screen is asked for again where the answer was lost; where the link was, it is read when that is back. */
  private syncAgain(id: Id): void {
    const { store } = this.c
    if (store.current.peek() === id && store.link.peek() === 'online')
      void this.c.quietly(() => this.syncChannel(id))
  }

  /** The same for a channel on screen: what is read by that is called read. */
  async syncShown(id: Id): Promise<void> {
    await this.syncChannel(id)
    if (this.watching(id)) this.viewSoon(id)
  }

  private async catchUp(log: ChannelLog): Promise<void> {
    for (let left = TIMES; left > 0 && !log.fresh; left--)
      log.fresh = await undoubted(log, () => this.readNewest(log))
  }

  private async readNewest(log: ChannelLog): Promise<void> {
    const { store } = this.c
    const { rest } = this.c.p
    const id = log.channel
    if (log.syncedTo > 0 && log.window.peek()?.atEnd) {
      const since = await rest.posts(id, { since: log.syncedTo })
      if (since.order.length < SINCE_CAP) {
        this.takeMissed(
          log,
          since.order.flatMap(x => since.posts[x] ?? []),
          Object.values(since.posts),
        )
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
  }

  private takeMissed(log: ChannelLog, missed: readonly Post[], all: readonly Post[]): void {
    const { store } = this.c
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
        return p && p.create_at < newest - CROSSING && p.user_id !== me && !p.type
      })
      if (late.length > 0) log.late.value = new Set([...log.late.peek(), ...late])
      store.markSynced(log, Math.max(0, ...missed.map(p => p.update_at)))
    })
  }

  /** Replies written while away, in threads the reader takes part in. */
  private noteReplies(roots: readonly Post[]): void {
    const { store } = this.c
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
    const log = this.c.store.log(id)
    const w = log.window.peek()
    const first = w?.ids[0]
    if (!w || w.atStart || !first || this.syncing.has(`older:${id}`)) return
    const job = this.c
      .quietly(async () => {
        try {
          const list = await this.c.p.rest.posts(id, { before: first, per_page: PAGE })
          const posts = list.order.flatMap(x => list.posts[x] ?? [])
          batch(() => {
            this.c.store.putPosts(Object.values(list.posts))
            this.c.store.place(id, posts, { atStart: posts.length === 0 || list.prev_post_id === '' })
          })
        } catch (error) {
          const at = this.c.store.post(first).peek()?.create_at ?? 0
          const cached = await this.c.p.db.roots(id, log.from, at, PAGE)
          if (cached.length === 0) throw error
          this.c.store.putPosts(cached, false)
          this.c.store.place(id, cached)
        }
      })
      .finally(() => this.syncing.delete(`older:${id}`))
    this.syncing.set(`older:${id}`, job)
    await job
  }

  async loadNewer(id: Id): Promise<void> {
    const w = this.c.store.log(id).window.peek()
    const last = w?.ids.at(-1)
    if (!w || w.atEnd || !last || this.syncing.has(`newer:${id}`)) return
    const job = this.c
      .quietly(async () => {
        const log = this.c.store.log(id)
        const ok = await undoubted(log, async () => {
          const list = await this.c.p.rest.posts(id, { after: last, per_page: PAGE })
          const posts = list.order.flatMap(x => list.posts[x] ?? [])
          batch(() => {
            this.c.store.putPosts(Object.values(list.posts))
            this.c.store.place(id, posts, { atEnd: posts.length < PAGE })
          })
        })
        if (!ok) log.fresh = false
      })
      .finally(() => this.syncing.delete(`newer:${id}`))
    this.syncing.set(`newer:${id}`, job)
    await job
  }

  /** Shows the surroundings of one post. Answers the root to look at. */
  async jumpTo(id: Id): Promise<Post> {
    const post = this.c.store.post(id).peek() ?? (await this.c.p.rest.post(id))
    const rootId = post.root_id || post.id
    const root = this.c.store.post(rootId).peek() ?? (await this.c.p.rest.post(rootId))
    this.c.store.putPosts([post, root])
    const log = this.c.store.log(post.channel_id)
    if (!log.window.peek()) await this.fromCache(log)
    if (!log.window.peek()?.ids.includes(rootId)) {
      log.fresh = await undoubted(log, () => this.showAround(root))
    }
    return root
  }

  private async showAround(root: Post): Promise<void> {
    const { store, p } = this.c
    const [before, after] = await Promise.all([
      p.rest.posts(root.channel_id, { before: root.id, per_page: 30 }),
      p.rest.posts(root.channel_id, { after: root.id, per_page: 30 }),
    ])
    const around = [
      ...after.order.flatMap(x => after.posts[x] ?? []),
      root,
      ...before.order.flatMap(x => before.posts[x] ?? []),
    ]
    batch(() => {
      store.putPosts(around)
      store.replaceWindow(root.channel_id, around, {
        atStart: before.prev_post_id === '',
        atEnd: after.order.length < 30,
      })
    })
  }

  async jumpToLatest(id: Id): Promise<void> {
    const log = this.c.store.log(id)
    if (log.window.peek()?.atEnd) return
    log.window.value = undefined
    log.syncedTo = 0
    log.broken()
    await this.c.quietly(() => this.syncChannel(id))
  }

  setAtBottom(channel: Id, yes: boolean): void {
    if (channel !== this.c.store.current.peek() || this.atBottom === yes) return
    this.atBottom = yes
    if (yes) this.viewSoon(channel)
  }

  becameVisible(): void {
    const current = this.c.store.current.peek()
    this.c.p.socket.hurry()
    if (current && this.atBottom) this.viewSoon(current)
  }

  viewSoon(channel: Id): void {
    if (!this.c.p.visible() || this.held === channel) return
    this.stopViewing()
    const pause = this.seen || this.passing ? STAY_MS : 0
    this.viewTimer = this.c.p.setTimeout(() => {
      this.viewTimer = 0
      this.seen = true
      this.sayRead(channel)
    }, pause)
  }

  private stopViewing(): void {
    this.c.p.clearTimeout(this.viewTimer)
    this.viewTimer = 0
  }

  /** All that is in a channel was seen. */
  private sayRead(channel: Id): void {
    const m = this.c.store.members.peek().get(channel)
    const c = this.c.store.channels.peek().get(channel)
    if (!m || !c) return
    const last = c.last_post_at
    // Where this device only believes how far it was read, the server may think otherwise.
    const unsure = this.guessed === channel && this.c.store.link.peek() === 'online'
    const fresh = unsure || last > m.last_viewed_at || unreadOf(c, m).unread
    markRead(this.c.store, channel, Math.max(last, m.last_viewed_at))
    void this.view(channel, fresh ? last : 0)
  }

  /** Takes channels as read, whether their messages were on screen or not. */
  async readAll(ids: readonly Id[]): Promise<void> {
    if (ids.length === 0) return
    const { store, p } = this.c
    batch(() => {
      for (const id of ids) {
        const last = store.channels.peek().get(id)?.last_post_at ?? 0
        markRead(store, id, Math.max(last, p.now()))
        store.log(id).newAfter.value = 0
      }
    })
    await this.c.quietly(async () => {
      try {
        await p.rest.ask('POST', '/channels/members/me/mark_read', ids)
      } catch (error) {
        if (!(error instanceof ApiError && error.kind === 'offline')) throw error
        for (const channel of ids) {
          const at = store.channels.peek().get(channel)?.last_post_at ?? 0
          await this.deeds.put({ do: 'read', channel, at })
        }
      }
    })
  }

  /** Says that a channel was read up to a moment, or remembers to; 0 when there is nothing new to say. */
  private async view(channel: Id, upTo: number): Promise<void> {
    const later = async () => {
      if (upTo) await this.deeds.put({ do: 'read', channel, at: upTo })
    }
    // A deed asks first how far it was read, which the line waits for.
    if (this.c.store.link.peek() !== 'online' || this.guessed === channel) return later()
    await this.c.quietly(async () => {
      try {
        this.viewing = this.c.p.rest.view(channel)
        await this.viewing
      } catch (error) {
        if (!(error instanceof ApiError && error.kind === 'offline')) throw error
        await later()
      }
    })
  }

  /** From this message on the channel is unread again. */
  async unreadFrom(post: Post): Promise<void> {
    const { store, p } = this.c
    const channel = post.channel_id
    // At once: what is about to be called read must not be told to the server after this.
    this.stopViewing()
    const { held } = this
    if (store.current.peek() === channel) this.held = channel
    // What is being told already must be there first.
    await this.viewing.catch(() => {})
    const asked = new MarksRest(p.rest).unreadFrom(store.me.peek()?.id ?? 'me', post.id)
    const left = await asked.catch(e => {
      this.held = held
      throw e
    })
    // That it was read, and not told yet, does not hold any more.
    await this.deeds.drop(deedKey({ do: 'read', channel, at: 0 }))
    store.changeMember(channel, () => left)
    store.log(channel).newAfter.value = left.last_viewed_at
  }

  /** When the last of a thread was written, by the server's clock: this device's may be wrong. */
  private newestIn(root: Id): number {
    const { store } = this.c
    const last = store.known(store.replies(root).peek().at(-1) ?? '')?.create_at ?? 0
    const first = store.known(root)
    return Math.max(last, first?.last_reply_at ?? 0, first?.create_at ?? 0)
  }

  private async readThread(root: Id): Promise<void> {
    const { store, p } = this.c
    const log = store.log(store.known(root)?.channel_id ?? '')
    for (let left = TIMES; left > 0; left--) {
      const before = store.replies(root).peek()
      const sure = await undoubted(log, async () => {
        const { posts } = await p.rest.thread(root)
        store.putPosts(Object.values(posts))
        // Those that are not there any more were deleted while nothing was heard of it.
        for (const id of before) {
          const lost = posts[id] ? undefined : store.known(id)
          if (lost) store.forget(lost, false)
        }
      })
      if (sure) return
    }
  }

  async openThread(root: Id): Promise<void> {
    clearThreadNews(this.c.store, root)
    if (this.c.store.replies(root).peek().length === 0)
      this.c.store.putPosts(await this.c.p.db.replies(root), false)
    await this.c.quietly(async () => {
      try {
        await this.readThread(root)
      } catch (error) {
        if (!(error instanceof ApiError && error.notBuilt)) throw error
      }
    })
    const channel = this.c.store.post(root).peek()?.channel_id ?? ''
    const team =
      this.c.store.channels.peek().get(channel)?.team_id || [...this.c.store.teams.peek().keys()][0]
    if (team && this.c.store.link.peek() === 'online')
      void this.c.p.rest.readThread(team, root, this.newestIn(root)).catch(() => {})
  }
}
