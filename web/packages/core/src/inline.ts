/** What stands in a line of Markdown: emphasis, code, addresses, names. */
import { emoticonAt } from './emoticons.ts'

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
  | { t: 'math'; s: string }
  | ({ t: 'note' } & NoteMark)

/** The mark of a footnote: its number, and which of the marks of that note it is. */
export interface NoteMark {
  n: number
  mark: number
}

/** The footnotes that a message may refer to. */
export interface Notes {
  refer: (label: string) => NoteMark | undefined
}

/** What a site allows beside what everybody writes. */
export interface Writing {
  /** LaTeX between dollar signs. */
  math?: boolean
  /** Faces made of signs are drawn as emoji. */
  emoticons?: boolean
  notes?: Notes | undefined
}

export const MAX_DEPTH = 8
const MAX_SPAN = 2_000
/** A longer formula between two dollar signs is two prices. */
const MAX_MATH = 600

/** The address if it is one a reader may follow, otherwise nothing. */
export function safeHref(raw: string): string | undefined {
  // Control characters and spaces are dropped by browsers inside a scheme, so they may hide one.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028-\u202f\ufeff\\]/.test(raw)) return undefined
  if (/^(https?|ftp):\/\/[^/]/i.test(raw) || /^(mailto|tel):[^/]/i.test(raw)) return raw
  if (/^www\d{0,3}\.[^/]/i.test(raw)) return `https://${raw}`
  return undefined
}

const WORD = /[\p{L}\p{N}]/u
const ESCAPABLE = /[\\`*_{}[\]()#+\-.!~>|@:$]/
const AUTOLINK = /(?:https?:\/\/|ftp:\/\/|mailto:|tel:|www\d{0,3}\.)[^\s<>]+/iy
/** A name, with its site if somebody is from elsewhere. */
const MENTION = /@([a-z0-9][a-z0-9._-]{0,63}(?::[a-z0-9][a-z0-9._-]{0,63})?)/iy
const CHANNEL = /~([a-z0-9][a-z0-9_-]{0,63})/iy
const TAG = /#(\p{L}[\p{L}\p{N}\-_.]*[\p{L}\p{N}])/uy
const EMOJI = /:([a-z0-9_+-]{1,64}):/iy
const NOTE = /\[\^([^\]\s[]{1,64})\](?!\()/y
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

export function inline(s: string, depth = 0, w: Writing = {}): Inline[] {
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
    if (ch === '$' && w.math && !wordBefore && before !== '$') {
      const end = mathEnd(s, i, hopeless)
      if (end > 0) {
        put({ t: 'math', s: s.slice(i + 1, end) })
        i = end + 1
        continue
      }
    }
    if ((ch === '*' || ch === '_' || ch === '~') && depth < MAX_DEPTH) {
      const m = emphasis(s, i, ch, wordBefore, hopeless)
      if (m) {
        put({ t: m.t, c: inline(m.body, depth + 1, w) })
        i = m.end
        continue
      }
    }
    if (ch === '[' && w.notes && s.charAt(i + 1) === '^') {
      const m = at(NOTE, s, i)
      // A line that begins so defines a note, though not one that counts.
      const defines = (i === 0 || before === '\n') && s.charAt(NOTE.lastIndex) === ':'
      const found = m && !defines && w.notes.refer(m[1] ?? '')
      if (m && found) {
        put({ t: 'note', ...found })
        i += m[0].length
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
    const face = w.emoticons ? emoticonAt(s, i) : undefined
    if (face) {
      put({ t: 'emoji', name: face.name })
      i = face.end
      continue
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

/**
 * Where a formula that begins at `i` ends: in the same line, at a dollar sign that touches what is before it and
 * no digit after it, so that two prices stay prices.
 */
function mathEnd(s: string, i: number, hopeless: Set<string>): number {
  if (hopeless.has('$') || s.charAt(i + 1) === '$' || /\s/.test(s.charAt(i + 1) || ' ')) return -1
  let end = s.indexOf('$', i + 1)
  if (end < 0) hopeless.add('$')
  for (let tries = 0; end > 0 && tries < 4; tries++) {
    if (end - i > MAX_MATH || s.slice(i, end).includes('\n')) return -1
    const escaped = s.charAt(end - 1) === '\\'
    if (!escaped && !/\s/.test(s.charAt(end - 1)) && !/[\d$]/.test(s.charAt(end + 1))) return end
    end = s.indexOf('$', end + 1)
  }
  return -1
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
