/**
 * Markdown to a small tree. There is no HTML in it: unknown markup stays text, and addresses are kept only with
 * a scheme known to be harmless. Work is linear in the length of the message but for bounded look-ahead.
 */

export type Inline =
  | { t: 'text'; s: string }
  | { t: 'br' }
  | { t: 'strong' | 'em' | 'del'; c: Inline[] }
  | { t: 'code'; s: string }
  | { t: 'link'; href: string; c: Inline[] }
  | { t: 'mention'; name: string }
  | { t: 'channel'; name: string }
  | { t: 'tag'; s: string }
  | { t: 'emoji'; name: string }

export type Block =
  | { t: 'p'; c: Inline[] }
  | { t: 'h'; level: number; c: Inline[] }
  | { t: 'pre'; s: string; lang: string }
  | { t: 'quote'; c: Block[] }
  | { t: 'list'; ordered: boolean; start: number; items: Block[][] }
  | { t: 'table'; head: Inline[][]; rows: Inline[][][] }
  | { t: 'hr' }

const MAX_DEPTH = 8
const MAX_SPAN = 2_000
/** A longer line is prose, whatever it begins with. */
const MAX_LINE = 4_000

/** The address if it is one a reader may follow, otherwise nothing. */
export function safeHref(raw: string): string | undefined {
  // Control characters and spaces are dropped by browsers inside a scheme, so they may hide one.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028-\u202f\ufeff\\]/.test(raw)) return undefined
  if (/^(https?|ftp):\/\/[^/]/i.test(raw) || /^(mailto|tel):[^/]/i.test(raw)) return raw
  if (/^www\d{0,3}\.[^/]/i.test(raw)) return `https://${raw}`
  return undefined
}

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

const WORD = /[\p{L}\p{N}]/u
const ESCAPABLE = /[\\`*_{}[\]()#+\-.!~>|@:]/
const AUTOLINK = /(?:https?:\/\/|ftp:\/\/|mailto:|tel:|www\d{0,3}\.)[^\s<>]+/iy
/** A name, with its site if somebody is from elsewhere. */
const MENTION = /@([a-z0-9][a-z0-9._-]{0,63}(?::[a-z0-9][a-z0-9._-]{0,63})?)/iy
const CHANNEL = /~([a-z0-9][a-z0-9_-]{0,63})/iy
const TAG = /#(\p{L}[\p{L}\p{N}\-_.]*[\p{L}\p{N}])/uy
const EMOJI = /:([a-z0-9_+-]{1,64}):/iy
const TRAILING = /[.,:;!?'"*_~]+$/

const at = (re: RegExp, s: string, i: number): RegExpExecArray | null => {
  re.lastIndex = i
  return re.exec(s)
}

/** An address runs to white space, less closing punctuation that is not its own. */
function trimLink(s: string): string {
  for (;;) {
    const cut = s.replace(TRAILING, '')
    const unbalanced = cut.endsWith(')') && cut.split(')').length > cut.split('(').length
    const next = unbalanced ? cut.slice(0, -1) : cut
    if (next === s) return s
    s = next
  }
}

export function inline(s: string, depth = 0): Inline[] {
  const out: Inline[] = []
  let text = ''
  const flush = () => {
    if (text) out.push({ t: 'text', s: text })
    text = ''
  }
  const put = (x: Inline) => {
    flush()
    out.push(x)
  }
  // Delimiters known to have no partner further on, so that a flood of them stays linear.
  const hopeless = new Set<string>()
  let i = 0
  while (i < s.length) {
    const ch = s.charAt(i)
    const before = i === 0 ? '' : s.charAt(i - 1)
    const wordBefore = WORD.test(before)
    if (ch === '\\' && ESCAPABLE.test(s.charAt(i + 1))) {
      text += s.charAt(i + 1)
      i += 2
      continue
    }
    if (ch === '\n') {
      put({ t: 'br' })
      i++
      continue
    }
    if (ch === '`') {
      const mark = /^`+/.exec(s.slice(i, i + 40))?.[0] ?? '`'
      const end = hopeless.has(mark) ? -1 : s.indexOf(mark, i + mark.length)
      if (end > 0) {
        put({ t: 'code', s: s.slice(i + mark.length, end).replace(/^ (.*\S.*) $/, '$1') })
        i = end + mark.length
      } else {
        hopeless.add(mark)
        text += mark
        i += mark.length
      }
      continue
    }
    if ((ch === '*' || ch === '_' || ch === '~') && depth < MAX_DEPTH) {
      const m = emphasis(s, i, ch, wordBefore, hopeless)
      if (m) {
        put({ t: m.t, c: inline(m.body, depth + 1) })
        i = m.end
        continue
      }
    }
    if ((ch === '[' || (ch === '!' && s.charAt(i + 1) === '[')) && depth < MAX_DEPTH) {
      const m = link(s, ch === '!' ? i + 1 : i)
      if (m) {
        const label = inline(m.label, MAX_DEPTH).filter(x => x.t !== 'link')
        put({ t: 'link', href: m.href, c: label.length > 0 ? label : [{ t: 'text', s: m.href }] })
        i = m.end
        continue
      }
    }
    if (!wordBefore && /[hfmtw]/i.test(ch)) {
      const m = at(AUTOLINK, s, i)
      const raw = m && trimLink(m[0])
      const href = raw && safeHref(raw)
      if (raw && href) {
        put({ t: 'link', href, c: [{ t: 'text', s: raw }] })
        i += raw.length
        continue
      }
    }
    if (ch === '<') {
      const end = s.indexOf('>', i)
      const href = end > 0 && end - i < MAX_SPAN ? safeHref(s.slice(i + 1, end)) : undefined
      if (href) {
        put({ t: 'link', href, c: [{ t: 'text', s: s.slice(i + 1, end) }] })
        i = end + 1
        continue
      }
    }
    if (ch === '@' && !wordBefore) {
      const m = at(MENTION, s, i)
      if (m) {
        const name = (m[1] ?? '').replace(/[._-]+$/, '')
        put({ t: 'mention', name })
        i += 1 + name.length
        continue
      }
    }
    if (ch === '~' && !wordBefore) {
      const m = at(CHANNEL, s, i)
      if (m) {
        put({ t: 'channel', name: m[1] ?? '' })
        i += m[0].length
        continue
      }
    }
    if (ch === '#' && !wordBefore) {
      const m = at(TAG, s, i)
      if (m) {
        put({ t: 'tag', s: m[0] })
        i += m[0].length
        continue
      }
    }
    if (ch === ':' && !wordBefore) {
      const m = at(EMOJI, s, i)
      if (m) {
        put({ t: 'emoji', name: (m[1] ?? '').toLowerCase() })
        i += m[0].length
        continue
      }
    }
    text += ch
    i++
  }
  flush()
  return out
}

function emphasis(
  s: string,
  i: number,
  ch: string,
  wordBefore: boolean,
  hopeless: Set<string>,
): { t: 'strong' | 'em' | 'del'; body: string; end: number } | undefined {
  const double = s.charAt(i + 1) === ch
  if (ch === '~' && !double) return undefined
  if (ch === '_' && wordBefore) return undefined
  const mark = double ? ch + ch : ch
  const from = i + mark.length
  if (hopeless.has(mark) || /\s/.test(s.charAt(from) || ' ')) return undefined
  let end = s.indexOf(mark, from + 1)
  for (let tries = 0; end > 0 && tries < 12; tries++) {
    const okBefore = !/\s/.test(s.charAt(end - 1))
    const okAfter = ch !== '_' || !WORD.test(s.charAt(end + mark.length))
    const single = double || (s.charAt(end + 1) !== ch && s.charAt(end - 1) !== ch)
    if (okBefore && okAfter && single) break
    end = s.indexOf(mark, end + (double ? 1 : s.charAt(end + 1) === ch ? 2 : 1))
  }
  if (end < 0) {
    hopeless.add(mark)
    return undefined
  }
  if (end - from > MAX_SPAN || /\s/.test(s.charAt(end - 1))) return undefined
  // `***x***`: the inner mark belongs to the inside.
  while (double && s.charAt(end + mark.length) === ch) end++
  return {
    t: ch === '~' ? 'del' : double ? 'strong' : 'em',
    body: s.slice(from, end),
    end: end + mark.length,
  }
}

function link(s: string, i: number): { label: string; href: string; end: number } | undefined {
  let depth = 0
  let close = -1
  for (let k = i; k < Math.min(s.length, i + MAX_SPAN); k++) {
    const c = s.charAt(k)
    if (c === '\\') k++
    else if (c === '[') depth++
    else if (c === ']' && --depth === 0) {
      close = k
      break
    }
  }
  if (close < 0 || s.charAt(close + 1) !== '(') return undefined
  let parens = 0
  for (let k = close + 1; k < Math.min(s.length, close + MAX_SPAN); k++) {
    const c = s.charAt(k)
    if (c === '(') parens++
    else if (c === ')' && --parens === 0) {
      const target = s
        .slice(close + 2, k)
        .trim()
        .replace(/\s+"[^"]*"$/, '')
        .replace(/^<(.*)>$/, '$1')
      const href = safeHref(target)
      return href ? { label: s.slice(i + 1, close), href, end: k + 1 } : undefined
    }
  }
  return undefined
}

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
