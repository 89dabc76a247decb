import type { ChannelMember, SocketEvent } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { channelRights, Permissions } from './permissions.ts'
import type { Context } from './platform.ts'
import { Store } from './store.ts'

const ROLES: Record<string, string[]> = {
  system_user: [],
  team_user: ['create_private_channel'],
  channel_user: ['create_post', 'add_reaction'],
  channel_user_restricted_1: ['add_reaction'],
}

function desk(roles: string) {
  const store = new Store()
  store.me.value = { id: 'ada', roles: 'system_user' } as NonNullable<typeof store.me.value>
  const seat = (channel: string, said: string) => {
    store.members.value = new Map(store.members.peek()).set(channel, {
      channel_id: channel,
      roles: said,
    } as ChannelMember)
  }
  seat('deck', roles)
  const asked: string[][] = []
  const ask = async (method: string, _path: string, body: string[]) => {
    if (method === 'GET') return { roles: 'team_user' }
    asked.push(body)
    return body.flatMap(name => (ROLES[name] ? [{ name, permissions: ROLES[name] }] : []))
  }
  const quietly = (f: () => Promise<void>) => f()
  const permissions = new Permissions({ store, p: { rest: { ask } }, quietly } as unknown as Context)
  return { permissions, seat, asked }
}

test('nobody is kept from writing before it is known what they may', async () => {
  const { permissions, seat } = desk('channel_user_restricted_1')
  expect(permissions.may('t', 'deck', 'create_post')).toBeUndefined()
  await permissions.load('t')
  expect(permissions.may('t', 'deck', 'create_post')).toBe(false)
  expect(permissions.may('t', 'deck', 'add_reaction')).toBe(true)
  expect(permissions.may('t', 'elsewhere', 'create_post')).toBeUndefined()
  seat('anchor', 'channel_user')
  expect(permissions.may('t', 'anchor', 'create_post')).toBeUndefined()
})

test('what is not known is learned, and what is known is not asked for again', async () => {
  const { permissions, seat, asked } = desk('channel_user')
  await permissions.learn('t', 'deck')
  expect(permissions.may('t', 'deck', 'create_post')).toBe(true)
  seat('anchor', 'channel_user_restricted_1')
  await permissions.learn('t', 'anchor')
  expect(permissions.may('t', 'anchor', 'create_post')).toBe(false)
  await permissions.learn('t', 'anchor')
  expect(asked).toHaveLength(2)
})

test('a role that nobody had here before is asked for when a channel is opened, and once', async () => {
  const { permissions, seat, asked } = desk('channel_user')
  await permissions.load('t')
  seat('anchor', 'channel_user_restricted_1')
  await permissions.meet('t', 'anchor')
  expect(asked.at(-1)).toContain('channel_user_restricted_1')
  expect(permissions.may('t', 'anchor', 'create_post')).toBe(false)
  await permissions.meet('t', 'anchor')
  expect(asked).toHaveLength(2)
})

test('a channel that is moderated while it is open takes the field away', async () => {
  const { permissions, seat } = desk('channel_user')
  await permissions.load('t')
  expect(permissions.may('t', 'deck', 'create_post')).toBe(true)
  seat('deck', 'channel_user_restricted_1')
  // The role is not known yet, so what was holds.
  expect(permissions.may('t', 'deck', 'create_post')).toBe(true)
  permissions.heard({ event: 'channel_member_updated', data: {}, broadcast: {} } as unknown as SocketEvent)
  await new Promise(r => setTimeout(r))
  expect(permissions.may('t', 'deck', 'create_post')).toBe(false)
})

test('whoever looks after the channels of the site moderates those that are not archived', () => {
  const rights = (type: string, delete_at = 0) =>
    channelRights(new Set(['sysconsole_write_user_management_channels']), { type, delete_at } as never)
  expect([rights('O'), rights('P'), rights('G'), rights('O', 5)].map(r => r.moderate)).toEqual([
    true,
    true,
    false,
    false,
  ])
})

test('where a site only reads, its people change nothing, and still let others in', () => {
  const all = ['manage_public_channel_properties', 'manage_public_channel_members', 'delete_public_channel']
  const rights = (read_only?: boolean) =>
    channelRights(new Set(all), { type: 'O', name: 'deck', delete_at: 0, read_only } as never)
  const told = (r: ReturnType<typeof rights>) => [r.header, r.name, r.archive, r.members]
  expect(told(rights())).toEqual([true, true, true, true])
  expect(told(rights(true))).toEqual([false, false, false, true])
})
