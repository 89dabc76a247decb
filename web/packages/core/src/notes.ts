/**
 * Footnotes of a message: `[^a]` in the text, and `[^a]: words` in a line of its own, with further lines drawn in. They
 * are numbered as they are referred to. What nothing refers to stays as it was typed, and so does a second note of the
 * same name. Few messages have any, so this is not in the first load, nor in the index.
 */
import type { NoteMark, Notes } from './inline.ts'
import { type Block, FENCE, type Footnote, type Parse } from './markdown.ts'

const DEFINITION = /^ {0,3}\[\^([^\]\s[]{1,64})\]:\s*(.*)$/
const DRAWN_IN = /^(?: {2,}|\t)\s*\S/
/** More in one message are nothing that anybody reads. */
const MOST = 100

interface Definition {
  lines: string[]
  /** The lines of the message that it takes. */
  from: number
  to: number
}

const nameOf = (label: string): string => label.toLowerCase()

function definitions(lines: readonly string[]): Map<string, Definition> {
  const found = new Map<string, Definition>()
  let fence = ''
  for (let i = 0; i < lines.length && found.size < MOST; i++) {
    const line = lines[i] ?? ''
    const mark = FENCE.exec(line)?.[1] ?? ''
    if (fence) {
      if (line.trimStart().startsWith(fence)) fence = ''
      continue
    }
    fence = mark
    const m = DEFINITION.exec(line)
    const name = nameOf(m?.[1] ?? '')
    if (!m || found.has(name)) continue
    const body = [m[2] ?? '']
    let to = i + 1
    for (let k = to; k < lines.length; k++) {
      const next = lines[k] ?? ''
      if (next.trim() !== '' && !DRAWN_IN.test(next)) break
      body.push(next.replace(/^(?: {1,4}|\t)/, ''))
      if (next.trim() !== '') to = k + 1
    }
    found.set(name, { lines: body.slice(0, to - i), from: i, to })
    i = to - 1
  }
  return found
}

/** Numbers notes in the order in which they are referred to. */
class Book implements Notes {
  readonly order: { of: Definition; marks: number }[] = []
  private readonly numbers = new Map<string, number>()

  constructor(readonly all: ReadonlyMap<string, Definition>) {}

  refer(label: string): NoteMark | undefined {
    const name = nameOf(label)
    const of = this.all.get(name)
    if (!of) return undefined
    let n = this.numbers.get(name)
    if (!n) {
      n = this.order.push({ of, marks: 0 })
      this.numbers.set(name, n)
    }
    const note = this.order[n - 1]
    return note && { n, mark: ++note.marks }
  }

  used = (name: string): boolean => this.numbers.has(name)
}

function read(lines: readonly string[], book: Book, parse: Parse): Block[] {
  const taken = [...book.all.values()]
  // An empty line stands for them: what was apart stays apart.
  const text = [...lines]
  for (const d of taken) text.fill('', d.from, d.to)
  const out = parse(text, book)
  const bodies: Block[][] = []
  // A note may refer to another.
  for (let i = 0; i < book.order.length; i++) bodies.push(parse(book.order[i]?.of.lines ?? [], book))
  const items: Footnote[] = bodies.map((c, i) => ({ marks: book.order[i]?.marks ?? 0, c }))
  return items.length > 0 ? [...out, { t: 'notes', items }] : out
}

/** The blocks of a message, with its footnotes as the last of them. */
export function withNotes(lines: readonly string[], parse: Parse): Block[] {
  const all = definitions(lines)
  const book = new Book(all)
  const out = all.size > 0 ? read(lines, book, parse) : []
  const used = [...all].filter(([name]) => book.used(name))
  if (used.length === 0) return parse(lines, undefined)
  return used.length === all.size ? out : read(lines, new Book(new Map(used)), parse)
}
