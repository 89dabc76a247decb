import 'fake-indexeddb/auto'
import { ApiError, type Socket } from '@fieldpost/api'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Client } from './client.ts'
import { Db } from './db.ts'
import { ada, unplug as cut, pageAt, Ship, settle } from './ship.ts'
import { channelRows, sidebar } from './views.ts'

let ship: Ship
let factory: IDBFactory
const open: Client[] = []
const sockets: Socket[] = []

async function page(): Promise<{ client: Client; socket: Socket }> {
  const made = await pageAt(ship, factory)
  open.push(made.client)
  sockets.push(made.socket)
  return made
}

const unplug = () => cut(ship)
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

test('what is said again stands there once', async () => {
  const { client } = await page()
  for (const text of ['Saved.', 'Gone.', 'Saved.']) client.notice(text)
  expect(client.notices.peek().map(n => n.text)).toEqual(['Gone.', 'Saved.'])
})

describe('what is chosen without the server', () => {
  const chosen = () => ship.saved.has('fieldpost_theme')

  test('is told when the connection goes on where it was', async () => {
    ship.resumes = true
    const { client, socket } = await page()
    ship.up = false
    socket.cut()
    await client.looks.set('theme', 'night')
    expect(chosen()).toBe(false)
    ship.up = true
    socket.hurry()
    await settle()
    expect(chosen()).toBe(true)
  })
})

test('what is taken as read without the server is told later', async () => {
  const { client, socket } = await page()
  ship.post('bo', 'not looked at')
  await settle()
  unplug()
  await client.reading.readAll(['c'])
  expect(ship.member.msg_count_root).toBe(0)
  ship.up = true
  socket.hurry()
  await settle(20)
  expect(ship.member.msg_count_root).toBe(1)
  expect(sidebar(client.store, 't')[0]?.items[0]?.unread).toBe(false)
})

test('a channel that goes to another team is in the sidebar of that one', async () => {
  const { client } = await page()
  const { store } = client
  await settle()
  const [ship0] = [...store.teams.peek().values()]
  if (ship0) store.putTeam({ ...ship0, id: 'u', name: 'quay' })
  const listed = (id: string) => sidebar(store, id).flatMap(g => g.items.map(i => `${i.id} ${i.path}`))
  const category = (team_id: string) => ({
    id: team_id,
    user_id: 'ada',
    team_id,
    type: 'channels' as const,
    display_name: '',
    sort_order: 0,
    sorting: '' as const,
    muted: false,
    collapsed: false,
    channel_ids: [],
  })
  store.categories.value = new Map([
    ['t', [category('t')]],
    ['u', [category('u')]],
  ])
  client.threads.of('u')
  const tell = async (more: object) => {
    ship.asked = []
    ship.channel = { ...ship.channel, ...more }
    ship.sockets[0]?.event('channel_updated', { channel: JSON.stringify(ship.channel) })
    await settle()
  }
  await tell({ header: 'of steel' })
  expect(listed('t')).toEqual(['c /ship/channels/deck'])
  expect(ship.asked).toEqual([])
  await tell({ team_id: 'u' })
  expect(listed('t')).toEqual([])
  expect(listed('u')).toEqual(['c /quay/channels/deck'])
  // Where it was put, and which threads it brought, the server knows.
  for (const team of ['t', 'u'])
    expect(ship.asked).toContain(`GET /users/me/teams/${team}/channels/categories`)
  const counted = ship.asked.filter(x => x.includes('/threads'))
  expect(counted.map(x => x.includes('/teams/u/threads'))).toEqual([true])
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
