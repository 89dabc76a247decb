import { ApiError, type Channel, type Post, type SocketEvent, type User } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { Outsiders } from './outsiders.ts'
import type { Context } from './platform.ts'
import { Store } from './store.ts'

const user = (id: string, more: Partial<User> = {}): User => ({
  id,
  username: id,
  nickname: '',
  first_name: '',
  last_name: '',
  position: '',
  roles: '',
  delete_at: 0,
  update_at: 1,
  ...more,
})
const channel: Channel = {
  id: 'c',
  team_id: 't',
  type: 'P',
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
const said = (message: string, id = 'p'): Post => ({ id, channel_id: 'c', message }) as Post
const added = (user_id: string, channel_id = 'c') =>
  ({ event: 'user_added', data: { user_id }, broadcast: { channel_id } }) as unknown as SocketEvent

/** A server with people of whom some are in the channel, and some in its team. */
function site(more: Partial<Channel> = {}) {
  const people = [
    ...['ada', 'bo', 'cem', 'dan', 'zed'].map(id => user(id)),
    user('bot', { is_bot: true }),
    user('gone', { delete_at: 9 }),
    user('peer', { remote_id: 'far' }),
  ]
  const inTeam = new Set(['ada', 'bo', 'cem', 'dan', 'bot', 'gone'])
  const members = new Set(['ada', 'bo'])
  const asked: string[] = []
  const refused = new Set<string>()
  const store = new Store()
  store.me.value = people[0]
  store.channels.value = new Map([['c', { ...channel, ...more }]])
  store.putUsers(people.slice(0, 2))
  const outsiders = new Outsiders({
    store,
    p: {
      rest: {
        ask: async (_: string, path: string, ids: string[]) => {
          asked.push(path)
          const told = (of: Set<string>) =>
            ids.filter(id => of.has(id)).map(user_id => ({ user_id, delete_at: 0 }))
          if (path === '/channels/c/members/ids') return told(members)
          // Who left a team is told of, too.
          return [...told(inTeam), ...(ids.includes('zed') ? [{ user_id: 'zed', delete_at: 5 }] : [])]
        },
        usersByNames: async (names: string[]) => {
          asked.push(names.join())
          return people.filter(u => names.includes(u.username))
        },
        addChannelMember: async (_: string, id: string) => {
          if (refused.has(id)) throw new ApiError('refused', 403, 'x', 'No.')
          members.add(id)
        },
      },
    },
    quietly: (f: () => Promise<void>) => f().catch(() => {}),
  } as unknown as Context)
  return { outsiders, asked, members, refused }
}

test('whoever is named and not there is told apart by whether they are in the team', async () => {
  const { outsiders, asked } = site()
  await outsiders.look(said('@bo, @Cem. and @zed: see `@dan`, @nobody'))
  expect(outsiders.of('p')).toEqual({ channel: 'c', near: ['cem'], far: ['zed'] })
  expect(asked[0]).toBe('cem,zed,nobody')
})

test('nothing is asked where nobody is named, and nothing said where everybody is there', async () => {
  const { outsiders, asked } = site()
  await outsiders.look(said('@all of us, says @ada'))
  expect(asked).toEqual([])
  await outsiders.look(said('@bo'))
  expect(asked).toEqual(['/channels/c/members/ids'])
  await outsiders.look(said('@bot @gone @peer'))
  expect(outsiders.of('p')).toBeUndefined()
})

test('nobody is added to a conversation without a team', async () => {
  const { outsiders, asked } = site({ type: 'G', team_id: '' })
  await outsiders.look(said('@cem'))
  expect(outsiders.of('p')).toBeUndefined()
  expect(asked).toEqual([])
})

test('those of the team are added; who could not be stays', async () => {
  const { outsiders, members, refused } = site()
  await outsiders.look(said('@cem and @dan'))
  refused.add('dan')
  await expect(outsiders.add('p')).rejects.toThrow('No.')
  expect([...members]).toEqual(['ada', 'bo', 'cem'])
  expect(outsiders.of('p')?.near).toEqual(['dan'])
  refused.clear()
  await outsiders.add('p')
  expect(outsiders.of('p')).toBeUndefined()
})

test('whoever came in otherwise is no outsider any more, and what was dismissed is gone', async () => {
  const { outsiders } = site()
  await outsiders.look(said('@cem @dan', 'p'))
  await outsiders.look(said('@cem', 'q'))
  await outsiders.look(said('@dan', 'r'))
  outsiders.heard(added('dan', 'other'))
  outsiders.heard(added('cem'))
  expect(outsiders.of('p')?.near).toEqual(['dan'])
  expect(outsiders.of('q')).toBeUndefined()
  outsiders.dismiss('p')
  expect(outsiders.of('p')).toBeUndefined()
  expect(outsiders.of('r')?.near).toEqual(['dan'])
  outsiders.reset()
  expect(outsiders.of('r')).toBeUndefined()
})
