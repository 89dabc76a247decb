import { ApiError, type Channel, type ChannelMember, type SocketEvent, type User } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { Directory, mailAddresses } from './directory.ts'
import { channelRights, inviteRights, mayInvite } from './permissions.ts'
import type { Context } from './platform.ts'
import { Roster, ranked } from './roster.ts'
import { Store } from './store.ts'

const user = (id: string): User => ({
  id,
  username: id,
  nickname: '',
  first_name: '',
  last_name: '',
  position: '',
  roles: '',
  delete_at: 0,
  update_at: 1,
})
const member = (user_id: string, more: Partial<ChannelMember> = {}): ChannelMember => ({
  channel_id: 'c',
  user_id,
  roles: 'channel_user',
  last_viewed_at: 0,
  msg_count: 0,
  msg_count_root: 0,
  mention_count: 0,
  mention_count_root: 0,
  notify_props: {},
  ...more,
})
const channel = (id: string, more: Partial<Channel> = {}): Channel => ({
  id,
  team_id: 't',
  type: 'O',
  name: id,
  display_name: id,
  header: '',
  purpose: '',
  delete_at: 0,
  update_at: 1,
  last_post_at: 0,
  total_msg_count: 1,
  total_msg_count_root: 1,
  ...more,
})

type Answer = (method: string, path: string, body: unknown) => unknown
function context(answer: Answer) {
  const notes = new Map<string, unknown>()
  const asked: string[] = []
  const store = new Store()
  const c = {
    store,
    p: {
      rest: {
        ask: async (method: string, path: string, body: unknown) => {
          asked.push(`${method} ${path}`)
          return answer(method, path, body)
        },
        leaveChannel: async (_: string, u: string) => void asked.push(`removed ${u}`),
      },
      db: {
        note: async (k: string) => notes.get(k),
        putNote: async (k: string, v: unknown) => void notes.set(k, v),
      },
    },
    quietly: (f: () => Promise<void>) => f().catch(() => {}),
  } as unknown as Context
  return { c, asked, notes, store }
}

test('members come page by page, and no later page replaces an earlier one', async () => {
  const all = Array.from({ length: 60 }, (_, i) => user(`u${i}`))
  const { c } = context((_, path, body) => {
    if (path.includes('/members/ids')) return (body as string[]).map(id => member(id))
    const page = Number(/page=(\d+)/.exec(path)?.[1])
    return all.slice(page * 50, page * 50 + 50)
  })
  const roster = new Roster(c)
  await roster.open('c')
  expect(roster.people.value).toHaveLength(50)
  expect(roster.more.value).toBe(true)
  await roster.next()
  expect(roster.people.value).toHaveLength(60)
  expect(roster.more.value).toBe(false)
  expect(roster.members.value.get('u59')?.roles).toBe('channel_user')
})

test('a search asks the server, and its late answer is dropped', async () => {
  let slow: ((u: User[]) => void) | undefined
  const { c } = context((_, path, body) => {
    if (path.includes('/members/ids')) return (body as string[]).map(id => member(id))
    const { term } = (body ?? {}) as { term?: string }
    if (term === 'a')
      return new Promise<User[]>(r => {
        slow = r
      })
    return term === 'ad' ? [user('ada')] : [user('ada'), user('bo')]
  })
  const roster = new Roster(c)
  await roster.open('c')
  const first = roster.open('c', 'a')
  await roster.open('c', 'ad')
  slow?.([user('late')])
  await first
  expect(roster.people.value).toEqual(['ada'])
})

test('it follows those who come and go, and says who looks after the channel', async () => {
  const there = [user('ada'), user('bo')]
  const { c, asked, store } = context((_, path, body) =>
    path.includes('/members/ids')
      ? (body as string[]).map(id => member(id, { scheme_admin: id === 'bo' }))
      : there,
  )
  const roster = new Roster(c)
  await roster.open('c')
  const rank = () => ranked(roster.people.value ?? [], id => store.user(id).value, roster.members.value)
  expect(rank()).toEqual(['bo', 'ada'])
  await roster.setAdmin('bo', false)
  expect(rank()).toEqual(['ada', 'bo'])
  const event = (name: string, user_id: string, channel_id = 'c') =>
    roster.heard({ event: name, data: { user_id }, broadcast: { channel_id } } as unknown as SocketEvent)
  event('user_removed', 'ada', 'elsewhere')
  event('user_removed', 'bo')
  expect(roster.people.value).toEqual(['ada'])
  there.push(user('cem'))
  event('user_added', 'cem')
  await expect.poll(() => roster.people.value).toEqual(['ada', 'bo', 'cem'])
  await roster.remove('cem')
  expect(asked).toContain('removed cem')
  expect(roster.people.value).toEqual(['ada', 'bo'])
})

test('channels are browsed by kind, with how many are in them', async () => {
  const { c, store } = context((_, path) => {
    if (path.includes('member_count')) return { open: 3 }
    if (path.endsWith('/search')) return [channel('open'), channel('old', { delete_at: 5 })]
    if (path.includes('/deleted')) return [channel('old', { delete_at: 5 })]
    return [channel('open')]
  })
  store.putPlaces([channel('mine', { type: 'P' }), channel('open')], [])
  const d = new Directory(c)
  const ids = () => d.list.value?.map(x => x.id)
  await d.open('t', 'public', '')
  expect(ids()).toEqual(['open'])
  expect(d.counts.value.get('open')).toBe(3)
  await d.open('t', 'public', 'o')
  expect(ids()).toEqual(['open'])
  await d.open('t', 'archived', '')
  expect(ids()).toEqual(['old'])
  await d.open('t', 'private', '')
  expect(ids()).toEqual(['mine'])
})

test('without the server one’s own channels are left, and it is said why', async () => {
  const { c, store } = context(() => {
    throw new ApiError('offline', 0, 'offline', 'no answer')
  })
  store.putPlaces([channel('deck'), channel('mine', { type: 'P' })], [])
  const d = new Directory(c)
  await d.open('t', 'public', 'DE')
  expect(d.list.value?.map(x => x.id)).toEqual(['deck'])
  expect(d.problem.value?.kind).toBe('offline')
})

test('addresses of mail are told from what is none', () => {
  expect(mailAddresses(' bo@ship.example, cem@ship.example;bo@ship.example\n')).toEqual({
    good: ['bo@ship.example', 'cem@ship.example'],
    bad: [],
  })
  expect(mailAddresses('bo').bad).toEqual(['bo'])
})

test('what one may not do to a channel is not among what one may', () => {
  const all = new Set([
    'manage_public_channel_properties',
    'manage_private_channel_members',
    'convert_public_channel_to_private',
    'delete_public_channel',
    'manage_team',
    'create_post',
    'manage_channel_roles',
  ])
  const open = channelRights(all, channel('deck'))
  expect(open).toMatchObject({ name: true, convert: true, archive: true, restore: false, members: false })
  const closed = channelRights(all, channel('deck', { type: 'P' }))
  expect(closed).toMatchObject({ name: false, convert: false, archive: false, members: true, roles: true })
  expect(channelRights(all, channel('town-square'))).toMatchObject({ convert: false, archive: false })
  const gone = channelRights(all, channel('deck', { delete_at: 5 }))
  expect(gone).toMatchObject({ name: false, header: false, archive: false, restore: true, pin: false })
  const direct = channelRights(new Set(), channel('x', { type: 'D' }))
  expect(direct).toMatchObject({ header: true, name: false, members: false, pin: true })
})

test('guests are invited where there are guests and mail, by those who may', () => {
  const on = { EnableGuestAccounts: 'true', EnableEmailInvitations: 'true' }
  const host = new Set(['invite_guest'])
  expect(inviteRights(host, on)).toEqual({ members: false, byMail: false, guests: true })
  expect(mayInvite(inviteRights(host, on))).toBe(true)
  for (const off of ['EnableGuestAccounts', 'EnableEmailInvitations'])
    expect(mayInvite(inviteRights(host, { ...on, [off]: 'false' })), off).toBe(false)
  const member = new Set(['invite_user', 'add_user_to_team'])
  expect(inviteRights(member, on)).toEqual({ members: true, byMail: true, guests: false })
  expect(inviteRights(member, {})).toEqual({ members: true, byMail: false, guests: false })
})
