import 'fake-indexeddb/auto'
import { type Post, Rest } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { Db } from './db.ts'
import { excerpt, filled, filterAt, plainWords, Search } from './search.ts'
import { Store } from './store.ts'

test('the filter that is being typed is known by its value before the caret', () => {
  expect(filterAt('fuel from:bo', 12)).toEqual({ kind: 'from', at: 10, value: 'bo' })
  expect(filterAt('fuel -in:', 9)).toEqual({ kind: 'in', at: 9, value: '' })
  expect(filterAt('fuel from:bo low', 16)).toBeUndefined()
  expect(filterAt('https://in:x', 12)).toBeUndefined()
})

test('a suggestion takes the place of what was typed of it', () => {
  const text = 'from:b low'
  const t = filterAt(text, 6)
  expect(t && filled(text, t, 'bob')).toEqual({ text: 'from:bob low', caret: 9 })
})

test('the words of a search without its filters', () => {
  expect(plainWords('Fuel "state of" from:bob -"not this" -that in:bridge caf*')).toEqual([
    'fuel',
    'state of',
    'caf',
  ])
  expect(plainWords('(pump, deck?)')).toEqual(['pump', 'deck'])
})

test('an excerpt begins near the first hit, and marks every one', () => {
  const long = `${'a '.repeat(200)}the pilot said pilot twice ${'b '.repeat(200)}`
  const pieces = excerpt(long, ['pilot'])
  expect(pieces.filter(p => p.hit).map(p => p.s)).toEqual(['pilot', 'pilot'])
  expect(pieces[0]?.s.startsWith('…')).toBe(true)
  expect(pieces.at(-1)?.s.endsWith('…')).toBe(true)
})

test('case and accents make no difference to marks, and the beginning of a word comes first', () => {
  const marked = (text: string, words: string[]) =>
    excerpt(text, words)
      .filter(p => p.hit)
      .map(p => p.s)
  expect(marked('CAFE\u0301 or Café on the station', ['cafe', 'on'])).toEqual(['CAFE\u0301', 'Café', 'on'])
  expect(marked('Supercargo', ['cargo'])).toEqual(['cargo'])
  expect(excerpt('nothing of it', [])).toEqual([{ s: 'nothing of it', hit: false }])
})

test('what the server finds is marked by the words that were asked for', async () => {
  const db = await Db.open(indexedDB, IDBKeyRange, 'search3')
  const body = { order: ['1'], posts: { 1: post('1', 'The pump', 1) }, matches: null }
  const headers = { 'content-type': 'application/json' }
  const fetch = () => Promise.resolve(new Response(JSON.stringify(body), { headers }))
  const search = new Search({ rest: new Rest({ base: '', csrf: () => '', fetch }), store: new Store(), db })
  await search.run('t', 'Pump from:bo', 'posts')
  expect(search.posts.value).toMatchObject({ words: ['pump'], onDevice: false })
})

test('words are no patterns', () => {
  expect(excerpt('a+b and aab', ['a+b']).filter(p => p.hit)).toEqual([{ s: 'a+b', hit: true }])
})

const post = (id: string, message: string, at: number) =>
  ({
    id,
    message,
    create_at: at,
    update_at: at,
    delete_at: 0,
    channel_id: 'c',
    user_id: 'u',
    type: '',
    root_id: '',
    original_id: '',
  }) as Post

test('without the server, what this device keeps is looked through, newest first', async () => {
  const db = await Db.open(indexedDB, IDBKeyRange, 'search')
  await db.save({ posts: [post('1', 'Fuel low', 1), post('2', 'Water', 2), post('3', 'FÜEL fine', 3)] })
  const store = new Store()
  store.putChannel({ id: 'c', team_id: 't', name: 'deck' } as never)
  const rest = new Rest({ base: '', csrf: () => '', fetch: () => Promise.reject(new TypeError('unplugged')) })
  const search = new Search({ rest, store, db })
  await search.run('t', 'fuel from:bob', 'posts')
  expect(search.posts.value?.onDevice).toBe(true)
  expect(search.posts.value?.posts.map(p => p.id)).toEqual(['3', '1'])
})

test('an answer that comes after a later question is not shown', async () => {
  const db = await Db.open(indexedDB, IDBKeyRange, 'search2')
  const waiting: ((r: Response) => void)[] = []
  const rest = new Rest({ base: '', csrf: () => '', fetch: () => new Promise(r => waiting.push(r)) })
  const search = new Search({ rest, store: new Store(), db })
  const answer = (id: string) =>
    new Response(JSON.stringify({ order: [id], posts: { [id]: post(id, id, 1) } }), {
      headers: { 'content-type': 'application/json' },
    })
  const first = search.run('t', 'one', 'posts')
  const second = search.run('t', 'two', 'posts')
  waiting[1]?.(answer('two'))
  await second
  waiting[0]?.(answer('one'))
  await first
  expect(search.posts.value?.posts.map(p => p.id)).toEqual(['two'])
})
