/**
 * A server in memory that counts, deletes and resumes as the API says, for tests of clients. Ada reads; Bo, and Ada on
 * another device, do things at the server itself. Answers and events take time, each its own, so that they cross.
 */
import type { Channel, ChannelMember, Post, Reaction, SocketLike } from '@fieldpost/api'
import { Answers } from './answers.ts'
import { Line, Plug } from './line.ts'
import type { Time } from './time.ts'

const channel = (id: string, type: 'O' | 'D' = 'O'): Channel => ({
  id,
  team_id: type === 'O' ? 't' : '',
  type,
  name: type === 'O' ? id : 'ada__bo',
  display_name: type === 'O' ? id : '',
  header: '',
  purpose: '',
  delete_at: 0,
  update_at: 1,
  last_post_at: 0,
  total_msg_count: 0,
  total_msg_count_root: 0,
})

const member = (channel_id: string): ChannelMember => ({
  channel_id,
  user_id: 'ada',
  roles: '',
  last_viewed_at: 0,
  msg_count: 0,
  msg_count_root: 0,
  mention_count: 0,
  mention_count_root: 0,
  notify_props: {},
})

/** How much older what comes from another site is, at most. */
const LATE_MS = 100_000

export interface Say {
  root?: string
  mention?: boolean
  pending?: string
  /** Written so long ago, at another site. */
  late?: number
}

export class Model {
  up = true
  /** So many answers are lost on their way. */
  loseAnswers = 0
  /** Answers to these are lost. */
  losing: RegExp | undefined
  /** Answers to these wait on their way, as they were given. */
  held: RegExp | undefined
  readonly posts = new Map<string, Post>()
  readonly channels = new Map([channel('deck'), channel('engine'), channel('bo', 'D')].map(c => [c.id, c]))
  readonly members = new Map([...this.channels.keys()].map(id => [id, member(id)]))
  readonly saved = new Set<string>()
  readonly asked: string[] = []
  private readonly mentioning = new Set<string>()
  readonly sent = new Map<string, string>()
  private readonly lines = new Map<string, Line>()
  private readonly answers = new Answers(this)
  moment = 2_000_000
  private names = 0

  constructor(
    readonly time: Time,
    /** A number from 0 to below `n`, the same in every run. */
    public roll: (n: number) => number,
  ) {}

  // ---- what happens at the server

  /** Time goes by at the server. */
  age(ms: number): void {
    this.moment += ms
  }

  private next(): number {
    this.moment = Math.max(this.moment + 1, this.time.now)
    return this.moment
  }

  live(): Post[] {
    return [...this.posts.values()]
      .filter(p => p.delete_at === 0)
      .sort((a, b) => a.create_at - b.create_at || (a.id < b.id ? -1 : 1))
  }

  roots(channel_id: string): Post[] {
    return this.live().filter(p => p.channel_id === channel_id && !p.root_id)
  }

  replies(root: string): Post[] {
    return this.live().filter(p => p.root_id === root)
  }

  say(author: string, channel_id: string, message: string, more: Say = {}): Post {
    const { root = '', mention = false, pending = '', late = 0 } = more
    const at = this.next()
    const id = `p${String(++this.names).padStart(4, '0')}`
    const p: Post = {
      id,
      create_at: at - Math.min(late, LATE_MS),
      update_at: at,
      edit_at: 0,
      delete_at: 0,
      is_pinned: false,
      user_id: author,
      channel_id,
      root_id: root,
      original_id: '',
      message,
      type: '',
      props: {},
      // Told to those who hear of it at once, and not kept.
      pending_post_id: '',
      reply_count: 0,
      last_reply_at: 0,
      participants: null,
      metadata: {},
    }
    this.posts.set(id, p)
    if (pending) this.sent.set(pending, id)
    if (root) this.thread(root, at)
    this.count(p, mention)
    this.tell('posted', channel_id, {
      post: JSON.stringify({ ...p, pending_post_id: pending }),
      channel_type: this.channels.get(channel_id)?.type,
      ...(mention || channel_id === 'bo' ? { mentions: '["ada"]' } : {}),
    })
    return p
  }

  private count(p: Post, mention: boolean): void {
    const c = this.channels.get(p.channel_id)
    const m = this.members.get(p.channel_id)
    if (!c) return
    const root = p.root_id ? 0 : 1
    this.channels.set(c.id, {
      ...c,
      last_post_at: Math.max(c.last_post_at, p.create_at),
      total_msg_count: c.total_msg_count + 1,
      total_msg_count_root: c.total_msg_count_root + root,
    })
    if (!m) return
    if (p.user_id === 'ada') {
      if (root) this.read(c.id)
      else this.members.set(c.id, { ...m, msg_count: m.msg_count + 1 })
    } else if (mention || c.type === 'D') {
      this.mentioning.add(p.id)
      this.members.set(c.id, {
        ...m,
        mention_count: m.mention_count + 1,
        mention_count_root: m.mention_count_root + root,
      })
    }
  }

  /** What a root says of its replies. */
  private thread(root: string, at: number): void {
    const p = this.posts.get(root)
    const replies = this.replies(root)
    if (!p) return
    this.posts.set(root, {
      ...p,
      update_at: at,
      reply_count: replies.length,
      last_reply_at: Math.max(0, ...replies.map(r => r.create_at)),
      participants: [...new Set(replies.map(r => r.user_id))].map(id => ({ id })),
    })
  }

  private read(id: string): boolean {
    const c = this.channels.get(id)
    const m = this.members.get(id)
    if (!c || !m) return false
    this.members.set(id, {
      ...m,
      last_viewed_at: Math.max(m.last_viewed_at, c.last_post_at),
      msg_count: c.total_msg_count,
      msg_count_root: c.total_msg_count_root,
      mention_count: 0,
      mention_count_root: 0,
    })
    return m.msg_count < c.total_msg_count || m.mention_count > 0
  }

  view(id: string): void {
    const news = this.read(id)
    const at = this.members.get(id)?.last_viewed_at
    if (news && at !== undefined) this.tell('multiple_channels_viewed', '', { channel_times: { [id]: at } })
  }

  unread(post: string): ChannelMember | undefined {
    const p = this.posts.get(post)
    const c = p && this.channels.get(p.channel_id)
    const m = p && this.members.get(p.channel_id)
    if (!p || !c || !m) return undefined
    const after = this.live().filter(x => x.channel_id === c.id && x.create_at >= p.create_at)
    const roots = after.filter(x => !x.root_id)
    const named = after.filter(x => this.mentioning.has(x.id))
    const now = {
      ...m,
      msg_count: c.total_msg_count - after.length,
      msg_count_root: c.total_msg_count_root - roots.length,
      mention_count: named.length,
      mention_count_root: named.filter(x => !x.root_id).length,
      last_viewed_at: p.create_at - 1,
    }
    this.members.set(c.id, now)
    this.tell('post_unread', c.id, { ...now, post_id: post })
    return now
  }

  change(id: string, more: Partial<Post>): Post | undefined {
    const p = this.posts.get(id)
    if (!p || p.delete_at > 0) return undefined
    const now = { ...p, ...more, update_at: this.next() }
    this.posts.set(id, now)
    // Of its thread an event says how long it is, and no more.
    this.tell('post_edited', p.channel_id, {
      post: JSON.stringify({ ...now, participants: null, last_reply_at: 0 }),
    })
    return now
  }

  remove(id: string): boolean {
    const p = this.posts.get(id)
    if (!p || p.delete_at > 0) return false
    const at = this.next()
    for (const x of [p, ...this.replies(id)]) this.posts.set(x.id, { ...x, update_at: at, delete_at: at })
    if (p.root_id) this.thread(p.root_id, at)
    this.tell('post_deleted', p.channel_id, { post: JSON.stringify({ ...p, update_at: at }) })
    return true
  }

  react(user_id: string, post_id: string, emoji_name: string, on: boolean): Reaction | undefined {
    const p = this.posts.get(post_id)
    if (!p || p.delete_at > 0) return undefined
    const create_at = this.next()
    const reaction = { user_id, post_id, emoji_name, create_at }
    const others = (p.metadata?.reactions ?? []).filter(
      r => r.user_id !== user_id || r.emoji_name !== emoji_name,
    )
    this.posts.set(post_id, {
      ...p,
      update_at: create_at,
      metadata: { ...p.metadata, reactions: on ? [...others, reaction] : others },
    })
    this.tell(on ? 'reaction_added' : 'reaction_removed', p.channel_id, {
      reaction: JSON.stringify(reaction),
    })
    return reaction
  }

  rename(id: string, header: string): void {
    const c = this.channels.get(id)
    if (!c) return
    this.channels.set(id, { ...c, header, update_at: this.next() })
    this.tell('channel_updated', id, { channel: JSON.stringify(this.channels.get(id)) })
  }

  remember(post: string, on: boolean): void {
    if (on) this.saved.add(post)
    else this.saved.delete(post)
    const preferences = JSON.stringify([
      { user_id: 'ada', category: 'flagged_post', name: post, value: String(on) },
    ])
    this.tell(on ? 'preferences_changed' : 'preferences_deleted', '', { preferences })
  }

  putOut(id: string): void {
    if (!this.members.delete(id)) return
    this.tell('user_removed', '', { channel_id: id, remover_id: 'bo' })
  }

  takeIn(id: string): void {
    if (this.members.has(id)) return
    this.members.set(id, member(id))
    this.tell('user_added', id, { user_id: 'ada', team_id: 't' }, true)
  }

  /** The last event comes once more. */
  stutter(): void {
    for (const line of this.lines.values()) line.again()
  }

  private tell(event: string, channel_id: string, data: object, always = false): void {
    if (channel_id && !always && !this.members.has(channel_id)) return
    for (const line of this.lines.values()) line.event(event, data, channel_id)
  }

  // ---- how it is reached

  private delay(): number {
    return this.roll(4) * 100
  }

  fetch = async (url: string, init?: RequestInit): Promise<Response> => {
    await this.time.sleep(this.delay())
    if (!this.up) throw new TypeError('unplugged')
    const method = init?.method ?? 'GET'
    this.asked.push(`${method} ${url}`)
    const [status, body] = this.answers.answer(
      method,
      url,
      init?.body ? JSON.parse(String(init.body)) : undefined,
    )
    const text = JSON.stringify(body)
    while (this.held?.test(`${method} ${url}`)) await this.time.sleep(10)
    await this.time.sleep(this.delay())
    if (!this.up) throw new TypeError('unplugged')
    if (this.losing?.test(url)) throw new TypeError('the answer was lost')
    if (this.loseAnswers > 0) {
      this.loseAnswers--
      throw new TypeError('the answer was lost')
    }
    return new Response(text, { status, headers: { 'content-type': 'application/json' } })
  }

  // ---- live connections

  open = (url: string): SocketLike => {
    const s = new Plug(this)
    this.time.setTimeout(() => this.greet(s, new URL(url).searchParams), this.delay())
    return s
  }

  private greet(plug: Plug, asked: URLSearchParams): void {
    if (plug.closed) return
    if (!this.up) return plug.lost()
    const next = Number(asked.get('sequence_number'))
    const before = this.lines.get(asked.get('connection_id') ?? '')
    plug.onopen?.()
    if (before?.remembers(next)) return before.goOn(plug, next)
    const id = `k${++this.names}`
    const line = new Line(this, plug)
    this.lines.set(id, line)
    line.event('hello', { connection_id: id }, '')
  }

  /** Cuts everybody off, or lets them come back. */
  plug(up: boolean): void {
    this.up = up
    if (!up) for (const line of this.lines.values()) line.plug?.lost()
  }

  /** The server forgets its connections: none can be taken up again. */
  forget(): void {
    for (const line of this.lines.values()) line.plug?.lost()
    this.lines.clear()
  }
}
