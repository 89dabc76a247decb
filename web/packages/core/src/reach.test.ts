import { ApiError, type Channel, type ChannelStats, type Group } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { About } from './about.ts'
import type { Context } from './platform.ts'
import { reachOf } from './reach.ts'
import { Store } from './store.ts'

const deck: Channel = {
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
const CREW: Group = {
  id: 'g',
  name: 'crew',
  display_name: 'Crew',
  description: '',
  delete_at: 0,
  member_count: 90,
}

/** A channel of so many, and what is known of it. */
function place(
  members: number,
  more: { config?: Record<string, string>; denied?: string[]; type?: 'G' } = {},
) {
  const notes = new Map<string, unknown>()
  const server = {
    up: true,
    silent: false,
    crew: 7,
    asked: [] as string[],
    answer(path: string): unknown {
      if (path.endsWith('/stats')) return { channel_id: 'c', member_count: members } as ChannelStats
      if (path.endsWith('/timezones')) return ['Europe/Oslo', 'Asia/Tokyo', 'Africa/Accra']
      return this.crew > 0 ? [{ group_id: 'g', channel_member_count: this.crew }] : []
    },
  }
  const store = new Store()
  store.link.value = 'online'
  store.config.value = {
    EnableConfirmNotificationsToChannel: 'true',
    ExperimentalTimezone: 'true',
    MaxNotificationsPerChannel: '1000',
    ...more.config,
  }
  store.channels.value = new Map([['c', more.type ? { ...deck, team_id: '', type: more.type } : deck]])
  const rest = {
    ask: async (_: string, path: string) => {
      server.asked.push(path)
      if (server.silent) await new Promise(() => {})
      if (!server.up) throw new ApiError('offline', 0, 'offline', 'no answer')
      return server.answer(path)
    },
  }
  const platform = {
    rest,
    db: {
      note: async (k: string) => notes.get(k),
      putNote: async (k: string, v: unknown) => notes.set(k, v),
    },
    // Whoever waits has waited long enough.
    setTimeout: (f: () => void) => Number(server.silent && queueMicrotask(f)),
    clearTimeout: () => {},
  }
  const about = new About({
    store,
    p: platform,
    quietly: (f: () => Promise<void>) => f().catch(() => {}),
  } as unknown as Context)
  const known = { roles: false }
  const client = {
    store,
    about,
    rest,
    platform,
    groups: { of: (name: string) => (name === 'crew' ? CREW : undefined) },
    permissions: {
      learn: async () => {
        if (server.silent) await new Promise(() => {})
        known.roles = true
      },
      may: (_t: string, _c: string, what: string) => (known.roles ? !more.denied?.includes(what) : undefined),
    },
  }
  const reach = (...names: string[]) =>
    reachOf(client as unknown as Parameters<typeof reachOf>[0], 'c', names)
  return { server, store, reach }
}

test('everybody but oneself is counted, and where they are', async () => {
  expect(await place(7).reach('all')).toEqual({ names: ['all'], people: 6, zones: 3 })
  expect(await place(7, { config: { ExperimentalTimezone: 'false' } }).reach('here', 'channel')).toEqual({
    names: ['here', 'channel'],
    people: 6,
    zones: 0,
  })
})

test('nobody is asked about few, nor where the site does not want it', async () => {
  expect(await place(6).reach('all')).toBeUndefined()
  const off = place(7, { config: { EnableConfirmNotificationsToChannel: 'false' } })
  expect(await off.reach('all', 'crew')).toBeUndefined()
  expect(off.server.asked).toEqual([])
})

test('nor where the names notify nobody, or everything notifies everybody', async () => {
  const denied = place(7, { denied: ['use_channel_mentions', 'use_group_mentions'] })
  expect(await denied.reach('all', 'crew')).toBeUndefined()
  expect(denied.server.asked).toEqual([])
  expect(await place(1_000).reach('all')).toBeUndefined()
  expect(await place(999).reach('all')).toMatchObject({ people: 998 })
  expect(await place(7, { type: 'G' }).reach('all')).toBeUndefined()
})

test('of a group those count who are in the channel', async () => {
  const { server, reach } = place(50)
  expect(await reach('crew')).toEqual({ names: ['crew'], people: 7, zones: 0 })
  server.crew = 5
  expect(await reach('crew')).toBeUndefined()
  server.crew = 0
  expect(await reach('crew')).toBeUndefined()
  expect(await reach('all', 'crew')).toMatchObject({ names: ['all'], people: 49 })
})

test('without the server what was counted last holds; what was never counted is not asked about', async () => {
  const { server, store, reach } = place(7)
  server.up = false
  store.link.value = 'offline'
  expect(await reach('all')).toBeUndefined()
  expect(server.asked).toEqual([])
  expect(await reach('crew')).toMatchObject({ people: 90 })
  server.up = true
  store.link.value = 'online'
  await reach('all')
  server.up = false
  store.link.value = 'offline'
  expect(await reach('all')).toEqual({ names: ['all'], people: 6, zones: 0 })
})

test('a server that does not answer keeps nobody waiting', async () => {
  const { server, reach } = place(7)
  await reach('all')
  server.silent = true
  expect(await reach('all')).toEqual({ names: ['all'], people: 6, zones: 0 })
})
