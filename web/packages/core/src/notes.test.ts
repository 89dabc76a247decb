import { describe, expect, test } from 'vitest'
import { type Block, markdown as parsed, plain } from './markdown.ts'
import { withNotes } from './notes.ts'

const markdown = (src: string) => parsed(src, {}, withNotes)

const notesOf = (src: string) => {
  const last = markdown(src).at(-1)
  return last?.t === 'notes' ? last.items : undefined
}
/** What is left of the message as paragraphs, and what its notes say. */
const said = (src: string): string => plain(src, withNotes)
const marks = (c: readonly Block[]): unknown[] =>
  c.flatMap(b => (b.t === 'p' ? b.c.flatMap(x => (x.t === 'note' ? [[x.n, x.mark]] : [])) : []))

describe('footnotes', () => {
  test('stand under the message, numbered as they are referred to', () => {
    const src = 'Low[^fuel] and late[^tide], so low[^fuel].\n\n[^tide]: High at noon.\n[^fuel]: By the gauge.'
    expect(marks(markdown(src))).toEqual([
      [1, 1],
      [2, 1],
      [1, 2],
    ])
    expect(notesOf(src)?.map(n => n.marks)).toEqual([2, 1])
    expect(said(src)).toBe('Low[1] and late[2], so low[1]. [1] By the gauge. [2] High at noon.')
  })

  test('have names that are told apart by more than capitals', () => {
    expect(notesOf('a[^Note]\n\n[^nOTE]: b')).toHaveLength(1)
    expect(notesOf('a[^Note]\n\n[^other]: b')).toBeUndefined()
  })

  test('go on in lines that are drawn in, and end where those end', () => {
    const src = 'a[^1]\n\n[^1]: one\n    two\n\n    - three\n\nafter'
    expect(notesOf(src)?.[0]?.c.map(b => b.t)).toEqual(['p', 'list'])
    expect(said(src)).toBe('a[1] after [1] one two three')
  })

  test('may refer to others', () => {
    expect(said('a[^1]\n\n[^1]: see[^2]\n[^2]: and back[^1]')).toBe('a[1] [1] see[2] [2] and back[1]')
  })

  test('keep apart what was apart', () => {
    expect(markdown('a[^1]\n[^1]: n\nb').map(b => b.t)).toEqual(['p', 'p', 'notes'])
  })

  test('are referred to from headings, lists, tables and emphasis', () => {
    const src = '# A[^1]\n\n- b[^1]\n\n|c[^1]|d|\n|-|-|\n|1|2|\n\n**e[^1]**\n\n> f[^1]\n\n[^1]: n'
    expect(notesOf(src)?.[0]?.marks).toBe(5)
  })
})

describe('what is no footnote stays as it was typed', () => {
  test.each([
    'a[^1] without a note',
    '[^1]: nothing refers to it',
    'a `[^1]` in code\n\n[^1]: n',
    'a \\[^1]\n\n[^1]: n',
    '```\n[^1]: n\n```\na[^1]',
    'a[^ 1]\n\n[^ 1]: n',
  ])('%j', src => {
    expect(notesOf(src)).toBeUndefined()
    expect(said(src)).toContain('[^')
  })

  test('beside others that are', () => {
    const src = 'a[^1]\n\n[^1]: one\n[^2]: two\n[^1]: again'
    expect(notesOf(src)).toHaveLength(1)
    expect(said(src)).toBe('a[1] [^2]: two [^1]: again [1] one')
  })

  test('a link whose words begin like one', () => {
    expect(markdown('[^1](https://a.example)\n\n[^1]: n')[0]).toMatchObject({ c: [{ t: 'link' }] })
  })
})

test('a flood of them is read in time, and only so many', () => {
  const n = 20_000
  const src = `${Array.from({ length: n }, (_, i) => `[^${i}]`).join('')}\n\n${Array.from({ length: n }, (_, i) => `[^${i}]: x[^${n - i}]`).join('\n')}`
  expect(notesOf(src)?.length).toBeLessThanOrEqual(100)
  expect(notesOf('[^a]'.repeat(50_000))).toBeUndefined()
})
