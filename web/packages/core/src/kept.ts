/** What is kept of what was said: pinned for everybody in a channel, saved for oneself. */
import {
  ChannelsRest,
  type Id,
  type Post,
  type Preference,
  postsOf,
  SAVED,
  type SocketEvent,
} from '@fieldpost/api'
import { type Signal, signal } from '@preact/signals-core'
import type { Context } from './platform.ts'
import type { Saved } from './saved.ts'

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

/** The messages that somebody saved, as a list to read. Which they are is `Saved`'s to say. */
export class SavedList {
  /** Those that were told, the newest first. */
  readonly posts = signal<readonly Id[] | undefined>(undefined)
  readonly more = signal(false)
  private page = 0
  private readonly rest: ChannelsRest

  constructor(
    private readonly c: Context,
    private readonly saved: Saved,
  ) {
    this.rest = new ChannelsRest(c.p.rest)
  }

  reset(): void {
    this.posts.value = undefined
    this.more.value = false
  }

  async load(page = 0): Promise<void> {
    if (page === 0 && !this.posts.peek()) {
      const kept = await this.c.p.db.note('saved-posts').catch(() => undefined)
      if (Array.isArray(kept)) this.take(kept as Post[], 0, false)
    }
    await this.c.quietly(async () => {
      const posts = postsOf(await this.rest.saved(page))
      this.take(posts, page, true)
      // A page may come short: what its reader may not read any more is left out of it.
      this.more.value = posts.length > 0 && (this.posts.peek()?.length ?? 0) < this.saved.posts.peek().size
      if (page === 0) await this.c.p.db.putNote('saved-posts', posts)
    })
  }

  next(): Promise<void> {
    return this.load(this.page + 1)
  }

  private take(posts: readonly Post[], page: number, told: boolean): void {
    this.page = page
    this.c.store.putPosts(told ? posts : posts.filter(p => !this.c.store.post(p.id).peek()))
    const before = page > 0 ? (this.posts.peek() ?? []) : []
    this.posts.value = [...new Set([...before, ...posts.map(p => p.id)])]
  }

  heard(e: SocketEvent): void {
    const shown = this.posts.peek()
    if (e.event !== 'preferences_changed' || !shown) return
    const all = inner<Preference[]>(e.data['preferences']) ?? []
    const isNew = (p: Preference) => p.category === SAVED && p.value === 'true' && !shown.includes(p.name)
    if (all.some(isNew)) void this.load()
  }
}
