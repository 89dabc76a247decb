/**
 * Markdown to a small tree. There is no HTML in it: unknown markup stays text, and addresses are kept only with
 * a scheme known to be harmless. Work is linear in the length of the message but for bounded look-ahead.
 */
import { type Inline, inline, MAX_DEPTH, type Notes, type Writing } from './inline.ts'

export type Block =
  | { t: 'p'; c: Inline[] }
  | { t: 'h'; level: number; c: Inline[] }
  | { t: 'pre'; s: string; lang: string }
  | { t: 'quote'; c: Block[] }
  | { t: 'list'; ordered: boolean; start: number; items: Item[] }
  | { t: 'table'; align: Align[]; head: Inline[][]; rows: Inline[][][] }
  | { t: 'hr' }
  | { t: 'notes'; items: Footnote[] }

/** A footnote, and how many marks lead to it. */
export interface Footnote {
  marks: number
  c: Block[]
}

/** `done` says of a task whether it is; what is no task has none. */
export interface Item {
  done?: boolean
  c: Block[]
}

export type Align = '' | 'center' | 'end'

/** A longer line is prose, whatever it begins with. */
const MAX_LINE = 4_000

export const FENCE = /^ {0,3}(```+|~~~+)\s*([\w+#.-]*)[^`]*$/
const HEADING = /^ {0,3}(#{1,6})\s+(.+?)\s*#*$/
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/
const BULLET = /^( {0,6})([-*+])\s+(.*)$/
const NUMBER = /^( {0,6})(\d{1,9})[.)]\s+(.*)$/
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$/

/** Reads lines that may refer to notes. */
export type Parse = (lines: readonly string[], notes: Notes | undefined) => Block[]
/** Takes the footnotes out of a message and reads the rest of it: `withNotes` of `notes.ts`, where that is here. */
export type Footnotes = (lines: readonly string[], parse: Parse) => Block[]

/** Whether there may be footnotes in a message. */
export const mayHaveNotes = (src: string): boolean => src.includes('[^')

export function markdown(src: string, w: Writing = {}, footnotes?: Footnotes): Block[] {
  const lines = src.replace(/\r\n?/g, '\n').split('\n')
  if (!footnotes || !mayHaveNotes(src)) return blocks(lines, 0, w)
  return footnotes(lines, (part, notes) => blocks(part, 0, { ...w, notes }))
}

function blocks(lines: readonly string[], depth: number, w: Writing): Block[] {
  const out: Block[] = []
  let para: string[] = []
  const flush = () => {
    if (para.length > 0) out.push({ t: 'p', c: inline(para.join('\n'), 0, w) })
    para = []
  }
  let i = 0
  while (i < lines.length) {
    const line = lines[i] ?? ''
    if (line.length > MAX_LINE) {
      para.push(line)
      i++
      continue
    }
    const fence = FENCE.exec(line)
    if (fence) {
      flush()
      const mark = fence[1] ?? '```'
      const body: string[] = []
      i++
      while (i < lines.length && !(lines[i] ?? '').trimStart().startsWith(mark)) body.push(lines[i++] ?? '')
      i++
      out.push({ t: 'pre', s: body.join('\n'), lang: (fence[2] ?? '').toLowerCase() })
      continue
    }
    if (line.trim() === '') {
      flush()
      i++
      continue
    }
    const heading = HEADING.exec(line)
    if (heading) {
      flush()
      out.push({ t: 'h', level: (heading[1] ?? '').length, c: inline(heading[2] ?? '', 0, w) })
      i++
      continue
    }
    if (RULE.test(line)) {
      flush()
      out.push({ t: 'hr' })
      i++
      continue
    }
    if (/^ {0,3}>/.test(line) && depth < MAX_DEPTH) {
      flush()
      const body: string[] = []
      while (i < lines.length && /^ {0,3}>/.test(lines[i] ?? ''))
        body.push((lines[i++] ?? '').replace(/^ {0,3}> ?/, ''))
      out.push({ t: 'quote', c: blocks(body, depth + 1, w) })
      continue
    }
    if ((BULLET.test(line) || NUMBER.test(line)) && depth < MAX_DEPTH) {
      flush()
      const [list, next] = listAt(lines, i, depth, w)
      out.push(list)
      i = next
      continue
    }
    if (line.includes('|') && TABLE_RULE.test(lines[i + 1] ?? '')) {
      flush()
      const head = cells(line, w)
      const align = aligned(lines[i + 1] ?? '', head.length)
      const rows: Inline[][][] = []
      i += 2
      while (i < lines.length && (lines[i] ?? '').includes('|')) rows.push(cells(lines[i++] ?? '', w))
      out.push({ t: 'table', align, head, rows: rows.map(r => head.map((_, k) => r[k] ?? [])) })
      continue
    }
    para.push(line)
    i++
  }
  flush()
  return out
}

function listAt(lines: readonly string[], start: number, depth: number, w: Writing): [Block, number] {
  const first = lines[start] ?? ''
  const number = NUMBER.exec(first)
  const ordered = number !== null
  const marker = ordered ? NUMBER : BULLET
  const indent = (marker.exec(first)?.[1] ?? '').length
  const items: string[][] = []
  let i = start
  while (i < lines.length) {
    const line = lines[i] ?? ''
    const m = marker.exec(line)
    if (m && (m[1] ?? '').length <= indent + 1) items.push([m[3] ?? ''])
    else if (line.trim() === '' || (items.length > 0 && /^\s{2,}/.test(line))) {
      if (line.trim() === '' && !/^\s{2,}\S/.test(lines[i + 1] ?? '') && !marker.test(lines[i + 1] ?? ''))
        break
      items.at(-1)?.push(line.replace(/^\s{1,4}/, ''))
    } else break
    i++
  }
  return [
    {
      t: 'list',
      ordered,
      start: Number(number?.[2] ?? 1),
      items: items.map(x => itemOf(x, depth + 1, w)),
    },
    i,
  ]
}

const TASK = /^\[([ xX])\]\s+/

function itemOf(lines: readonly string[], depth: number, w: Writing): Item {
  const [first = '', ...rest] = lines
  const task = TASK.exec(first)
  if (!task) return { c: blocks(lines, depth, w) }
  return { done: task[1] !== ' ', c: blocks([first.slice(task[0].length), ...rest], depth, w) }
}

const COLUMNS = 20

const parted = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .slice(0, COLUMNS)
    .map(c => c.trim())

const cells = (line: string, w: Writing): Inline[][] =>
  parted(line).map(c => inline(c.replaceAll('\\|', '|'), 0, w))

function aligned(rule: string, columns: number): Align[] {
  const marks = parted(rule)
  return Array.from({ length: columns }, (_, i) => {
    const mark = marks[i] ?? ''
    return mark.endsWith(':') ? (mark.startsWith(':') ? 'center' : 'end') : ''
  })
}

/** The message as plain words, for notifications and previews. */
export function plain(src: string, footnotes?: Footnotes): string {
  const line = (c: readonly Inline[]): string =>
    c
      .map(x => {
        switch (x.t) {
          case 'text':
          case 'code':
          case 'tag':
            return x.s
          case 'br':
            return ' '
          case 'mention':
            return `@${x.name}`
          case 'channel':
            return `~${x.name}`
          case 'emoji':
            return `:${x.name}:`
          case 'math':
            return `$${x.s}$`
          case 'note':
            return `[${x.n}]`
          default:
            return line(x.c)
        }
      })
      .join('')
  const block = (b: Block): string => {
    switch (b.t) {
      case 'p':
      case 'h':
        return line(b.c)
      case 'pre':
        return b.s
      case 'quote':
        return b.c.map(block).join(' ')
      case 'list':
        return b.items.map(x => x.c.map(block).join(' ')).join(' ')
      case 'table':
        return b.head.map(line).join(' ')
      case 'hr':
        return ''
      case 'notes':
        return b.items.map((x, i) => `[${i + 1}] ${x.c.map(block).join(' ')}`).join(' ')
    }
  }
  return markdown(src, {}, footnotes).map(block).join(' ')
}
