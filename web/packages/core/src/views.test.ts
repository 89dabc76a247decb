import { readdirSync, readFileSync } from 'node:fs'
import type { Post } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { rowsOf, slug } from './views.ts'

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

test('people coming and going are one line', () => {
  const list = ['a', 'b', 'c'].map((id, i) => make(id, id, at(9, i), 'system_join_channel'))
  expect(rows(list).at(-1)).toMatchObject({ kind: 'notice', ids: ['a', 'b', 'c'] })
})

test('names for addresses', () => {
  expect(slug('  Größe & Café 2 ')).toBe('gro-e-cafe-2')
})

test('this package knows no screen', () => {
  for (const f of readdirSync(import.meta.dirname).filter(x => !x.endsWith('.test.ts')))
    expect(readFileSync(`${import.meta.dirname}/${f}`, 'utf8')).not.toMatch(
      /(?<![.\w])(document|window)\.|from '(preact|@preact\/signals)'/,
    )
})
