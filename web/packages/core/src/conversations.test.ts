import { ApiError, type Channel, type ChannelMember, type Preference, type SocketEvent } from '@fieldpost/api'
import { signal } from '@preact/signals-core'
import { expect, test } from 'vitest'
import { Conversations, isClosed, isListing, roomOf } from './conversations.ts'
import type { Context } from './platform.ts'
import { Preferences } from './preferences.ts'
import { Store } from './store.ts'
import { everyPlace, sidebar } from './views.ts'

const pref = (category: string, name: string, value: string): Preference => ({
  user_id: 'ada',
  category,
  name,
  value,
})

/** Ada at a client with conversations, of which each was used a little later than the one before. */
function desk(names: readonly string[], at: Preference[] = []) {
  const server = {
    up: true,
    answer: Promise.resolve(),
    at: new Map(at.map(p => [`${p.category}/${p.name}`, p.value])),
  }
  const store = new Store()
  store.me.value = { id: 'ada', username: 'ada' } as NonNullable<typeof store.me.value>
  store.putTeam({ id: 't', name: 'ship', display_name: 'Ship', description: '', type: 'O', delete_at: 0 })
  names.forEach((name, i) => {
    const type = name.startsWith('g') ? 'G' : 'D'
    const channel = { id: name, type, team_id: '', name: type === 'D' ? `ada__${name}` : name }
    const counts = { last_post_at: i + 1, total_msg_count: 1, total_msg_count_root: 1, delete_at: 0 }
    store.putChannel(
      { ...channel, ...counts, display_name: name } as Channel,
      { channel_id: name, msg_count_root: 1, mention_count: 0, notify_props: {} } as unknown as ChannelMember,
    )
  })
  const there = () => {
    if (!server.up) throw new ApiError('offline', 0, 'offline', '')
  }
  const notes = new Map<string, unknown>()
  const context = {
    store,
    notice: () => {},
    quietly: async (f: () => Promise<void>) => {
      await f().catch(e => {
        if (!(e instanceof ApiError)) throw e
      })
    },
    p: {
      now: () => 1_000,
      db: {
        note: async (k: string) => notes.get(k),
        putNote: async (k: string, v: unknown) => notes.set(k, v),
      },
      rest: {
        preferences: async () => {
          there()
          return [...server.at].map(([key, value]) => {
            const [category = '', name = ''] = key.split('/')
            return pref(category, name, value)
          })
        },
        savePreferences: async (list: Preference[]) => {
          there()
          for (const p of list) server.at.set(`${p.category}/${p.name}`, p.value)
          await server.answer
        },
      },
    },
  } as unknown as Context
  const leads = signal(true)
  const preferences = new Preferences(context, isListing)
  const conversations = new Conversations(context, preferences, leads)
  const channel = (id: string) => store.channels.peek().get(id) as Channel
  const listed = () => sidebar(store, 't').flatMap(g => g.items.map(i => i.id))
  const write = (id: string) => {
    store.changeChannel(id, c => ({ total_msg_count_root: c.total_msg_count_root + 1, last_post_at: 500 }))
    conversations.heard({
      event: 'posted',
      data: {},
      broadcast: { channel_id: id },
    } as unknown as SocketEvent)
  }
  return { server, store, notes, leads, preferences, conversations, channel, listed, write }
}
const told = (...all: Preference[]) =>
  ({ event: 'preferences_changed', data: { preferences: JSON.stringify(all) } }) as unknown as SocketEvent
const settled = () => new Promise(r => setTimeout(r))

test('a closed conversation is not listed, and said so where other clients look', async () => {
  const d = desk(['bo', 'cem', 'gang'])
  await d.preferences.load()
  await d.conversations.close(d.channel('bo'))
  await d.conversations.close(d.channel('gang'))
  expect(d.listed()).toEqual(['cem'])
  expect(Object.fromEntries(d.server.at)).toEqual({
    'direct_channel_show/bo': 'false',
    'group_channel_show/gang': 'false',
  })
  expect(everyPlace(d.store, 't').map(i => i.id)).toEqual(['bo', 'cem', 'gang'])
})

test('it comes back when it is opened, and then counts as used', async () => {
  const d = desk(['bo', 'cem'], [pref('direct_channel_show', 'bo', 'false')])
  d.store.current.value = 'bo'
  // Nobody knows yet that it was closed.
  await d.preferences.load()
  expect(d.server.at.get('direct_channel_show/bo')).toBe('true')
  expect(d.server.at.get('channel_open_time/bo')).toBe('1000')
  d.store.current.value = ''
  expect(d.listed()).toEqual(['cem', 'bo'])
})

test('what another device closes while it is on screen stays until one goes elsewhere', async () => {
  const d = desk(['bo', 'cem'])
  await d.preferences.load()
  d.store.current.value = 'bo'
  d.preferences.heard(told(pref('direct_channel_show', 'bo', 'false')))
  expect(d.listed()).toContain('bo')
  d.store.current.value = 'cem'
  expect(d.listed()).toEqual(['cem'])
})

test('a message brings it back, told to the server by one tab', async () => {
  const d = desk(['bo'], [pref('direct_channel_show', 'bo', 'false')])
  await d.preferences.load()
  d.leads.value = false
  d.write('bo')
  await settled()
  expect(d.listed()).toEqual(['bo'])
  expect(d.server.at.get('direct_channel_show/bo')).toBe('false')
  d.leads.value = true
  await settled()
  expect(d.server.at.get('direct_channel_show/bo')).toBe('true')
  await d.conversations.close(d.channel('bo'))
  d.write('bo')
  await settled()
  expect(d.server.at.get('direct_channel_show/bo')).toBe('true')
})

test('what was written while no client was there brings it back for good', async () => {
  const d = desk(['bo'], [pref('direct_channel_show', 'bo', 'false')])
  d.store.changeChannel('bo', () => ({ total_msg_count_root: 5 }))
  await d.preferences.load()
  await settled()
  expect(d.server.at.get('direct_channel_show/bo')).toBe('true')
})

test('closed without the server, it is closed there later', async () => {
  const d = desk(['bo', 'cem'])
  await d.preferences.load()
  d.server.up = false
  await d.conversations.close(d.channel('bo'))
  expect(d.listed()).toEqual(['cem'])
  d.server.up = true
  await d.preferences.load()
  expect(d.server.at.get('direct_channel_show/bo')).toBe('false')
  expect(isClosed(d.store, d.channel('bo'))).toBe(true)
})

test('what another device chooses after this one holds, though the answer to this one is still on the way', async () => {
  const d = desk(['bo', 'cem'])
  await d.preferences.load()
  let answer = () => {}
  d.server.answer = new Promise(done => {
    answer = done
  })
  const closing = d.conversations.close(d.channel('bo'))
  const chosen = (value: string) => d.preferences.heard(told(pref('direct_channel_show', 'bo', value)))
  // From before the server had what was chosen here.
  chosen('true')
  expect(d.listed()).toEqual(['cem'])
  chosen('false')
  expect(d.notes.get('preferences')).toMatchObject({ unsent: [] })
  chosen('true')
  expect(d.listed()).toEqual(['cem', 'bo'])
  answer()
  await closing
  expect(isClosed(d.store, d.channel('bo'))).toBe(false)
})

test('as many are listed as there is room for: what is new or on screen, then what was used last', async () => {
  const names = Array.from({ length: 14 }, (_, i) => `p${String(i).padStart(2, '0')}`)
  const d = desk(names)
  await d.preferences.load()
  expect(d.listed()).toHaveLength(14)
  await d.conversations.setRoom(10)
  expect(d.server.at.get('sidebar_settings/limit_visible_dms_gms')).toBe('10')
  expect(d.listed().sort()).toEqual(names.slice(4))
  expect(sidebar(d.store, 't').find(g => g.type === 'direct_messages')?.more).toBe(4)
  d.write('p00')
  d.store.current.value = 'p01'
  expect(d.listed().sort()).toEqual(['p00', 'p01', ...names.slice(6)])
  for (const name of names) d.write(name)
  expect(d.listed()).toHaveLength(14)
})

test('favourites take no room, however many they are', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `p${String(i).padStart(2, '0')}`)
  const d = desk(names, [pref('sidebar_settings', 'limit_visible_dms_gms', '10')])
  await d.preferences.load()
  const heading = { user_id: 'ada', team_id: 't', display_name: '', sort_order: 0, sorting: '' as const }
  const flags = { muted: false, collapsed: false }
  d.store.categories.value = new Map([
    [
      't',
      [
        { ...heading, ...flags, id: 'f', type: 'favorites', channel_ids: names.slice(0, 11) },
        { ...heading, ...flags, id: 'd', type: 'direct_messages', channel_ids: [] },
      ],
    ],
  ])
  expect(d.listed()).toHaveLength(12)
})

test('a number that the server would not take does not hold', () => {
  const store = new Store()
  const said = (value: string) => {
    store.preferences.value = new Map([['sidebar_settings/limit_visible_dms_gms', value]])
    return roomOf(store)
  }
  expect(['15', '10000', '0', 'all', '2.5'].map(said)).toEqual([15, 40, 40, 40, 40])
})
