/** A server in memory that can be unplugged, for tests of clients. */
import {
  type Channel,
  type ChannelMember,
  type NewPost,
  type Post,
  Rest,
  Socket,
  type SocketLike,
  type Team,
  type User,
} from '@fieldpost/api'
import { Client } from './client.ts'
import { Db } from './db.ts'
import type { TabPorts } from './tabs.ts'

export const user = (id: string, username: string): User => ({
  id,
  username,
  nickname: '',
  first_name: '',
  last_name: '',
  position: '',
  roles: '',
  delete_at: 0,
  update_at: 1,
})
export const ada = user('ada', 'ada')
export const bo = user('bo', 'bo')
export const team: Team = {
  id: 't',
  name: 'ship',
  display_name: 'Ship',
  description: '',
  type: 'O',
  delete_at: 0,
}

/** A server in memory, which can be unplugged. */
export class Ship {
  up = true
  posts: Post[] = []
  pending = new Map<string, Post>()
  clock = 1_000
  asked: string[] = []
  sockets: Line[] = []
  /** Connections that were let go and can be taken up again, if this server does that. */
  asleep = new Map<string, Line>()
  resumes = false
  loseAnswers = 0
  refuse = ''
  /** What is answered to anything that is done to a post. */
  refuseDeeds: { status: number; message: string } | undefined = undefined
  saved = new Set<string>()
  /** The session was ended elsewhere. */
  revoked = false
  /** Waits before each answer, for those who want them to cross. */
  pause: () => Promise<void> = async () => {}
  commands: unknown[] = []
  /** Whether the reader has a second factor, and whether everybody has to. */
  factor = false
  demands = false
  /** Whether the reader is in no channel. */
  alone = false
  channel: Channel = {
    id: 'c',
    team_id: 't',
    type: 'O',
    name: 'deck',
    display_name: 'Deck',
    header: '',
    purpose: '',
    delete_at: 0,
    update_at: 1,
    last_post_at: 0,
    total_msg_count: 0,
    total_msg_count_root: 0,
  }
  member: ChannelMember = {
    channel_id: 'c',
    user_id: 'ada',
    roles: '',
    last_viewed_at: 0,
    msg_count: 0,
    msg_count_root: 0,
    mention_count: 0,
    mention_count_root: 0,
    notify_props: {},
  }

  post(author: string, message: string, more: Partial<Post> = {}): Post {
    const at = ++this.clock
    const p: Post = {
      id: `p${at}`,
      create_at: at,
      update_at: at,
      edit_at: 0,
      delete_at: 0,
      is_pinned: false,
      user_id: author,
      channel_id: 'c',
      root_id: '',
      original_id: '',
      message,
      type: '',
      props: {},
      pending_post_id: '',
      reply_count: 0,
      last_reply_at: 0,
      participants: null,
      ...more,
    }
    this.posts.push(p)
    this.channel = {
      ...this.channel,
      last_post_at: at,
      total_msg_count: this.channel.total_msg_count + 1,
      total_msg_count_root: this.channel.total_msg_count_root + 1,
    }
    this.tell('posted', { post: JSON.stringify(p), mentions: '[]' })
    return p
  }

  private tell(event: string, data: object) {
    for (const s of [...this.sockets, ...this.asleep.values()]) s.event(event, data)
  }

  change(id: string, more: Partial<Post>, event = 'post_edited'): Post {
    const at = ++this.clock
    const i = this.posts.findIndex(p => p.id === id)
    const p = { ...this.posts[i], ...more, update_at: at } as Post
    this.posts[i] = p
    this.tell(event, { post: JSON.stringify(p) })
    return p
  }

  remove(id: string) {
    this.change(id, { delete_at: this.clock + 1 }, 'post_deleted')
  }

  react(user: string, id: string, emoji_name: string, on: boolean) {
    const p = this.posts.find(x => x.id === id)
    const others = (p?.metadata?.reactions ?? []).filter(
      r => r.user_id !== user || r.emoji_name !== emoji_name,
    )
    const reaction = { user_id: user, post_id: id, emoji_name, create_at: ++this.clock }
    const i = this.posts.findIndex(x => x.id === id)
    if (!p || p.delete_at > 0) return undefined
    this.posts[i] = {
      ...p,
      update_at: ++this.clock,
      metadata: { reactions: on ? [...others, reaction] : others },
    }
    this.tell(on ? 'reaction_added' : 'reaction_removed', { reaction: JSON.stringify(reaction) })
    return reaction
  }

  /** What is done to posts, and marked. */
  private deed(method: string, path: string, body: unknown): [number, unknown] | undefined {
    const refused = this.refuseDeeds
    const no = refused && { id: 'api.no', message: refused.message, status_code: refused.status }
    const parts = path.split('/')
    const [, first, id = ''] = parts
    const there = this.posts.some(p => p.id === id && p.delete_at === 0)
    const missing: [number, unknown] = [404, { id: 'gone', message: 'No such post.', status_code: 404 }]
    if (path === '/users/me/preferences' && method === 'GET')
      return [200, [...this.saved].map(name => ({ category: 'flagged_post', name, value: 'true' }))]
    if (method === 'GET') return undefined
    if (first === 'posts' && id) {
      if (refused) return [refused.status, no]
      if (!there) return missing
      if (method === 'PUT') return [200, this.change(id, { ...(body as object), edit_at: this.clock })]
      if (method === 'DELETE') this.remove(id)
      else this.change(id, { is_pinned: path.endsWith('/pin') })
      return [200, { status: 'OK' }]
    }
    if (path === '/reactions') {
      if (refused) return [refused.status, no]
      const r = body as { post_id: string; emoji_name: string }
      const made = this.react('ada', r.post_id, r.emoji_name, true)
      return made ? [201, made] : missing
    }
    if (path.includes('/reactions/')) {
      if (refused) return [refused.status, no]
      this.react('ada', parts[4] ?? '', decodeURIComponent(parts[6] ?? ''), false)
      return [200, { status: 'OK' }]
    }
    if (path === '/users/me/preferences' || path.endsWith('/preferences/delete')) {
      if (refused) return [refused.status, no]
      for (const p of body as { name: string }[])
        if (method === 'PUT') this.saved.add(p.name)
        else this.saved.delete(p.name)
      return [200, { status: 'OK' }]
    }
    if (path.endsWith('/set_unread')) {
      const p = this.posts.find(x => x.id === parts[4])
      const after = this.posts.filter(x => p && x.create_at >= p.create_at).length
      const msg_count_root = this.channel.total_msg_count_root - after
      this.member = { ...this.member, msg_count_root, last_viewed_at: (p?.create_at ?? 0) - 1 }
      return [200, this.member]
    }
    return undefined
  }

  fetch = async (url: string, init?: RequestInit): Promise<Response> => {
    const method = init?.method ?? 'GET'
    const path = url.replace('/api/v4', '')
    if (!this.up) {
      // No two requests fail in the same moment.
      await new Promise(r => setTimeout(r, path === '/users/me' ? 10 : 0))
      throw new TypeError('unplugged')
    }
    this.asked.push(`${method} ${path}`)
    await this.pause()
    if (!this.up) throw new TypeError('unplugged')
    const json = (body: unknown, status = 200) =>
      new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
    if (this.revoked && !path.startsWith('/config'))
      return json({ id: 'api.context.session_expired.app_error', message: 'Expired.', status_code: 401 }, 401)
    const did = this.deed(method, path, init?.body ? JSON.parse(String(init.body)) : undefined)
    if (did) return json(did[1], did[0])
    if (path === '/channels/c/members/me') return json(this.member)
    if (path === '/channels/c') return json(this.channel)
    if (path.startsWith('/config')) return json({ Version: '10.11.0' })
    if (path === '/users/me') return json({ ...ada, ...(this.factor ? { mfa_active: true } : {}) })
    if (path === '/users/ids') return json([ada, bo])
    if (this.demands && !this.factor)
      return json({ id: 'api.context.mfa_required.app_error', message: 'First.', status_code: 403 }, 403)
    if (path === '/users/me/teams') return json([team])
    if (path.endsWith('/channels/members')) return json(this.alone ? [] : [this.member])
    if (path === '/users/me/teams/t/channels')
      return this.alone ? json({ id: 'none', message: 'No channels were found.' }, 404) : json([this.channel])
    if (path.startsWith('/channels/c/posts')) {
      const since = Number(/since=(\d+)/.exec(path)?.[1] ?? 0)
      const list = this.posts
        .filter(p => p.update_at > since && (since > 0 || p.delete_at === 0))
        .sort((a, b) => b.create_at - a.create_at)
      return json({
        order: list.map(p => p.id),
        posts: Object.fromEntries(list.map(p => [p.id, p])),
        next_post_id: '',
        prev_post_id: '',
      })
    }
    if (path === '/posts' && method === 'POST') {
      if (this.refuse) return json({ id: 'api.no', message: this.refuse, status_code: 403 }, 403)
      const body = JSON.parse(String(init?.body)) as NewPost
      let made = this.pending.get(body.pending_post_id)
      if (!made) {
        made = this.post('ada', body.message, { pending_post_id: body.pending_post_id })
        this.pending.set(body.pending_post_id, made)
      }
      if (this.loseAnswers-- > 0) throw new TypeError('the answer was lost')
      return json(made, 201)
    }
    if (path === '/commands/execute') {
      if (this.refuse) return json({ id: 'api.no', message: this.refuse, status_code: 404 }, 404)
      this.commands.push(JSON.parse(String(init?.body)))
      return json({ response_type: 'ephemeral', goto_location: '/ship/channels/deck' })
    }
    if (path.includes('/view')) {
      const { total_msg_count: msg_count, total_msg_count_root: msg_count_root } = this.channel
      this.member = { ...this.member, msg_count, msg_count_root, last_viewed_at: this.channel.last_post_at }
      return json({ status: 'OK' })
    }
    return json({ id: 'api.fieldpost.not_built', message: 'Not built.', status_code: 501 }, 501)
  }
}

class Line implements SocketLike {
  onopen: (() => void) | null = null
  onmessage: ((m: { data: unknown }) => void) | null = null
  onclose: ((c: { code: number }) => void) | null = null
  onerror: (() => void) | null = null
  private past: string[] = []
  constructor(
    private readonly ship: Ship,
    private readonly id: string,
    url: string,
  ) {
    const asked = new URL(url).searchParams
    queueMicrotask(() => {
      if (!ship.up) return this.onclose?.({ code: 1006 })
      const before = ship.asleep.get(asked.get('connection_id') ?? '')
      ship.sockets.push(this)
      this.onopen?.()
      if (before) this.goOn(before, Number(asked.get('sequence_number')))
      else this.event('hello', { connection_id: this.id })
    })
  }
  private goOn(before: Line, next: number) {
    this.ship.asleep.delete(before.id)
    this.past = before.past
    this.onmessage?.({ data: JSON.stringify({ seq_reply: 1, status: 'OK' }) })
    for (const frame of this.past.slice(next)) this.onmessage?.({ data: frame })
  }
  event(event: string, data: unknown) {
    const frame = JSON.stringify({ event, data, seq: this.past.length, broadcast: { channel_id: 'c' } })
    this.past.push(frame)
    this.onmessage?.({ data: frame })
  }
  send() {}
  close() {
    this.ship.sockets = this.ship.sockets.filter(s => s !== this)
    if (this.ship.resumes) this.ship.asleep.set(this.id, this)
  }
}

export const settle = async (rounds = 12) => {
  for (let i = 0; i < rounds; i++) await new Promise(r => setTimeout(r, 2))
}

let lines = 0

/** A page that looks at the ship, with what its browser keeps. */
export async function pageAt(
  ship: Ship,
  factory: IDBFactory,
  more: {
    tabs?: TabPorts
    now?: () => number
    lock?: (name: string, f: () => Promise<void>) => Promise<void>
  } = {},
): Promise<{ client: Client; socket: Socket }> {
  const db = await Db.open(factory, IDBKeyRange)
  const rest = new Rest({ base: '', fetch: (u, i) => ship.fetch(String(u), i), csrf: () => '' })
  const fast = (f: () => void, ms: number) =>
    setTimeout(f, ms > 3_000 ? 1e8 : Math.min(ms, 3)) as unknown as number
  const socket = new Socket({
    url: 'ws://x',
    open: url => new Line(ship, `k${++lines}`, url),
    setTimeout: fast,
    clearTimeout: h => clearTimeout(h),
    random: () => 0.5,
  })
  let tail = Promise.resolve()
  const client = new Client({
    rest,
    socket,
    db,
    now: () => ++ship.clock,
    setTimeout: fast,
    clearTimeout: h => clearTimeout(h),
    whenIdle: f => f(),
    lock: (_, f) => (tail = tail.then(f, f)),
    visible: () => true,
    wipe: async () => {},
    ...more,
  })
  await client.boot(true)
  await settle()
  return { client, socket }
}

/** Cuts everybody off. */
export function unplug(ship: Ship): void {
  ship.up = false
  for (const s of ship.sockets.splice(0)) s.onclose?.({ code: 1006 })
}
