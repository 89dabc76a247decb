import { describe, expect, test } from 'vitest'
import { type Inline, inline, safeHref } from './inline.ts'
import { type Block, markdown, plain } from './markdown.ts'

const one = (src: string): Inline[] => {
  const [b] = markdown(src)
  if (b?.t !== 'p') throw new Error(`not a paragraph: ${b?.t}`)
  return b.c
}

describe('markdown', () => {
  test.each<[string, Inline[]]>([
    [
      'a **b** c',
      [
        { t: 'text', s: 'a ' },
        { t: 'strong', c: [{ t: 'text', s: 'b' }] },
        { t: 'text', s: ' c' },
      ],
    ],
    ['snake_case_name', [{ t: 'text', s: 'snake_case_name' }]],
    ['2 * 3 * 4', [{ t: 'text', s: '2 * 3 * 4' }]],
    ['~~old~~', [{ t: 'del', c: [{ t: 'text', s: 'old' }] }]],
    ['`**x**`', [{ t: 'code', s: '**x**' }]],
    ['\\*x\\*', [{ t: 'text', s: '*x*' }]],
    [
      '@ada.',
      [
        { t: 'mention', name: 'ada' },
        { t: 'text', s: '.' },
      ],
    ],
    [
      '@alice:hq: hi',
      [
        { t: 'mention', name: 'alice:hq' },
        { t: 'text', s: ': hi' },
      ],
    ],
    ['a@b.c', [{ t: 'text', s: 'a@b.c' }]],
    ['at 10:30:45', [{ t: 'text', s: 'at 10:30:45' }]],
    [':+1:', [{ t: 'emoji', name: '+1' }]],
    ['~town-square', [{ t: 'channel', name: 'town-square' }]],
    [
      '(see https://a.example/x_(y)).',
      [
        { t: 'text', s: '(see ' },
        { t: 'link', href: 'https://a.example/x_(y)', c: [{ t: 'text', s: 'https://a.example/x_(y)' }] },
        { t: 'text', s: ').' },
      ],
    ],
  ])('%s', (src, want) => expect(one(src)).toEqual(want))

  test('strong inside emphasis and the other way round', () => {
    expect(plain('***both*** **a _b_**')).toBe('both a b')
  })

  test('blocks', () => {
    const kinds = markdown(
      '# H\n\n> q\n> r\n\n- a\n  - b\n- c\n\n1. x\n2. y\n\n```rust\nfn\n```\n\n---\n|a|b|\n|-|-|\n|1|2|',
    )
    expect(kinds.map(b => b.t)).toEqual(['h', 'quote', 'list', 'list', 'pre', 'hr', 'table'])
    expect(kinds[4]).toEqual({ t: 'pre', s: 'fn', lang: 'rust' })
    const list = kinds[2]
    expect(list?.t === 'list' && list.items.length).toBe(2)
  })

  test('an open fence takes the rest', () => {
    expect(markdown('```\n<b>')).toEqual([{ t: 'pre', s: '<b>', lang: '' }])
  })
})

describe('what sites and people add', () => {
  const math = (src: string) => {
    const [b] = markdown(src, { math: true })
    return b?.t === 'p' ? b.c.filter(x => x.t === 'math').map(x => (x.t === 'math' ? x.s : '')) : []
  }

  test.each<[string, string[]]>([
    ['so $E = mc^2$ holds', ['E = mc^2']],
    ['$a$, $b$', ['a', 'b']],
    ['**$x$**', []],
    ['it cost $5 and then $10', []],
    ['$ 5 and 6 $', []],
    ['$5 a$6', []],
    ['US$5 and US$6', []],
    ['$$x$$', []],
    ['\\$a$', []],
    ['$a\\$b$', ['a\\$b']],
    ['$a\nb$', []],
    ['`$a$`', []],
    [`$${'x'.repeat(2_000)}$`, []],
  ])('formulas in %j', (src, want) => expect(math(src)).toEqual(want))

  test('a formula may stand inside emphasis', () => {
    expect(JSON.stringify(markdown('**$x$**', { math: true }))).toContain('"math"')
  })

  test('without leave a dollar sign is one', () => {
    expect(JSON.stringify(markdown('$a$'))).not.toContain('math')
    expect(plain('so $a$')).toBe('so $a$')
  })

  test('tasks', () => {
    const [list] = markdown('- [x] fuel\n- [ ] water\n  - [X] half\n- [y] other\n- [x]none')
    if (list?.t !== 'list') throw new Error('no list')
    expect(list.items.map(x => x.done)).toEqual([true, false, undefined, undefined])
    const inner = list.items[1]?.c[1]
    expect(inner?.t === 'list' && inner.items[0]?.done).toBe(true)
    expect(plain('- [x] fuel')).toBe('fuel')
  })

  test('columns of a table lie as their rule says', () => {
    const [table] = markdown('|a|b|c|d|\n|-|:-|:-:|-:|\n|1|2|3|4|')
    expect(table?.t === 'table' && table.align).toEqual(['', '', 'center', 'end'])
  })
})

describe('hostile input', () => {
  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'file:///etc/passwd',
    'blob:https://a/b',
    '//evil.example',
    '/api/v4/users/logout',
    'https:evil',
    'https:///',
    'javascript://https://a.example/%0aalert(1)',
    'feed:javascript:alert(1)',
    'https://a.example\\@evil.example',
    'https://a.example/\u202egpj.exe',
    'intent://x#Intent;end',
  ])('%j is no address', href => expect(safeHref(href)).toBeUndefined())

  test.each(['https://a.example', 'http://a', 'mailto:a@b.c', 'tel:+49', 'ftp://h/x', 'www.a.example'])(
    '%s is one',
    href => expect(safeHref(href)).toBeDefined(),
  )

  // Four times the text, four times the work: the processor's time of the better of some tries, so that
  // what else the machine does says nothing. If each mark looked at all others it would be sixteen times.
  test.each([
    ...[
      '*',
      '_',
      '~~',
      '[',
      '![',
      '`',
      '<',
      '**a',
      '[a](',
      '||',
      '> ',
      '- ',
      '@',
      ':a',
      '((((',
      'http://',
    ].map(m => [m, (length: number) => m.repeat(length / m.length)] as const),
    ['# and spaces', (length: number) => `# ${' '.repeat(length)}x`] as const,
    ['| and spaces', (length: number) => `|${' '.repeat(length / 2)}\n|${' '.repeat(length / 2)}x`] as const,
  ])('a flood of %j takes linear time', { timeout: 60_000 }, (_, flood) => {
    const work = (length: number) => {
      const text = flood(length)
      const tries = Array.from({ length: 5 }, () => {
        const before = process.cpuUsage()
        markdown(text)
        const { user, system } = process.cpuUsage(before)
        return user + system
      })
      return Math.min(...tries)
    }
    // Compiled by then.
    work(16_000)
    expect(work(16_000)).toBeLessThan(10 * work(4_000) + 5_000)
  })

  // Twice the text makes at most about twice the tree, whatever it is made of.
  test.each([
    '> - ',
    '- [x] ',
    '1. > ',
    '|a',
    '|a|b|\n|-|-|\n',
    '|$x$|**b**|\n',
    '$a$ ',
    '$',
    '$a ',
    '**$',
    '```latex\n$\n',
    '- [ ] > ',
    '# $a$\n',
  ])('a flood of %j grows no faster than itself', piece => {
    const size = (times: number) => JSON.stringify(markdown(piece.repeat(times), { math: true })).length
    expect(size(2_000)).toBeLessThan(2.2 * size(1_000) + 1_000)
    expect(size(2_000)).toBeLessThan(60 * piece.length * 2_000 + 1_000)
  })

  test('a table of more columns than anybody reads is cut', () => {
    const wide = `${'|a'.repeat(800)}|\n${'|-'.repeat(800)}|\n${'|b'.repeat(800)}|`
    const [table] = markdown(wide)
    expect(table?.t === 'table' && table.head.length).toBe(20)
    expect(table?.t === 'table' && table.rows[0]?.length).toBe(20)
  })

  test('depth is bounded', () => {
    const depth = (b: readonly Block[]): number =>
      Math.max(
        0,
        ...b.map(x =>
          x.t === 'quote'
            ? 1 + depth(x.c)
            : x.t === 'list'
              ? 1 + Math.max(...x.items.map(y => depth(y.c)))
              : 0,
        ),
      )
    expect(depth(markdown(`${'> '.repeat(500)}x`))).toBeLessThan(10)
    expect(JSON.stringify(inline('[['.repeat(50) + '](http://a)'.repeat(50))).length).toBeLessThan(20_000)
  })
})
