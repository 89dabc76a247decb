import { ApiError, type Moderation, type ModerationPatch, type Rest, type SocketEvent } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { Moderations } from './moderation.ts'

const yes = { value: true, enabled: true }

function desk() {
  const server = {
    refuse: false,
    /** Answers wait until they are let go. */
    hold: undefined as Promise<void> | undefined,
    list: ['create_post', 'breathe', 'manage_members'].map(
      (name): Moderation => ({
        name,
        roles: { members: { ...yes }, guests: name === 'manage_members' ? null : { ...yes } },
      }),
    ),
  }
  const ask = async (method: string, _path: string, body: unknown) => {
    const before = structuredClone(server.list)
    if (method === 'GET') {
      await server.hold
      return before
    }
    if (server.refuse) throw new ApiError('refused', 403, 'x', 'No.')
    for (const p of body as ModerationPatch[]) {
      const m = server.list.find(x => x.name === p.name)
      if (m && p.roles.members !== undefined) m.roles.members.value = p.roles.members
      if (m?.roles.guests && p.roles.guests !== undefined) m.roles.guests.value = p.roles.guests
    }
    return structuredClone(server.list)
  }
  const moderations = new Moderations({ ask } as unknown as Rest)
  const shown = () =>
    moderations.list.value?.map(m => `${m.name} ${m.roles.members.value} ${m.roles.guests?.value}`)
  return { server, moderations, shown }
}

test('what this client knows of it is listed', async () => {
  const { moderations, shown } = desk()
  await moderations.open('deck')
  expect(shown()).toEqual(['create_post true true', 'manage_members true undefined'])
})

test('a switch is set at once, for those it is meant for', async () => {
  const { server, moderations, shown } = desk()
  await moderations.open('deck')
  const done = moderations.set('create_post', 'guests', false)
  expect(shown()?.[0]).toBe('create_post true false')
  await done
  expect(server.list[0]?.roles).toEqual({ members: yes, guests: { value: false, enabled: true } })
})

test('what the server refuses is as it was, and said', async () => {
  const { server, moderations, shown } = desk()
  await moderations.open('deck')
  server.refuse = true
  await expect(moderations.set('create_post', 'members', false)).rejects.toThrow('No.')
  expect(shown()?.[0]).toBe('create_post true true')
})

test('an answer that was given before a switch was set does not set it back', async () => {
  const { server, moderations, shown } = desk()
  await moderations.open('deck')
  let go = () => {}
  server.hold = new Promise(r => {
    go = r
  })
  const slow = moderations.open('deck')
  await moderations.set('create_post', 'members', false)
  go()
  await slow
  expect(shown()?.[0]).toBe('create_post false true')
})

test('what somebody else sets is followed, in the channel that is looked at', async () => {
  const { server, moderations, shown } = desk()
  await moderations.open('deck')
  const first = server.list[0]
  if (first) first.roles.members.value = false
  const heard = (channel_id: string) =>
    moderations.heard({ event: 'channel_scheme_updated', data: {}, broadcast: { channel_id } } as SocketEvent)
  heard('anchor')
  await new Promise(r => setTimeout(r))
  expect(shown()?.[0]).toBe('create_post true true')
  heard('deck')
  await new Promise(r => setTimeout(r))
  expect(shown()?.[0]).toBe('create_post false true')
})
