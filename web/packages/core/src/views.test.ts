import { readdirSync, readFileSync } from 'node:fs'
import type { Post } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { Store } from './store.ts'
import { channelRows, draftPlaces, movedTo, rowsOf, slug } from './views.ts'

const at = (h: number, m = 0) => new Date(2026, 4, 10, h, m).getTime()
const make = (id: string, user: string, time: number, type = ''): Post => ({
  id,
  create_at: time,
  update_at: time,
  edit_at: 0,
  delete_at: 0,
  is_pinned: false,
  user_id: user,
  channel_id: 'c',
  root_id: '',
  original_id: '',
  message: id,
  type,
  props: {},
  pending_post_id: '',
  reply_count: 0,
  last_reply_at: 0,
  participants: null,
})

const rows = (posts: Post[], newAfter = 0) =>
  rowsOf({
    ids: posts.map(p => p.id),
    post: id => posts.find(p => p.id === id),
    key: id => id,
    late: new Set(),
    pending: [],
    newAfter,
    me: 'me',
    atStart: true,
  })

test('day lines, groups by author, and the new-message line before the first that is not mine', () => {
  const list = [
    make('a', 'x', at(-30)),
    make('b', 'x', at(9)),
    make('c', 'x', at(9, 2)),
    make('d', 'me', at(9, 3)),
    make('e', 'x', at(9, 4)),
  ]
  const kinds = rows(list, at(9, 2)).map(r => (r.kind === 'post' ? `${r.id}${r.compact ? '+' : ''}` : r.kind))
  expect(kinds).toEqual(['begin', 'date', 'a', 'date', 'b', 'c+', 'd', 'new', 'e'])
})

test('who came and went is left out for whoever wants that, with the days on which nothing else was', () => {
  const store = new Store()
  store.me.value = { id: 'me', username: 'ada' } as NonNullable<typeof store.me.value>
  const list = [
    { ...make('a', 'x', at(-30), 'system_join_channel'), props: { username: 'x' } },
    { ...make('b', 'x', at(9)) },
    { ...make('c', 'x', at(9, 1), 'system_add_to_channel'), props: { username: 'x', addedUsername: 'ada' } },
    { ...make('d', 'x', at(9, 2), 'system_leave_team'), props: { username: 'x' } },
    { ...make('e', 'x', at(9, 3), 'system_header_change'), props: { username: 'x' } },
  ]
  store.putPosts(list)
  store.place('c', list, { atStart: true, atEnd: true })
  const kinds = (comings: boolean) =>
    channelRows(store, 'c', comings).map(r => (r.kind === 'notice' ? r.ids.join() : r.kind))
  expect(kinds(true)).toEqual(['begin', 'date', 'a', 'date', 'post', 'c,d', 'e'])
  expect(kinds(false)).toEqual(['begin', 'date', 'post', 'c', 'e'])
})

test('a message that is shown is not shown once more as one that waits', () => {
  const entry = (pending_post_id: string) => ({
    pending_post_id,
    written_at: at(9, 1),
    user_id: 'me',
    channel_id: 'c',
    root_id: '',
    message: '',
    files: [],
  })
  const list = rowsOf({
    ids: ['a', 'b'],
    post: id => make(id, 'me', at(9)),
    key: id => (id === 'b' ? 'me:1' : id),
    late: new Set(),
    pending: [entry('me:1'), entry('me:2')],
    newAfter: 0,
    me: 'me',
    atStart: true,
  })
  expect(list.map(r => r.key).filter(k => !/^(begin|date)/.test(k))).toEqual(['a', 'me:1', 'me:2'])
  expect(list.filter(r => r.kind === 'pending').map(r => r.key)).toEqual(['me:2'])
})

test('what a webhook posts under another name is not taken for its maker', () => {
  const hook = { from_webhook: 'true', override_username: 'Harbour' }
  const list = [
    make('a', 'x', at(9)),
    { ...make('b', 'x', at(9, 1)), props: hook },
    { ...make('c', 'x', at(9, 2)), props: hook },
    make('d', 'x', at(9, 3)),
  ]
  const kinds = rows(list).flatMap(r => (r.kind === 'post' ? [`${r.id}${r.compact ? '+' : ''}`] : []))
  expect(kinds).toEqual(['a', 'b', 'c+', 'd'])
})

test('a thread that was moved says where it is now, by an address of this client only', () => {
  const id = 'abcdefghijklmnopqrstuvwxyz'
  const moved = (link: unknown, type = 'system_wrangler') =>
    movedTo({ type, props: { MovedThreadPermalink: link } })
  expect(moved(`/ship/pl/${id}`)).toEqual({ team: 'ship', post: id })
  expect(moved(`https://site.example/ship/pl/${id}`)).toEqual({ team: 'ship', post: id })
  expect(moved('javascript:alert(1)')).toBeUndefined()
  expect(moved(7)).toBeUndefined()
  expect(moved(`/ship/pl/${id}`, '')).toBeUndefined()
})

test('drafts of this team and of conversations are listed by their places', () => {
  const store = new Store()
  const channel = (more: object) => ({ type: 'O', delete_at: 0, ...more }) as never
  store.putChannel(channel({ id: 'c', team_id: 't', name: 'deck', display_name: 'Deck' }))
  store.putChannel(channel({ id: 'g', team_id: '', name: 'g', display_name: 'ada, bo', type: 'G' }))
  store.putChannel(channel({ id: 'o', team_id: 'other', name: 'x', display_name: 'X' }))
  for (const key of ['c:root', 'g', 'o', 'c']) {
    store.draft(key).value = 'words'
    store.noteDraft(key)
  }
  expect(draftPlaces(store, 't').map(d => d.key)).toEqual(['g', 'c:root', 'c'])
  store.draft('g').value = ' '
  store.noteDraft('g')
  expect(draftPlaces(store, 't').map(d => d.key)).toEqual(['c:root', 'c'])
})

test('people coming and going are one line', () => {
  const list = ['a', 'b', 'c'].map((id, i) => make(id, id, at(9, i), 'system_join_channel'))
  expect(rows(list).at(-1)).toMatchObject({ kind: 'notice', ids: ['a', 'b', 'c'] })
})

test('names for addresses', () => {
  expect(slug('  Größe & Café 2 ')).toBe('gro-e-cafe-2')
})

test('this package knows no screen', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  for (const f of files.filter(x => x.endsWith('.ts') && !x.endsWith('.test.ts')))
    expect(readFileSync(`${import.meta.dirname}/${f}`, 'utf8')).not.toMatch(
      /(?<![.\w])(document|window)\.|from '(preact|@preact\/signals)'/,
    )
})
