/** One person at one server: boot from the cache, sign in, follow the live connection, send what waits. */
import {
  ApiError,
  type Id,
  type Post,
  type Preference,
  type Rest,
  type SocketEvent,
  type User,
} from '@fieldpost/api'
import { tongue } from '@fieldpost/words'
import { signal } from '@preact/signals-core'
import { About } from './about.ts'
import { Arrivals } from './arrivals.ts'
import { Bookmarks } from './bookmarks.ts'
import { Cache } from './cache.ts'
import { Categories } from './categories.ts'
import { Conversations, isListing } from './conversations.ts'
import type { Deeds } from './deeds.ts'
import { Dialogs } from './dialogs.ts'
import { Drafts } from './drafts.ts'
import { EmojiUse } from './emoji-use.ts'
import { applyEvent, type Need } from './events.ts'
import { HABIT_PLACES, Habits } from './habits.ts'
import { Keeping } from './keeping.ts'
import { Pins, SavedList } from './kept.ts'
import { LOOK_PLACES, Looks } from './looks.ts'
import { Emojis, Groups } from './named.ts'
import { Notices } from './notices.ts'
import { Outsiders } from './outsiders.ts'
import { People } from './people.ts'
import { Permissions } from './permissions.ts'
import { Places } from './places.ts'
import type { Context, Ground, Notice, Phase, Platform, Snapshot } from './platform.ts'
import { Preferences } from './preferences.ts'
import { Presence } from './presence.ts'
import { Reading } from './reading.ts'
import { Recall } from './recall.ts'
import { News } from './remote.ts'
import { Roster } from './roster.ts'
import { Saved } from './saved.ts'
import { Scheduled } from './scheduled.ts'
import { Self } from './self.ts'
import { SharedSocket } from './shared-socket.ts'
import { Store } from './store.ts'
import { Tabs } from './tabs.ts'
import { Threads } from './threads.ts'
import { Uploads } from './uploads.ts'
import { Writing } from './writing.ts'

const ASK_WHY_MS = 15_000

/** Of oneself the server leaves out what is not so. */
const whole = (me: User): User => ({ ...me, mfa_active: me.mfa_active === true })

const CHOSEN: ReadonlySet<string> = new Set([...Object.values(LOOK_PLACES), ...HABIT_PLACES])
/** The preferences that this client goes by. */
const isFollowed = (p: Pick<Preference, 'category' | 'name'>): boolean =>
  CHOSEN.has(`${p.category}/${p.name}`) || isListing(p)

export class Client {
  readonly store = new Store()
  readonly phase = signal<Phase>('starting')
  readonly notices = signal<readonly Notice[]>([])
  readonly sessionEnded = signal(false)
  /** The server wants a second factor of this account before anything else. */
  readonly mustSetUp = signal(false)
  readonly places: Places
  readonly reading: Reading
  readonly writing: Writing
  readonly news: News
  readonly arrivals: Arrivals
  readonly cache: Cache
  readonly keeping: Keeping
  readonly dialogs = new Dialogs()
  readonly drafts: Drafts
  readonly recall = new Recall()
  readonly uploads: Uploads
  readonly threads: Threads
  readonly scheduled: Scheduled
  readonly bookmarks: Bookmarks
  readonly groups: Groups
  readonly emojis: Emojis
  readonly emojiUse: EmojiUse
  readonly permissions: Permissions
  readonly preferences: Preferences
  readonly looks: Looks
  readonly habits: Habits
  readonly conversations: Conversations
  readonly saved: Saved
  /** The other tabs of this browser. Their `leader` is true in the one that does what must be done once. */
  readonly tabs: Tabs
  readonly presence: Presence
  readonly self: Self
  readonly interruptions: Notices
  readonly categories: Categories
  readonly about: About
  readonly roster: Roster
  readonly outsiders: Outsiders
  readonly pins: Pins
  readonly savedList: SavedList
  onMention: (post: Post, sender: string) => void = () => {}

  /** Parts that come when somebody looks at what they show, and go again. */
  readonly visitors = new Set<{ heard: (e: SocketEvent) => void; reset: () => void }>()

  private readonly people: People
  private noticeSeq = 0
  private everOnline = false
  private askedWhy = Number.NEGATIVE_INFINITY
  /** The lists of places were read from the server since the page was opened. */
  private entered = false

  private readonly p: Platform

  constructor({ tabs, ...ground }: Ground) {
    this.tabs = new Tabs(tabs)
    this.p = { ...ground, socket: new SharedSocket(ground.socket, this.tabs) }
    const { p } = this
    const context: Context = {
      p,
      store: this.store,
      phase: this.phase,
      notice: (text, tone) => this.notice(text, tone),
      quietly: f => this.quietly(f),
      keep: write => this.keeping.keep(write),
      tell: word => this.tabs.say(word),
    }
    this.keeping = new Keeping(context)
    this.people = new People(context)
    this.places = new Places(context, this.people)
    this.saved = new Saved(context)
    this.drafts = new Drafts(context)
    this.writing = new Writing(context, () => this.lostSession(), this.dialogs, this.saved, this.drafts)
    this.reading = new Reading(context, this.deeds)
    this.writing.onReadUpTo = (channel, at) => this.reading.readUpTo(channel, at)
    this.places.onRead = of => {
      this.reading.told(of)
      this.deeds.stayRead()
    }
    this.news = new News(context)
    this.arrivals = new Arrivals(context)
    this.cache = new Cache(context)
    this.uploads = new Uploads(context, this.drafts, key => this.sendDraft(key))
    this.threads = new Threads(context)
    this.scheduled = new Scheduled(context)
    this.bookmarks = new Bookmarks(context)
    this.groups = new Groups(context)
    this.emojis = new Emojis(context)
    this.emojiUse = new EmojiUse(context)
    this.permissions = new Permissions(context)
    this.preferences = new Preferences(context, isFollowed)
    this.looks = new Looks(context, this.preferences)
    this.habits = new Habits(context, this.preferences)
    this.conversations = new Conversations(context, this.preferences, this.tabs.leader)
    this.cache.onWritten = bytes => this.keeping.wrote(bytes)
    this.presence = new Presence(context)
    this.self = new Self(context)
    this.interruptions = new Notices(context)
    this.categories = new Categories(context)
    this.about = new About(context)
    this.roster = new Roster(context)
    this.outsiders = new Outsiders(context)
    this.writing.onSent = post => void this.outsiders.look(post)
    this.pins = new Pins(context)
    this.savedList = new SavedList(context, this.saved)
    this.store.onDirty = () => this.cache.saveSoon()
    this.store.onUnknownUsers = ids => this.people.want(ids)
    this.store.onUnsureUser = id => this.people.recheck(id)
    this.follow()
    this.tabs.hear(word => {
      if (word.say === 'let-go') this.store.letGo(word.channels)
      if (word.say === 'signed-out') void this.leave()
      if (word.say === 'session-lost') this.lostSession(false)
      const me = this.store.me.peek()?.id
      if (word.say === 'outbox' && me)
        void this.writing.load(me).then(() => {
          // Whoever wrote it sends it, unless their tab is closed meanwhile.
          if (this.tabs.leader.peek()) this.writing.flushSoon(2_000)
        })
    })
  }

  /** Keeps the store in step with the live connection. */
  private follow(): void {
    const { store, p } = this
    p.rest.onReachable = there => {
      if (there) p.socket.hurry()
      else if (p.socket.state !== 'open') store.link.value = 'offline'
    }
    p.socket.onState = state => {
      if (state === 'open') {
        this.everOnline = true
        store.link.value = 'online'
        this.writing.flushSoon(0)
        this.uploads.goOn()
      } else if (state === 'waiting') {
        store.link.value = 'offline'
        this.reading.lostTouch()
        this.askWhy()
      } else if (state === 'connecting' && !this.everOnline) store.link.value = 'connecting'
    }
    p.socket.onFresh = first => {
      void this.people.refresh()
      // Not by the greeting, which only the tab that holds the connection hears.
      void this.presence.load()
      // Between the last answer and this moment something may have been said, and counted.
      for (const l of store.logs()) l.broken()
      void this.resync(first)
      void this.drafts.sync()
      void this.emojiUse.load()
    }
    p.socket.onResumed = () => {
      this.reading.caughtUp()
      this.drafts.flush()
      void this.preferences.flush()
    }
    p.socket.onEvent = e => {
      const needs = applyEvent(e, {
        store,
        now: p.now(),
        watching: channel => this.reading.watching(channel),
        onConfirmed: pending => void this.writing.outbox.confirmed(pending),
        onNotice: text => this.notice(text),
        onMention: (post, sender) => this.onMention(post, sender),
        onDialog: d => this.dialogs.arrived(d),
      })
      if (e.event === 'posted' && this.reading.watching(e.broadcast.channel_id))
        this.reading.viewSoon(e.broadcast.channel_id)
      this.reading.heard(e)
      for (const part of this.listeners) part.heard(e)
      for (const n of needs) void this.meet(n)
    }
  }

  /** A connection that is refused does not say why: a session that has ended looks like a server that is away. */
  private askWhy(): void {
    const now = this.p.now()
    if (!this.tabs.leader.peek() || Math.abs(now - this.askedWhy) < ASK_WHY_MS) return
    this.askedWhy = now
    void this.quietly(async () => void (await this.p.rest.me()))
  }

  /** The parts that follow the live connection by themselves. */
  private get listeners() {
    return [
      this.places.counting,
      this.drafts,
      this.uploads,
      this.threads,
      this.scheduled,
      this.bookmarks,
      this.groups,
      this.emojis,
      this.emojiUse,
      this.permissions,
      this.preferences,
      this.habits,
      this.conversations,
      this.saved,
      this.presence,
      this.self,
      this.interruptions,
      this.categories,
      this.about,
      this.roster,
      this.outsiders,
      ...this.visitors,
      this.pins,
      this.savedList,
    ]
  }

  get deeds(): Deeds {
    return this.writing.deeds
  }

  /** Sends what was begun under a key; nothing of it is left there. */
  sendDraft(key: string): void {
    const [channel = '', root = ''] = key.split(':')
    const { text, files, priority } = this.drafts.of(key).peek()
    void this.writing.send(channel, text.trim(), root, { files: [...files], priority })
    this.recall.add(key, text.trim())
    this.drafts.clear(key)
    this.uploads.sent(files)
  }

  get rest(): Rest {
    return this.p.rest
  }

  /** The clock and whether somebody looks, for what keeps itself current. */
  get platform(): Platform {
    return this.p
  }

  notice(text: string, tone: Notice['tone'] = 'info'): void {
    const n = { id: ++this.noticeSeq, text, tone }
    // What is said again stands there once.
    this.notices.value = [
      ...this.notices
        .peek()
        .filter(x => x.text !== text)
        .slice(-3),
      n,
    ]
    this.p.setTimeout(() => this.dismiss(n.id), 6_000)
  }

  dismiss(id: number): void {
    this.notices.value = this.notices.peek().filter(n => n.id !== id)
  }

  /** `cookie`: a session cookie is there. Opens from the cache first, the server second. */
  async boot(cookie: boolean): Promise<void> {
    const { store, p } = this
    const signedIn = cookie && !(await this.finishLeaving().catch(() => false))
    const snapshot = (await p.db.session().catch(() => undefined)) as Snapshot | undefined
    if (snapshot && signedIn) {
      await this.restore(snapshot)
      this.phase.value = 'ready'
    }
    // Handled at once: it may fail long before anything waits for it.
    const config = p.rest.config().then(
      c => {
        store.config.value = c
        if (signedIn) store.touchSession()
      },
      () => {
        if (!signedIn) store.link.value = 'offline'
      },
    )
    if (!signedIn) {
      await config
      // The browser let the session go, and the server was there to say nothing against it.
      if (snapshot && store.link.peek() !== 'offline') await this.forgetRead(snapshot.me.id)
      this.phase.value = 'signed-out'
      return
    }
    try {
      const me = await p.rest.me()
      if (!snapshot || snapshot.me.id !== me.id) await this.sitDown(me)
      await this.enter(me, config)
    } catch (error) {
      if (error instanceof ApiError && error.sessionLost) this.lostSession()
      else {
        store.link.value = 'offline'
        if (!snapshot) this.phase.value = 'signed-out'
        else p.socket.start()
      }
    }
    await config
  }

  private async restore(s: Snapshot): Promise<void> {
    await Promise.all([this.cache.restore(s), this.drafts.restore(), this.preferences.restore()])
    await this.writing.load(s.me.id)
  }

  async login(id: string, password: string, mfa = ''): Promise<void> {
    await this.finishLeaving()
    const me = await this.p.rest.login(id, password, mfa)
    await this.sitDown(me)
    this.sessionEnded.value = false
    await this.enter(me)
  }

  /** What somebody else left here goes; one's own comes back. */
  private async sitDown(me: User): Promise<void> {
    const { db } = this.p
    const kept = (await db.session()) as Snapshot | undefined
    const owner = kept?.me.id ?? (await db.owner())
    if (owner && owner !== me.id) await this.forgetEverything()
    else if (kept) await this.restore(kept)
    else if (owner) await this.drafts.restore()
  }

  async signUp(
    u: { email: string; username: string; password: string },
    way: { token: string; invite: string } = { token: '', invite: '' },
  ): Promise<void> {
    // The language they have read so far becomes that of their profile.
    await this.p.rest.createUser({ ...u, locale: tongue.peek().language }, { t: way.token, iid: way.invite })
    this.store.config.value = { ...this.store.config.peek(), NoAccounts: 'false' }
    await this.login(u.username, u.password)
  }

  /** `config`: it is on its way, as those who are signed in get it. */
  private async enter(me: User, config?: Promise<void>): Promise<void> {
    const { store, p } = this
    p.db.sealed = false
    store.me.value = whole(me)
    void this.keeping.load()
    store.putUsers([whole(me)])
    await this.writing.load(me.id)
    try {
      await this.places.load()
    } catch (error) {
      if (!(error instanceof ApiError && error.id === 'api.context.mfa_required.app_error')) throw error
      this.mustSetUp.value = true
      this.phase.value = 'ready'
      return
    }
    this.mustSetUp.value = false
    this.entered = true
    this.phase.value = 'ready'
    p.socket.start()
    if (!config)
      p.rest.config().then(
        c => {
          store.config.value = c
          store.touchSession()
        },
        () => {},
      )
    this.people.pollStatuses()
    void this.preferences.load()
    const current = store.current.peek()
    if (current) await this.reading.openChannel(current)
  }

  /** Reads anew who is signed in: after their second factor changed, for one. */
  async refreshMe(): Promise<void> {
    const me = await this.p.rest.me()
    if (this.mustSetUp.peek()) await this.enter(me)
    else this.store.putUsers([whole(me)])
  }

  async logout(): Promise<void> {
    const heard = await this.p.rest.logout().then(
      () => true,
      (e: unknown) => !(e instanceof ApiError && e.kind === 'offline'),
    )
    await this.leave()
    this.tabs.say({ say: 'signed-out' })
    if (!heard) await this.p.db.setLeaving(true).catch(() => {})
  }

  /** Ends the session of somebody who signed out while the server was away. True if there was one. */
  private async finishLeaving(): Promise<boolean> {
    const { db, rest } = this.p
    if (!(await db.leaving())) return false
    try {
      await rest.logout()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.kind === 'offline') return true
    }
    await db.setLeaving(false)
    return true
  }

  private async leave(): Promise<void> {
    this.p.socket.stop()
    await this.forgetEverything()
    this.mustSetUp.value = false
    this.phase.value = 'signed-out'
  }

  private async forgetEverything(): Promise<void> {
    this.forgetHere()
    await this.p.db.wipe()
    await this.p.wipe().catch(() => {})
  }

  /** What was read goes, from here and from the device; what was written waits for its author. */
  private async forgetRead(owner: Id): Promise<void> {
    this.forgetHere()
    await this.p.db.wipeRead(owner)
    await this.p.wipe().catch(() => {})
  }

  private forgetHere(): void {
    this.cache.cancel()
    this.writing.outbox.clear()
    this.entered = false
    this.reading.lostTouch()
    this.news.reset()
    this.arrivals.reset()
    this.dialogs.reset()
    this.recall.reset()
    this.keeping.reset()
    for (const part of this.listeners) part.reset()
    this.store.reset()
  }

  /** The session was ended elsewhere. The device may be in other hands, so it keeps nothing that was read. */
  private lostSession(tell = true): void {
    const me = this.store.me.peek()
    this.p.socket.stop()
    this.sessionEnded.value ||= me !== undefined
    this.phase.value = 'signed-out'
    if (!me) return
    void this.forgetRead(me.id)
    if (tell) this.tabs.say({ say: 'session-lost' })
  }

  /** What is on screen first; `first`: what does not count is as it was read a moment ago. */
  private async resync(first: boolean): Promise<void> {
    await this.quietly(async () => {
      const current = this.store.current.peek()
      const looks = !first || !this.entered
      await Promise.all([current && this.quietly(() => this.reading.syncShown(current)), this.places.load()])
      this.entered = true
      this.people.pollStatuses()
      await (looks ? this.preferences.load() : this.preferences.flush())
    })
    this.writing.flushSoon(0)
  }

  private async meet(n: Need): Promise<void> {
    const { rest } = this.p
    await this.quietly(async () => {
      switch (n.kind) {
        case 'channel':
          if (n.id) await this.places.learn(n.id)
          if (n.id && n.id === this.store.current.peek()) await this.reading.syncShown(n.id)
          break
        case 'team':
        case 'places':
          await this.places.load()
          break
        case 'users':
          this.people.want(n.ids)
          break
        case 'arrangements':
          for (const team of n.teams) {
            void this.categories.again(team)
            void this.threads.again(team)
          }
          break
        case 'post':
          this.store.putPosts([await rest.post(n.id)])
      }
    })
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
}
