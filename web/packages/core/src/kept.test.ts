import type { Post, PostList, SocketEvent } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { Pins, SavedList } from './kept.ts'
import type { Context } from './platform.ts'
import { Saved } from './saved.ts'
import { Store } from './store.ts'

const post = (id: string, at: number, more: Partial<Post> = {}): Post => ({
  id,
  create_at: at,
  update_at: at,
  edit_at: 0,
  delete_at: 0,
  is_pinned: true,
  user_id: 'bo',
  channel_id: 'c',
  root_id: '',
  original_id: '',
  message: id,
  type: '',
  props: {},
  pending_post_id: '',
  reply_count: 0,
  last_reply_at: 0,
  participants: null,
  ...more,
})
const listOf = (posts: readonly Post[]): PostList => ({
  order: posts.map(p => p.id),
  posts: Object.fromEntries(posts.map(p => [p.id, p])),
  next_post_id: '',
  prev_post_id: '',
})
const event = (name: string, data: Record<string, unknown>) =>
  ({ event: name, data, broadcast: { channel_id: 'c' } }) as unknown as SocketEvent

function world() {
  const notes = new Map<string, unknown>()
  const store = new Store()
  const at = { up: true, answer: listOf([]) as PostList | PostList[], asked: [] as string[] }
  const rest = {
    ask: async (method: string, path: string) => {
      at.asked.push(`${method} ${path}`)
      return at.answer
    },
  }
  const db = {
    note: async (k: string) => notes.get(k),
    putNote: async (k: string, v: unknown) => void notes.set(k, v),
  }
  const quietly = async (f: () => Promise<void>) => {
    if (at.up) await f()
  }
  const context = { store, p: { rest, db }, quietly } as unknown as Context
  return { at, notes, store, context }
}

test('what is pinned stands newest first, and is kept for the hours without the server', async () => {
  const w = world()
  w.at.answer = listOf([post('old', 1), post('new', 2)])
  const pins = new Pins(w.context)
  await pins.load('c')
  expect(pins.of('c').value).toEqual(['new', 'old'])
  const later = world()
  later.at.up = false
  later.notes.set('pins:c', w.notes.get('pins:c'))
  const kept = new Pins(later.context)
  await kept.load('c')
  expect(kept.of('c').value).toEqual(['new', 'old'])
  expect(later.store.post('new').value?.message).toBe('new')
})

test('pins follow what others pin, unpin and delete, once they were looked at', async () => {
  const w = world()
  const pins = new Pins(w.context)
  const tell = (name: string, p: Post) => pins.heard(event(name, { post: JSON.stringify(p) }))
  tell('post_edited', post('early', 1))
  expect(pins.of('c').value).toBeUndefined()
  w.at.answer = listOf([post('a', 1)])
  await pins.load('c')
  tell('post_edited', post('b', 2))
  expect(pins.of('c').value).toEqual(['b', 'a'])
  tell('post_edited', post('a', 1, { is_pinned: false }))
  expect(pins.of('c').value).toEqual(['b'])
  tell('post_deleted', post('b', 2))
  expect(pins.of('c').value).toEqual([])
  tell('post_edited', post('d', 3, { channel_id: 'elsewhere' }))
  expect(pins.of('c').value).toEqual([])
})

test('the list of saved messages follows what is saved elsewhere', async () => {
  const w = world()
  const saved = new Saved(w.context)
  const list = new SavedList(w.context, saved)
  w.at.answer = [listOf([post('a', 1)])]
  await list.load()
  expect(list.posts.value).toEqual(['a'])
  w.at.answer = [listOf([post('b', 2), post('a', 1)])]
  const pref = (name: string, category = 'flagged_post') =>
    event('preferences_changed', {
      preferences: JSON.stringify([{ user_id: 'me', category, name, value: 'true' }]),
    })
  const asked = w.at.asked.length
  list.heard(pref('x', 'theme'))
  list.heard(pref('a'))
  expect(w.at.asked).toHaveLength(asked)
  list.heard(pref('b'))
  await expect.poll(() => list.posts.value).toEqual(['b', 'a'])
})

test('what was saved is there without the server', async () => {
  const w = world()
  w.at.up = false
  w.notes.set('saved', ['a'])
  w.notes.set('saved-posts', [post('a', 1)])
  const saved = new Saved(w.context)
  await saved.load()
  const list = new SavedList(w.context, saved)
  await list.load()
  expect([...saved.posts.value]).toEqual(['a'])
  expect(list.posts.value).toEqual(['a'])
})
