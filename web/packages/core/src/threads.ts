/** The threads that somebody follows in a team: which have news, and how much of it. */
import {
  type Id,
  InboxRest,
  type Post,
  type SocketEvent,
  type ThreadItem,
  type ThreadList,
} from '@fieldpost/api'
import { batch, type Signal, signal } from '@preact/signals-core'
import { clearThreadNews } from './events.ts'
import type { Context } from './platform.ts'

export interface ThreadTotals {
  threads: number
  mentions: number
}

/** A team's threads as they were last told, newest first. */
export class ThreadBook {
  readonly items = signal<readonly ThreadItem[] | undefined>(undefined)
  readonly totals = signal<ThreadTotals>({ threads: 0, mentions: 0 })
  /** Whether older ones are there to be asked for. */
  readonly more = signal(false)
}

/** So often the threads are asked for again because one was followed or left meanwhile. */
const TIMES = 8

const byNewest = (a: ThreadItem, b: ThreadItem): number => b.last_reply_at - a.last_reply_at

const numberIn = (e: SocketEvent, key: string): number => {
  const v = e.data[key]
  return typeof v === 'number' ? v : 0
}

export class Threads {
  private readonly books = new Map<Id, ThreadBook>()
  private readonly rest: InboxRest
  /** How often a thread was followed or left. */
  private turns = 0

  constructor(private readonly c: Context) {
    this.rest = new InboxRest(c.p.rest)
  }

  of(team: Id): ThreadBook {
    let b = this.books.get(team)
    if (!b) {
      b = new ThreadBook()
      this.books.set(team, b)
    }
    return b
  }

  reset(): void {
    this.books.clear()
  }

  /** How much is unread, for the mark in the sidebar. */
  async count(team: Id): Promise<void> {
    await this.c.quietly(async () => this.takeTotals(team, await this.rest.totals(team)))
  }

  async load(team: Id): Promise<void> {
    const book = this.of(team)
    if (!book.items.peek()) book.items.value = await this.kept(team)
    await this.c.quietly(async () => {
      const list = await this.newest(team)
      const items = this.take(list.threads ?? [])
      batch(() => {
        book.items.value = items
        book.more.value = items.length < list.total
        this.takeTotals(team, list)
      })
      await this.c.p.db.putNote(`threads:${team}`, items)
    })
  }

  /** The newest threads, with whatever was followed or left while the server answered. */
  private async newest(team: Id): Promise<ThreadList> {
    for (let left = TIMES; ; left--) {
      const { turns } = this
      const list = await this.rest.threads(team)
      if (turns === this.turns || left === 1) return list
    }
  }

  /** A channel came into a team, or left it: its threads did, too. */
  async again(team: Id): Promise<void> {
    const book = this.books.get(team)
    if (book) await (book.items.peek() ? this.load(team) : this.count(team))
  }

  async loadMore(team: Id): Promise<void> {
    const book = this.of(team)
    const known = book.items.peek() ?? []
    const last = known.at(-1)
    if (!last) return
    await this.c.quietly(async () => {
      const list = await this.rest.threads(team, { before: last.id })
      const have = new Set(known.map(t => t.id))
      const fresh = this.take(list.threads ?? []).filter(t => !have.has(t.id))
      batch(() => {
        book.items.value = [...known, ...fresh]
        book.more.value = fresh.length > 0
      })
    })
  }

  private async kept(team: Id): Promise<readonly ThreadItem[] | undefined> {
    const list = (await this.c.p.db.note(`threads:${team}`).catch(() => undefined)) as
      | ThreadItem[]
      | undefined
    // What is known of a message is newer than what was noted of its thread.
    const unknown = (list ?? []).map(t => t.post).filter(p => !this.c.store.post(p.id).peek())
    this.c.store.putPosts(unknown, false)
    return list
  }

  private take(threads: readonly ThreadItem[]): ThreadItem[] {
    const there = threads.filter(t => !t.delete_at)
    this.c.store.putPosts(there.map(rootOf))
    return [...there].sort(byNewest)
  }

  private takeTotals(team: Id, t: ThreadList): void {
    this.of(team).totals.value = { threads: t.total_unread_threads, mentions: t.total_unread_mentions }
  }

  async readAll(team: Id): Promise<void> {
    await this.rest.readThreads(team)
    this.allRead(team)
  }

  async unreadFrom(team: Id, id: Id, post: Id): Promise<void> {
    await this.rest.unreadFrom(team, id, post)
  }

  async follow(team: Id, id: Id, yes: boolean): Promise<void> {
    await this.rest.follow(team, id, yes)
    this.followed(team, id, yes)
  }

  private followed(team: Id, id: Id, yes: boolean): void {
    this.turns += 1
    this.c.store.changePost(id, () => ({ is_following: yes }))
    const book = this.of(team)
    if (yes) void this.refetch(team, id)
    else {
      book.items.value = book.items.peek()?.filter(t => t.id !== id)
      void this.count(team)
    }
  }

  private async refetch(team: Id, id: Id): Promise<void> {
    await this.c.quietly(async () => this.put(team, await this.rest.thread(team, id)))
    await this.count(team)
  }

  private put(team: Id, t: ThreadItem): void {
    const book = this.of(team)
    const [item] = this.take([t])
    const others = (book.items.peek() ?? []).filter(x => x.id !== t.id)
    if (book.items.peek()) book.items.value = [...others, ...(item ? [item] : [])].sort(byNewest)
  }

  private allRead(team: Id): void {
    const book = this.of(team)
    batch(() => {
      for (const t of book.items.peek() ?? []) clearThreadNews(this.c.store, t.id)
      book.items.value = book.items
        .peek()
        ?.map(t => ({ ...t, unread_replies: 0, unread_mentions: 0, last_viewed_at: t.last_reply_at }))
      book.totals.value = { threads: 0, mentions: 0 }
    })
  }

  /** What the live connection tells of threads. */
  heard(e: SocketEvent): void {
    const team = e.broadcast.team_id
    if (e.event === 'thread_updated') this.updated(team, e)
    else if (e.event === 'thread_read_changed') this.readChanged(team, e)
    else if (e.event === 'thread_follow_changed' && team)
      this.followed(team, String(e.data['thread_id'] ?? ''), e.data['state'] === true)
  }

  private updated(team: Id, e: SocketEvent): void {
    const raw = e.data['thread']
    if (typeof raw !== 'string') return
    const t = JSON.parse(raw) as ThreadItem
    for (const id of this.teamsOf(team)) {
      this.put(id, t)
      change(this.of(id).totals, {
        before: [numberIn(e, 'previous_unread_replies'), numberIn(e, 'previous_unread_mentions')],
        after: [t.unread_replies, t.unread_mentions],
      })
    }
  }

  private readChanged(team: Id, e: SocketEvent): void {
    const id = e.data['thread_id']
    for (const at of this.teamsOf(team)) {
      if (typeof id !== 'string') {
        // All of a team, or all of a channel: how much is left is the server's to say.
        if (e.broadcast.channel_id) void this.count(at)
        else this.allRead(at)
        continue
      }
      const [replies, mentions] = [numberIn(e, 'unread_replies'), numberIn(e, 'unread_mentions')]
      const book = this.of(at)
      book.items.value = book.items.peek()?.map(t =>
        t.id === id
          ? {
              ...t,
              unread_replies: replies,
              unread_mentions: mentions,
              last_viewed_at: numberIn(e, 'timestamp'),
            }
          : t,
      )
      change(book.totals, {
        before: [numberIn(e, 'previous_unread_replies'), numberIn(e, 'previous_unread_mentions')],
        after: [replies, mentions],
      })
    }
  }

  /** Threads of conversations belong to every team. */
  private teamsOf(team: Id): Id[] {
    return team ? [team] : [...this.books.keys()]
  }
}

const rootOf = (t: ThreadItem): Post => ({
  ...t.post,
  reply_count: Math.max(t.reply_count, t.post.reply_count ?? 0),
  last_reply_at: Math.max(t.last_reply_at, t.post.last_reply_at ?? 0),
  participants: t.participants ?? t.post.participants,
})

type Unread = readonly [replies: number, mentions: number]

function change(totals: Signal<ThreadTotals>, { before, after }: { before: Unread; after: Unread }): void {
  const t = totals.peek()
  const marks = (u: Unread) => (u[0] > 0 || u[1] > 0 ? 1 : 0)
  totals.value = {
    threads: Math.max(0, t.threads + marks(after) - marks(before)),
    mentions: Math.max(0, t.mentions + after[1] - before[1]),
  }
}
