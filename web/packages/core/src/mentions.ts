/** Whom a text names after an @. Names in code are code, and name nobody. */
import type { Inline } from './inline.ts'
import { type Block, markdown } from './markdown.ts'

/** The names that mean everybody in the channel. */
const EVERYBODY: ReadonlySet<string> = new Set(['all', 'channel', 'here'])

export const meansEverybody = (name: string): boolean => EVERYBODY.has(name)

/** Every name in a text once, in lower case. */
export function mentionsIn(text: string): string[] {
  return text.includes('@') ? [...new Set(markdown(text).flatMap(ofBlock))] : []
}

/** Of the names in a text those that may mean many: everybody, or a group of people. */
export const manyIn = (text: string, isGroup: (name: string) => boolean): string[] =>
  mentionsIn(text).filter(name => meansEverybody(name) || isGroup(name))

function ofLine(c: readonly Inline[]): string[] {
  return c.flatMap(x => {
    if (x.t === 'mention') return [x.name.toLowerCase()]
    return 'c' in x ? ofLine(x.c) : []
  })
}

function ofBlock(b: Block): string[] {
  switch (b.t) {
    case 'p':
    case 'h':
      return ofLine(b.c)
    case 'quote':
      return b.c.flatMap(ofBlock)
    case 'list':
    case 'notes':
      return b.items.flatMap(item => item.c.flatMap(ofBlock))
    case 'table':
      return [b.head, ...b.rows].flat().flatMap(ofLine)
    case 'pre':
    case 'hr':
      return []
  }
}
