import 'fake-indexeddb/auto'
import type { Channel, ChannelMember, Socket } from '@fieldpost/api'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, expect, test } from 'vitest'
import { pageAt, Ship, settle, unplug } from './ship.ts'
import { likely } from './warming.ts'

const ship = new Ship()
const channel = (id: string, more: Partial<Channel> = {}): Channel => ({ ...ship.channel, id, ...more })
const member = (id: string, more: Partial<ChannelMember> = {}): ChannelMember => ({
  ...ship.member,
  channel_id: id,
  ...more,
})
const sockets: Socket[] = []
afterEach(() => {
  for (const s of sockets.splice(0)) s.stop()
})

test('who is spoken to comes first, then what is unread, then where the reader was last', () => {
  const channels = [
    channel('read-long-ago'),
    channel('read-just-now'),
    channel('unread', { total_msg_count_root: 2 }),
    channel('mentioned', { total_msg_count_root: 2 }),
    channel('archived', { delete_at: 9 }),
    channel('elsewhere', { team_id: 'other', total_msg_count_root: 2 }),
    channel('a-conversation', { team_id: '', type: 'G' }),
    channel('not-a-member'),
  ]
  const members = new Map(
    [
      member('read-long-ago', { last_viewed_at: 1 }),
      member('read-just-now', { last_viewed_at: 9 }),
      member('unread'),
      member('mentioned', { mention_count: 1 }),
      member('archived'),
      member('elsewhere'),
      member('a-conversation', { last_viewed_at: 5 }),
    ].map(m => [m.channel_id, m]),
  )
  expect(likely(channels, members, 't')).toEqual([
    'mentioned',
    'unread',
    'read-just-now',
    'a-conversation',
    'read-long-ago',
  ])
})

test('what the device keeps of other channels is in memory soon after one was opened', async () => {
  const kept = new Ship()
  const factory = new IDBFactory()
  const said = kept.post('bo', 'kept on the device')
  const first = await pageAt(kept, factory)
  sockets.push(first.socket)
  await first.client.reading.openChannel('c')
  await first.client.cache.saveNow()
  first.socket.stop()

  unplug(kept)
  const { client, socket } = await pageAt(kept, factory)
  sockets.push(socket)
  const { store } = client
  store.putPlaces(
    [...store.channels.peek().values(), channel('other')],
    [...store.members.peek().values(), member('other')],
  )
  await client.reading.openChannel('other')
  await settle()
  expect(store.log('c').window.peek()?.ids).toEqual([said.id])
})

test('nothing comes to memory for somebody who has signed out', async () => {
  const kept = new Ship()
  const factory = new IDBFactory()
  const said = kept.post('bo', 'kept on the device')
  const { client, socket } = await pageAt(kept, factory)
  sockets.push(socket)
  await client.reading.openChannel('c')
  await client.cache.saveNow()
  const log = client.store.log('c')
  log.window.value = undefined
  const { db } = client.platform
  const roots = db.roots.bind(db)
  let answer = () => {}
  const gone = new Promise<void>(r => {
    answer = r
  })
  db.roots = async (...of) => {
    const posts = await roots(...of)
    await gone
    return posts
  }
  const reading = client.reading.warm('c')
  await settle()
  await client.logout()
  answer()
  await reading
  expect(client.store.log('c').window.peek()).toBeUndefined()
  expect(client.store.known(said.id)).toBeUndefined()
})
