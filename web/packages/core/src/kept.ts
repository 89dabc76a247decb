/** What is kept of what was said: pinned for everybody in a channel, saved for oneself. */
import { ChannelsRest, type Id, type Post, postsOf, type SocketEvent } from '@fieldpost/api'
import { type Signal, signal } from '@preact/signals-core'
import type { Context } from './platform.ts'

const inner = <T>(raw: unknown): T | undefined => {
  if (typeof raw !== 'string') return undefined
  try {
    return JSON.parse(raw) as T
  } catch {
    return undefined
  }
}

const byNewest = (a: Post, b: Post): number => b.create_at - a.create_at

export class Pins {
  private readonly lists = new Map<Id, Signal<readonly Id[] | undefined>>()
  private readonly rest: ChannelsRest

  constructor(private readonly c: Context) {
    this.rest = new ChannelsRest(c.p.rest)
  }

  reset(): void {
    this.lists.clear()
  }

  /** The pinned messages of a channel, the newest first; nothing until they were asked for. */
  of(channel: Id): Signal<readonly Id[] | undefined> {
    let s = this.lists.get(channel)
    if (!s) {
      s = signal<readonly Id[] | undefined>(undefined)
      this.lists.set(channel, s)
    }
    return s
  }

  async load(channel: Id): Promise<void> {
    const key = `pins:${channel}`
    const s = this.of(channel)
    if (!s.peek()) {
      const kept = await this.c.p.db.note(key).catch(() => undefined)
      if (Array.isArray(kept)) this.take(channel, kept as Post[], false)
    }
    await this.c.quietly(async () => {
      const posts = postsOf(await this.rest.pinned(channel)).sort(byNewest)
      this.take(channel, posts, true)
      await this.c.p.db.putNote(key, posts)
    })
  }

  private take(channel: Id, posts: readonly Post[], told: boolean): void {
    // What is known of a message is newer than what was noted of it.
    this.c.store.putPosts(told ? posts : posts.filter(p => !this.c.store.post(p.id).peek()))
    this.of(channel).value = posts.map(p => p.id)
  }

  async pin(post: Post, yes: boolean): Promise<void> {
    await this.rest.pin(post.id, yes)
    this.c.store.changePost(post.id, () => ({ is_pinned: yes }))
    this.note(post, yes)
  }

  private note(post: Post, yes: boolean): void {
    const s = this.lists.get(post.channel_id)
    const list = s?.peek()
    if (!s || !list) return
    const others = list.filter(id => id !== post.id)
    const at = (id: Id) => this.c.store.post(id).peek()?.create_at ?? 0
    s.value = yes ? [...others, post.id].sort((a, b) => at(b) - at(a)) : others
  }

  heard(e: SocketEvent): void {
    if (e.event !== 'post_edited' && e.event !== 'post_deleted') return
    const post = inner<Post>(e.data['post'])
    if (!post || !this.lists.get(post.channel_id)?.peek()) return
    const pinned = e.event === 'post_edited' && post.is_pinned
    if (pinned) this.c.store.putPosts([post])
    this.note(post, pinned)
  }
}

interface Pref {
  user_id: Id
  category: string
  name: string
  value: string
}

const CATEGORY = 'flagged_post'

export class Saved {
  readonly ids = signal<ReadonlySet<Id>>(new Set())
  /** The saved messages that were told, the newest first. */
  readonly posts = signal<readonly Id[] | undefined>(undefined)
  readonly more = signal(false)
  private page = 0
  private readonly rest: ChannelsRest

  constructor(private readonly c: Context) {
    this.rest = new ChannelsRest(c.p.rest)
  }

  reset(): void {
    this.ids.value = new Set()
    this.posts.value = undefined
    this.more.value = false
  }

  /** Which messages are saved. */
  async load(): Promise<void> {
    if (this.ids.peek().size === 0) {
      const kept = await this.c.p.db.note('saved-ids').catch(() => undefined)
      if (Array.isArray(kept) && this.ids.peek().size === 0) this.ids.value = new Set(kept as Id[])
    }
    await this.c.quietly(async () => {
      const all = await this.c.p.rest.preferences()
      this.mark(new Set(all.filter(p => p.category === CATEGORY && p.value === 'true').map(p => p.name)))
    })
  }

  private mark(ids: ReadonlySet<Id>): void {
    this.ids.value = ids
    void this.c.p.db.putNote('saved-ids', [...ids])
  }

  async list(page = 0): Promise<void> {
    if (page === 0 && !this.posts.peek()) {
      const kept = await this.c.p.db.note('saved').catch(() => undefined)
      if (Array.isArray(kept)) this.take(kept as Post[], 0, false)
    }
    await this.c.quietly(async () => {
      const posts = postsOf(await this.rest.saved(page))
      this.take(posts, page, true)
      // A page may come short: what its reader may not read any more is left out of it.
      this.more.value = posts.length > 0 && (this.posts.peek()?.length ?? 0) < this.ids.peek().size
      if (page === 0) await this.c.p.db.putNote('saved', posts)
    })
  }

  next(): Promise<void> {
    return this.list(this.page + 1)
  }

  private take(posts: readonly Post[], page: number, told: boolean): void {
    this.page = page
    this.c.store.putPosts(told ? posts : posts.filter(p => !this.c.store.post(p.id).peek()))
    const before = page > 0 ? (this.posts.peek() ?? []) : []
    this.posts.value = [...new Set([...before, ...posts.map(p => p.id)])]
  }

  async save(post: Id, yes: boolean): Promise<void> {
    const user_id = this.c.store.me.peek()?.id ?? ''
    const pref: Pref = { user_id, category: CATEGORY, name: post, value: 'true' }
    await (yes ? this.c.p.rest.savePreferences([pref]) : this.rest.dropPreferences([pref]))
    this.note(post, yes)
  }

  private note(post: Id, yes: boolean): void {
    const ids = new Set(this.ids.peek())
    if (yes) ids.add(post)
    else ids.delete(post)
    this.mark(ids)
    if (yes && this.posts.peek() && !this.posts.peek()?.includes(post)) void this.list()
  }

  heard(e: SocketEvent): void {
    const gone = e.event === 'preferences_deleted'
    if (!gone && e.event !== 'preferences_changed') return
    for (const p of inner<Pref[]>(e.data['preferences']) ?? [])
      if (p.category === CATEGORY) this.note(p.name, !gone && p.value === 'true')
  }
}
