/**
 * Markdown to a small tree. There is no HTML in it: unknown markup stays text, and addresses are kept only with
 * a scheme known to be harmless. Work is linear in the length of the message but for bounded look-ahead.
 */
import { type Inline, inline, MAX_DEPTH } from './inline.ts'

export type Block =
  | { t: 'p'; c: Inline[] }
  | { t: 'h'; level: number; c: Inline[] }
  | { t: 'pre'; s: string; lang: string }
  | { t: 'quote'; c: Block[] }
  | { t: 'list'; ordered: boolean; start: number; items: Block[][] }
  | { t: 'table'; head: Inline[][]; rows: Inline[][][] }
  | { t: 'hr' }

/** A longer line is prose, whatever it begins with. */
const MAX_LINE = 4_000

const FENCE = /^ {0,3}(```+|~~~+)\s*([\w+#.-]*)[^`]*$/
const HEADING = /^ {0,3}(#{1,6})\s+(.+?)\s*#*$/
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/
const BULLET = /^( {0,6})([-*+])\s+(.*)$/
const NUMBER = /^( {0,6})(\d{1,9})[.)]\s+(.*)$/
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$/

export function markdown(src: string): Block[] {
  return blocks(src.replace(/\r\n?/g, '\n').split('\n'), 0)
}

function blocks(lines: readonly string[], depth: number): Block[] {
  const out: Block[] = []
  let para: string[] = []
  const flush = () => {
    if (para.length > 0) out.push({ t: 'p', c: inline(para.join('\n')) })
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
      out.push({ t: 'h', level: (heading[1] ?? '').length, c: inline(heading[2] ?? '') })
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
      out.push({ t: 'quote', c: blocks(body, depth + 1) })
      continue
    }
    if ((BULLET.test(line) || NUMBER.test(line)) && depth < MAX_DEPTH) {
      flush()
      const [list, next] = listAt(lines, i, depth)
      out.push(list)
      i = next
      continue
    }
    if (line.includes('|') && TABLE_RULE.test(lines[i + 1] ?? '')) {
      flush()
      const head = cells(line)
      const rows: Inline[][][] = []
      i += 2
      while (i < lines.length && (lines[i] ?? '').includes('|')) rows.push(cells(lines[i++] ?? ''))
      out.push({ t: 'table', head, rows: rows.map(r => head.map((_, k) => r[k] ?? [])) })
      continue
    }
    para.push(line)
    i++
  }
  flush()
  return out
}

function listAt(lines: readonly string[], start: number, depth: number): [Block, number] {
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
    { t: 'list', ordered, start: Number(number?.[2] ?? 1), items: items.map(x => blocks(x, depth + 1)) },
    i,
  ]
}

const cells = (line: string): Inline[][] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .slice(0, 20)
    .map(c => inline(c.trim().replaceAll('\\|', '|')))

/** The message as plain words, for notifications and previews. */
export function plain(src: string): string {
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
        return b.items.map(x => x.map(block).join(' ')).join(' ')
      case 'table':
        return b.head.map(line).join(' ')
      case 'hr':
        return ''
    }
  }
  return markdown(src).map(block).join(' ')
}
