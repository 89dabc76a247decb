import 'fake-indexeddb/auto'
import {
  ApiError,
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
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Client } from './client.ts'
import { Db } from './db.ts'
import { channelRows, sidebar } from './views.ts'

const user = (id: string, username: string): User => ({
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
const ada = user('ada', 'ada')
const bo = user('bo', 'bo')
const team: Team = { id: 't', name: 'ship', display_name: 'Ship', description: '', type: 'O', delete_at: 0 }

/** A server in memory, which can be unplugged. */
class Ship {
  up = true
  posts: Post[] = []
  pending = new Map<string, Post>()
  clock = 1_000
  asked: string[] = []
  sockets: Line[] = []
  loseAnswers = 0
  refuse = ''
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
    for (const s of this.sockets) s.event('posted', { post: JSON.stringify(p), mentions: '[]' })
    return p
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
    const json = (body: unknown, status = 200) =>
      new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
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
      const list = this.posts.filter(p => p.update_at > since).sort((a, b) => b.create_at - a.create_at)
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
    if (path.includes('/view')) return json({ status: 'OK' })
    return json({ id: 'api.fieldpost.not_built', message: 'Not built.', status_code: 501 }, 501)
  }
}

class Line implements SocketLike {
  onopen: (() => void) | null = null
  onmessage: ((m: { data: unknown }) => void) | null = null
  onclose: ((c: { code: number }) => void) | null = null
  onerror: (() => void) | null = null
  private seq = 0
  constructor(ship: Ship, n: number) {
    queueMicrotask(() => {
      if (!ship.up) return this.onclose?.({ code: 1006 })
      ship.sockets.push(this)
      this.onopen?.()
      this.event('hello', { connection_id: `k${n}` })
    })
  }
  event(event: string, data: unknown) {
    this.onmessage?.({
      data: JSON.stringify({ event, data, seq: this.seq++, broadcast: { channel_id: 'c' } }),
    })
  }
  send() {}
  close() {}
}

const settle = async (rounds = 12) => {
  for (let i = 0; i < rounds; i++) await new Promise(r => setTimeout(r, 2))
}

let ship: Ship
let factory: IDBFactory
const open: Client[] = []
const sockets: Socket[] = []
let lines = 0

async function page(): Promise<{ client: Client; socket: Socket }> {
  const db = await Db.open(factory, IDBKeyRange)
  const rest = new Rest({ base: '', fetch: (u, i) => ship.fetch(String(u), i), csrf: () => '' })
  const fast = (f: () => void, ms: number) =>
    setTimeout(f, ms > 3_000 ? 1e8 : Math.min(ms, 3)) as unknown as number
  const socket = new Socket({
    url: 'ws://x',
    open: () => new Line(ship, ++lines),
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
    lock: (_, f) => (tail = tail.then(f, f)),
    visible: () => true,
    wipe: async () => {},
  })
  open.push(client)
  sockets.push(socket)
  await client.boot(true)
  await settle()
  return { client, socket }
}

const unplug = () => {
  ship.up = false
  for (const s of ship.sockets.splice(0)) s.onclose?.({ code: 1006 })
}
const texts = (c: Client) =>
  channelRows(c.store, 'c').flatMap(r =>
    r.kind === 'post'
      ? [c.store.post(r.id).peek()?.message]
      : r.kind === 'pending'
        ? [`(${r.entry.message})`]
        : [],
  )

beforeEach(() => {
  ship = new Ship()
  factory = new IDBFactory()
})
afterEach(() => {
  for (const s of sockets.splice(0)) s.stop()
  open.length = 0
})

describe('a conversation over a network that fails', () => {
  test('what is written offline survives a reload and is posted once, in order', async () => {
    ship.post('bo', 'before')
    const first = await page()
    await first.client.reading.openChannel('c')
    await settle()
    unplug()
    await first.client.writing.send('c', 'one')
    await first.client.writing.send('c', 'two')
    await settle()
    expect(first.client.store.link.peek()).toBe('offline')
    expect(texts(first.client)).toEqual(['before', '(one)', '(two)'])
    await first.client.cache.saveNow()
    first.socket.stop()

    const second = await page()
    await second.client.reading.openChannel('c')
    await settle()
    expect(second.client.phase.peek()).toBe('ready')
    expect(texts(second.client)).toEqual(['before', '(one)', '(two)'])

    ship.post('bo', 'meanwhile')
    ship.up = true
    second.socket.hurry()
    await settle(30)
    expect(ship.posts.map(p => p.message)).toEqual(['before', 'meanwhile', 'one', 'two'])
    expect(texts(second.client)).toEqual(['before', 'meanwhile', 'one', 'two'])
    expect(second.client.writing.unsent).toBe(0)
  })

  test('a lost answer does not make a second post', async () => {
    const { client } = await page()
    await client.reading.openChannel('c')
    ship.loseAnswers = 2
    await client.writing.send('c', 'once')
    await settle(30)
    expect(ship.posts.map(p => p.message)).toEqual(['once'])
    expect(texts(client)).toEqual(['once'])
    expect(client.writing.unsent).toBe(0)
  })

  test('reconnecting fetches only what was missed', async () => {
    ship.post('bo', 'a')
    const { client } = await page()
    await client.reading.openChannel('c')
    await settle()
    unplug()
    ship.post('bo', 'b')
    ship.asked = []
    ship.up = true
    await settle(30)
    expect(texts(client)).toEqual(['a', 'b'])
    const reads = ship.asked.filter(x => x.includes('/posts'))
    expect(reads).toHaveLength(1)
    expect(reads[0]).toContain('since=1001')
  })

  test('a message that arrives late stands in its place and is marked', async () => {
    ship.post('bo', 'early')
    ship.clock = 90_000
    ship.post('bo', 'now')
    const { client } = await page()
    await client.reading.openChannel('c')
    await settle()
    unplug()
    ship.posts.push({ ...ship.post('bo', 'from afar'), id: 'late', create_at: 40_000, message: 'late one' })
    ship.up = true
    await settle(30)
    expect(texts(client)).toEqual(['early', 'late one', 'now', 'from afar'])
    expect([...client.store.log('c').late.peek()]).toEqual(['late'])
  })

  test('a message that arrives late is marked also in a channel that is not on screen', async () => {
    ship.post('bo', 'early')
    ship.clock = 90_000
    ship.post('bo', 'now')
    const { client } = await page()
    await settle()
    ship.post('bo', 'late one', { id: 'late', create_at: 40_000 })
    ship.post('bo', 'and on')
    await settle(30)
    await client.reading.openChannel('c')
    await settle()
    expect(texts(client)).toEqual(['early', 'late one', 'now', 'and on'])
    expect([...client.store.log('c').late.peek()]).toEqual(['late'])
  })

  test('what comes after a channel was left is not read, however soon', async () => {
    ship.post('bo', 'early')
    const { client } = await page()
    await client.reading.openChannel('c')
    client.reading.leave()
    ship.post('bo', 'look here')
    await settle(250)
    expect(client.store.members.peek().get('c')?.msg_count_root).toBe(0)
    expect(ship.asked.filter(x => x.includes('/view'))).toEqual([])
  })

  test('replies missed in one’s own thread are announced on its root', async () => {
    const root = ship.post('ada', 'my question')
    const { client } = await page()
    await client.reading.openChannel('c')
    await settle()
    unplug()
    Object.assign(root, { reply_count: 2, last_reply_at: ship.clock + 1, update_at: ship.clock + 1 })
    ship.up = true
    await settle(30)
    expect(client.store.threadNews.peek().get(root.id)).toBe(2)
  })

  test('a refusal keeps the message until its author decides', async () => {
    const { client } = await page()
    ship.refuse = 'You may not post here.'
    await client.writing.send('c', 'no')
    await settle()
    expect(client.store.outbox.peek()[0]?.refused).toBe('You may not post here.')
    ship.refuse = ''
    await client.writing.retry(client.store.outbox.peek()[0]?.pending_post_id ?? '')
    await settle()
    expect(ship.posts.map(p => p.message)).toEqual(['no'])
  })

  test('logging out leaves nothing behind', async () => {
    ship.post('bo', 'secret')
    const { client } = await page()
    await client.reading.openChannel('c')
    client.drafts.write('c', { text: 'half a thought' })
    await settle()
    await client.cache.saveNow()
    await client.logout()
    const db = await Db.open(factory, IDBKeyRange)
    expect([
      await db.session(),
      await db.users(),
      await db.logs(),
      await db.drafts(),
      await db.roots('c', 0, 1e15, 9),
    ]).toEqual([undefined, [], [], [], []])
  })

  test('a team in which the reader is in no channel is no error', async () => {
    ship.alone = true
    const { client } = await page()
    expect(client.phase.peek()).toBe('ready')
    expect([...client.store.teams.peek().keys()]).toEqual(['t'])
    expect(client.store.channels.peek().size).toBe(0)
    expect(client.notices.peek()).toEqual([])
  })

  test('unread marks follow live messages and vanish on reading', async () => {
    const { client } = await page()
    ship.post('bo', 'hello')
    await settle(4)
    const item = () => sidebar(client.store, 't')[0]?.items[0]
    expect(item()?.unread).toBe(true)
    await client.reading.openChannel('c')
    await settle()
    expect(item()?.unread).toBe(false)
  })

  test('an empty stretch of the cache is read without an error', async () => {
    const db = await Db.open(factory, IDBKeyRange)
    expect(await db.roots('c', 5, 5, 9)).toEqual([])
  })

  test('an error of the API is told apart from silence', () => {
    expect(new ApiError('refused', 501, 'api.fieldpost.not_built', '').notBuilt).toBe(true)
  })
})

describe('commands', () => {
  test('are run at the server and say where to go', async () => {
    const { client } = await page()
    const answer = await client.writing.command('/join ~deck', 'c', '', 't')
    expect(answer?.goto_location).toBe('/ship/channels/deck')
    expect(ship.commands).toEqual([{ command: '/join ~deck', channel_id: 'c', root_id: '', team_id: 't' }])
    expect(ship.posts).toEqual([])
  })

  test('need the server, and nothing of them waits in the outbox', async () => {
    const { client } = await page()
    unplug()
    await settle()
    expect(await client.writing.command('/away', 'c', '', 't')).toBeUndefined()
    expect(client.notices.peek().at(-1)?.text).toContain('Commands need the server')
    expect(client.writing.unsent).toBe(0)
  })

  test('that are refused say why', async () => {
    const { client } = await page()
    ship.refuse = 'There is no command /nothing.'
    expect(await client.writing.command('/nothing', 'c', '', 't')).toBeUndefined()
    expect(client.notices.peek().at(-1)?.text).toBe('There is no command /nothing.')
  })

  test('are answered in a row of its own that only the reader sees', async () => {
    const { client } = await page()
    await client.reading.openChannel('c')
    ship.post('ada', 'hello')
    const only = { ...ship.post('ada', 'You are away now.', { type: 'system_ephemeral' }), id: 'e1' }
    ship.posts = ship.posts.filter(p => p.type === '')
    for (const s of ship.sockets) s.event('ephemeral_message', { post: JSON.stringify(only) })
    await settle()
    ship.post('ada', 'later')
    await settle()
    const rows = channelRows(client.store, 'c').filter(r => r.kind === 'post' && r.id.startsWith('e'))
    expect(rows).toMatchObject([{ compact: false }])
    const last = channelRows(client.store, 'c').at(-1)
    expect(last).toMatchObject({ kind: 'post', compact: false })
  })
})

describe('a second factor', () => {
  test('that is demanded is set up before anything else', async () => {
    ship.demands = true
    const { client } = await page()
    expect(client.mustSetUp.value).toBe(true)
    expect(client.phase.value).toBe('ready')
    expect(ship.sockets).toHaveLength(0)
    ship.factor = true
    await client.refreshMe()
    await settle()
    expect(client.mustSetUp.value).toBe(false)
    expect(client.store.teams.value.size).toBe(1)
    expect(ship.sockets).toHaveLength(1)
  })

  test('that was switched off is off, although the server then says nothing of it', async () => {
    ship.factor = true
    const { client } = await page()
    expect(client.store.me.value?.mfa_active).toBe(true)
    ship.factor = false
    await client.refreshMe()
    expect(client.store.me.value?.mfa_active).toBe(false)
    ship.factor = true
    await client.refreshMe()
    ship.sockets[0]?.event('user_updated', { user: ada })
    expect(client.store.me.value?.mfa_active).toBe(false)
  })
})
