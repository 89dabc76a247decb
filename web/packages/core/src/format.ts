/** Marks of Markdown around what is selected in a text, put there and taken away again. */

export type Format =
  | 'bold'
  | 'italic'
  | 'strike'
  | 'code'
  | 'link'
  | 'heading'
  | 'quote'
  | 'bullets'
  | 'numbers'

export interface Selected {
  text: string
  from: number
  to: number
}

const AROUND: Partial<Record<Format, string>> = { bold: '**', italic: '_', strike: '~~', code: '`' }
const HEADING = /^#{1,6} /
const BULLET = /^[-*+] /
const NUMBER = /^\d{1,9}[.)] /
const QUOTE = /^> ?/
const BEFORE: Partial<Record<Format, RegExp>> = {
  heading: HEADING,
  quote: QUOTE,
  bullets: BULLET,
  numbers: NUMBER,
}

export function format(s: Selected, kind: Format): Selected {
  if (kind === 'code' && s.text.slice(s.from, s.to).includes('\n')) return fenced(s)
  const mark = AROUND[kind]
  if (mark) return around(s, mark)
  if (kind === 'link') return linked(s)
  return lines(s, kind)
}

function around({ text, from, to }: Selected, mark: string): Selected {
  const n = mark.length
  const put = (a: number, b: number, inside: string, shift: number): Selected => ({
    text: text.slice(0, a) + inside + text.slice(b),
    from: from + shift,
    to: to + shift,
  })
  const inside = text.slice(from, to)
  if (text.slice(from - n, from) === mark && text.slice(to, to + n) === mark && from >= n)
    return put(from - n, to + n, inside, -n)
  if (inside.length >= 2 * n && inside.startsWith(mark) && inside.endsWith(mark))
    return {
      text: text.slice(0, from) + inside.slice(n, -n) + text.slice(to),
      from,
      to: to - 2 * n,
    }
  // Spaces at the ends stay outside: a mark beside a space is no mark.
  const lead = inside.length - inside.trimStart().length
  const trail = inside.trim() ? inside.length - inside.trimEnd().length : 0
  const a = from + (inside.trim() ? lead : 0)
  const b = to - trail
  return {
    text: text.slice(0, a) + mark + text.slice(a, b) + mark + text.slice(b),
    from: a + n,
    to: b + n,
  }
}

function fenced({ text, from, to }: Selected): Selected {
  const before = from > 0 && text[from - 1] !== '\n' ? '\n' : ''
  const after = to < text.length && text[to] !== '\n' ? '\n' : ''
  const open = `${before}\`\`\`\n`
  return {
    text: `${text.slice(0, from)}${open}${text.slice(from, to)}\n\`\`\`${after}${text.slice(to)}`,
    from: from + open.length,
    to: to + open.length,
  }
}

/** What is to be typed next is selected: the words, or the address. */
function linked({ text, from, to }: Selected): Selected {
  const inside = text.slice(from, to)
  const isAddress = /^(https?:\/\/|www\.)\S+$/.test(inside)
  const words = isAddress ? 'words' : inside || 'words'
  const address = isAddress ? inside : 'https://'
  const put = `[${words}](${address})`
  const at = isAddress || !inside ? from + 1 : from + words.length + 3
  const length = isAddress || !inside ? words.length : address.length
  return { text: text.slice(0, from) + put + text.slice(to), from: at, to: at + length }
}

function lines({ text, from, to }: Selected, kind: Format): Selected {
  const start = text.lastIndexOf('\n', from - 1) + 1
  const stop = text.indexOf('\n', to)
  const end = stop < 0 ? text.length : stop
  const all = text.slice(start, end).split('\n')
  const mark = BEFORE[kind] ?? QUOTE
  const marked = all.every(l => mark.test(l))
  const bare = (l: string) =>
    kind === 'quote' ? l : l.replace(HEADING, '').replace(BULLET, '').replace(NUMBER, '')
  const next = all.map((l, i) => {
    if (marked) return l.replace(mark, '')
    if (kind === 'heading') return `### ${bare(l)}`
    if (kind === 'quote') return `> ${l}`
    return kind === 'bullets' ? `- ${bare(l)}` : `${i + 1}. ${bare(l)}`
  })
  const put = next.join('\n')
  const grown = put.length - (end - start)
  const first = (next[0]?.length ?? 0) - (all[0]?.length ?? 0)
  return {
    text: text.slice(0, start) + put + text.slice(end),
    from: Math.max(start, from + first),
    to: Math.max(start, to + grown),
  }
}

/** Characters as the server counts them: one of several units is one. */
export const lengthOf = (text: string): number => [...text].length
