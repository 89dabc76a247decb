import type { Post } from '@fieldpost/api'
import { describe, expect, test } from 'vitest'
import { changes, linkedPost, versions } from './changes.ts'

const shown = (a: string, b: string) =>
  changes(a, b)
    .map(p => (p.kind === 'same' ? p.text : p.kind === 'gone' ? `[-${p.text}]` : `[+${p.text}]`))
    .join('')

describe('what changed', () => {
  test('words that came, went and were replaced', () => {
    expect(shown('meet at six', 'meet at seven')).toBe('meet at [-six][+seven]')
    expect(shown('meet at six', 'we meet at six')).toBe('[+we ]meet at six')
    expect(shown('meet at six sharp', 'meet at six')).toBe('meet at six[- sharp]')
    expect(shown('a b c d', 'a x c y')).toBe('a [-b][+x] c [-d][+y]')
    expect(shown('', 'new')).toBe('[+new]')
    expect(shown('same', 'same')).toBe('same')
  })

  test('two quite different long texts are told at once, and whole', () => {
    const a = Array.from({ length: 2_000 }, (_, i) => `a${i}`).join(' ')
    const b = Array.from({ length: 2_000 }, (_, i) => `b${i}`).join(' ')
    expect(changes(a, b).map(p => p.kind)).toEqual(['gone', 'new'])
  })

  test('every version says what it changed, and versions that say the same are one', () => {
    const post = (message: string, id: string, edit_at: number) =>
      ({ id, message, edit_at, create_at: 1 }) as Post
    const list = versions(post('three', 'p', 9), [
      post('two', 'v3', 8),
      post('two', 'v2', 8),
      post('one', 'v1', 0),
    ])
    expect(list.map(v => [v.id, v.at, v.text])).toEqual([
      ['', 9, 'three'],
      ['v2', 8, 'two'],
      ['v1', 1, 'one'],
    ])
    expect(list[0]?.pieces).toEqual([
      { kind: 'gone', text: 'two' },
      { kind: 'new', text: 'three' },
    ])
  })
})

describe('links to messages', () => {
  const id = 'a'.repeat(26)
  const of = (message: string, embeds: { type: string; data?: unknown }[] = []) =>
    linkedPost({ message, metadata: { embeds } }, ['https://ship.example'])

  test('of this server, and of no other', () => {
    expect(of(`see https://ship.example/crew/pl/${id}.`)).toBe(id)
    expect(of(`see https://other.example/crew/pl/${id}`)).toBe('')
    expect(of(`see https://ship.example/crew/pl/${id}b`)).toBe('')
    expect(of('nothing')).toBe('')
  })

  test('as the server found them', () => {
    expect(of('x', [{ type: 'permalink', data: { post_id: id } }])).toBe(id)
  })
})
