import { ApiError, GROUPS_PAGE, type Group, type SocketEvent, type User } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { Groups } from './named.ts'
import type { Context } from './platform.ts'
import { Store } from './store.ts'
import { GroupList, GroupView, groupFault, groupName, groupRights, nameFault } from './user-groups.ts'

const group = (id: string, more: Partial<Group> = {}): Group => ({
  id,
  name: id,
  display_name: `The ${id}`,
  description: '',
  delete_at: 0,
  allow_reference: true,
  ...more,
})
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

/** A server with some groups, of which the reader is in one. */
function site() {
  const notes = new Map<string, unknown>()
  const asked: string[] = []
  const store = new Store()
  store.me.value = user('me')
  const all = new Map<string, { g: Group; people: string[] }>()
  const put = (g: Group, people: string[]) => all.set(g.id, { g, people })
  let up = true
  const found = (id: string) => {
    const one = all.get(id)
    if (!one) throw new ApiError('refused', 404, 'app.group.no_rows', 'There is no such group.')
    return one
  }
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    asked.push(`${method} ${path}`)
    if (!up) throw new ApiError('offline', 0, 'offline', '')
    const { pathname, searchParams: q } = new URL(path, 'http://x')
    const [, , id = '', what = ''] = pathname.split('/')
    const counted = [...all.values()].map(x => ({ ...x.g, member_count: x.people.length }))
    if (pathname === '/users/me/groups') return counted.filter(g => found(g.id).people.includes('me'))
    if (pathname === '/users/search')
      return found((body as { in_group_id: string }).in_group_id)
        .people.filter(p => p.startsWith((body as { term: string }).term))
        .map(user)
    if (pathname === '/groups') {
      const archived = q.get('filter_archived') === 'true'
      const member = q.get('filter_has_member') ?? ''
      const page = Number(q.get('page'))
      return counted
        .filter(g => g.delete_at > 0 === archived && g.name.includes(q.get('q') ?? ''))
        .filter(g => !member || found(g.id).people.includes(member))
        .slice(page * GROUPS_PAGE, (page + 1) * GROUPS_PAGE)
    }
    const one = found(id)
    if (what === 'members') {
      if (one.g.delete_at > 0) throw new ApiError('refused', 404, 'app.group.no_rows', '')
      const ids = (body as { user_ids: string[] } | undefined)?.user_ids ?? []
      if (method === 'POST') one.people.push(...ids)
      if (method === 'DELETE') one.people = one.people.filter(p => !ids.includes(p))
      return { members: one.people.map(user), total_member_count: one.people.length }
    }
    if (method === 'DELETE') one.g = { ...one.g, delete_at: 5 }
    if (what === 'restore') one.g = { ...one.g, delete_at: 0 }
    if (what === 'patch') one.g = { ...one.g, ...(body as Partial<Group>) }
    return method === 'GET' ? { ...one.g, member_count: one.people.length } : one.g
  }
  const c = {
    store,
    p: {
      rest: { ask },
      db: {
        note: async (k: string) => notes.get(k),
        putNote: async (k: string, v: unknown) => void notes.set(k, v),
      },
      setTimeout: () => 1,
    },
  } as unknown as Context
  return { c, asked, put, all, away: () => (up = false) }
}

const event = (name: string, key: string, value: unknown): SocketEvent => ({
  event: name,
  data: { [key]: JSON.stringify(value) },
  broadcast: { channel_id: '', team_id: '', user_id: '' } as SocketEvent['broadcast'],
  seq: 1,
})
const ids = (l: GroupList) => l.list.value?.map(g => g.id)
const settle = () => new Promise(r => setTimeout(r))

test('groups are all of them, those with letters in their name, one’s own, or archived', async () => {
  const s = site()
  s.put(group('deck'), ['me', 'bo'])
  s.put(group('bridge'), ['bo'])
  s.put(group('anchor', { delete_at: 3 }), ['me'])
  const list = new GroupList(s.c)
  await list.open('all', '')
  expect(ids(list)).toEqual(['deck', 'bridge'])
  expect([...list.mine.value]).toContain('deck')
  await list.open('all', ' bri ')
  expect(ids(list)).toEqual(['bridge'])
  await list.open('mine', '')
  expect(ids(list)).toEqual(['deck'])
  await list.open('archived', '')
  expect(ids(list)).toEqual(['anchor'])
})

test('a long list comes page by page', async () => {
  const s = site()
  for (let i = 0; i < GROUPS_PAGE + 3; i++) s.put(group(`g${i}`), [])
  const list = new GroupList(s.c)
  await list.open('all', '')
  expect([list.list.value?.length, list.more.value]).toEqual([GROUPS_PAGE, true])
  await list.next()
  expect([list.list.value?.length, list.more.value]).toEqual([GROUPS_PAGE + 3, false])
})

test('without the server there are the groups that were seen last', async () => {
  const s = site()
  s.put(group('deck'), ['me'])
  s.put(group('bridge'), [])
  await new GroupList(s.c).open('all', '')
  s.away()
  const list = new GroupList(s.c)
  await list.open('mine', '')
  expect(ids(list)).toEqual(['deck'])
  expect(list.problem.value?.kind).toBe('offline')
  await list.open('all', 'BRI')
  expect(ids(list)).toEqual(['bridge'])
})

test('a list follows what happens to groups, and keeps their counts', async () => {
  const s = site()
  s.put(group('deck'), ['bo'])
  s.put(group('bridge'), ['bo'])
  const list = new GroupList(s.c)
  await list.open('all', '')
  list.heard(event('received_group', 'group', group('deck', { display_name: 'The crew' })))
  expect(list.list.value?.[0]).toMatchObject({ display_name: 'The crew', member_count: 1 })
  list.heard(event('group_member_add', 'group_member', { group_id: 'deck', user_id: 'me' }))
  expect(list.mine.value.has('deck')).toBe(true)
  expect(list.list.value?.[0]?.member_count).toBe(2)
  list.heard(event('group_member_deleted', 'group_member', { group_id: 'deck', user_id: 'me' }))
  expect(list.mine.value.has('deck')).toBe(false)
  list.heard(event('received_group', 'group', group('bridge', { delete_at: 9 })))
  expect(ids(list)).toEqual(['deck'])
  s.put(group('hold'), [])
  list.heard(event('received_group', 'group', group('hold')))
  await settle()
  expect(ids(list)).toContain('hold')
})

test('a group is looked at with its people, who come and go', async () => {
  const s = site()
  s.put(group('deck'), ['bo', 'cem'])
  const view = new GroupView(s.c, 'deck')
  const people = () => view.people.value?.map(u => u.id)
  await view.open()
  expect([people(), view.member.value]).toEqual([['bo', 'cem'], false])
  await view.add(['me'])
  expect([people(), view.member.value]).toEqual([['bo', 'cem', 'me'], true])
  expect(view.group.value?.member_count).toBe(3)
  await view.open('c')
  expect(people()).toEqual(['cem'])
  await view.open()
  await view.remove('bo')
  expect(people()).toEqual(['cem', 'me'])
  await view.change({ display_name: 'The crew' })
  expect(view.group.value).toMatchObject({ display_name: 'The crew', member_count: 2 })
})

test('of an archived group nobody is asked who is in it', async () => {
  const s = site()
  s.put(group('deck'), ['bo'])
  const view = new GroupView(s.c, 'deck')
  await view.open()
  await view.archive()
  expect([view.group.value?.delete_at, view.people.value, view.problem.value]).toEqual([
    5,
    undefined,
    undefined,
  ])
  await view.restore()
  expect(view.people.value?.map(u => u.id)).toEqual(['bo'])
  // Somebody else brings it into the archive.
  s.all.set('deck', { g: group('deck', { delete_at: 7 }), people: ['bo'] })
  view.heard(event('received_group', 'group', group('deck', { delete_at: 7 })))
  await settle()
  expect([view.group.value?.delete_at, view.people.value]).toEqual([7, undefined])
})

test('what may be done is a matter of permissions, and of the archive', () => {
  const all = new Set([
    'create_custom_group',
    'edit_custom_group',
    'manage_custom_group_members',
    'delete_custom_group',
    'restore_custom_group',
  ])
  expect(groupRights(all, group('deck'))).toEqual({
    make: true,
    edit: true,
    members: true,
    archive: true,
    restore: false,
  })
  expect(groupRights(all, group('deck', { delete_at: 1 }))).toEqual({
    make: true,
    edit: false,
    members: false,
    archive: false,
    restore: true,
  })
  expect(Object.values(groupRights(new Set(), group('deck')))).not.toContain(true)
})

test('a name to mention a group by is made of what it is called, and has its rules', () => {
  expect(groupName('@Die Decks-Mannschaft!')).toBe('die-decks-mannschaft')
  expect(groupName('Équipe de pont')).toBe('equipe-de-pont')
  expect(groupName('甲板班')).toBe('')
  expect(nameFault('deck.crew_1-a')).toBeUndefined()
  expect(nameFault('Deck')).toBe('form')
  expect(nameFault('x'.repeat(65))).toBe('form')
  expect(nameFault('here')).toBe('reserved')
})

test('what the server refuses is known by its name, or by who may not', () => {
  const refused = (status: number, id: string) => groupFault(new ApiError('refused', status, id, ''))
  expect(refused(400, 'app.custom_group.unique_name')).toBe('taken')
  expect(refused(400, 'api.ldap_groups.existing_user_name_error')).toBe('person')
  expect(refused(403, 'api.context.permissions.app_error')).toBe('denied')
  expect(refused(400, 'something.else')).toBeUndefined()
  expect(groupFault(new ApiError('offline', 0, 'offline', ''))).toBeUndefined()
})

test('a group that has another name is no longer mentioned by the old one', () => {
  const groups = new Groups(site().c)
  groups.heard(event('received_group', 'group', group('1', { name: 'deck' })))
  expect(groups.of('deck')?.id).toBe('1')
  const told: string[] = []
  const stop = groups.follow(e => told.push(e.event))
  groups.heard(event('received_group', 'group', group('1', { name: 'crew' })))
  stop()
  groups.heard(event('received_group', 'group', group('2')))
  expect([groups.of('deck'), groups.of('crew')?.id]).toEqual([undefined, '1'])
  expect(told).toEqual(['received_group'])
})
