/** What changed from one version of a text to the next, in words. */
import type { Id, Post } from '@fieldpost/api'

export interface Change {
  kind: 'same' | 'gone' | 'new'
  text: string
}

/** Beyond so many comparisons a change is shown as a whole. */
const MOST = 1_000_000

const words = (s: string): string[] => s.match(/\s+|[^\s]+/g) ?? []

export function changes(before: string, after: string): Change[] {
  const a = words(before)
  const b = words(after)
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  const middle = between(a.slice(head, a.length - tail), b.slice(head, b.length - tail))
  return joined([
    { kind: 'same', text: a.slice(0, head).join('') },
    ...middle,
    { kind: 'same', text: a.slice(a.length - tail).join('') },
  ])
}

function between(a: readonly string[], b: readonly string[]): Change[] {
  if (a.length * b.length > MOST)
    return [
      { kind: 'gone', text: a.join('') },
      { kind: 'new', text: b.join('') },
    ]
  const longest = common(a, b)
  const at = (i: number, j: number): number => longest[i * (b.length + 1) + j] ?? 0
  const out: Change[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ kind: 'same', text: a[i] ?? '' })
      i++
      j++
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1)))
      out.push({ kind: 'gone', text: a[i++] ?? '' })
    else out.push({ kind: 'new', text: b[j++] ?? '' })
  }
  return out
}

/** How many words two texts have in common from each pair of places on. */
function common(a: readonly string[], b: readonly string[]): Uint32Array {
  const width = b.length + 1
  const t = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      t[i * width + j] =
        a[i] === b[j]
          ? (t[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(t[(i + 1) * width + j] ?? 0, t[i * width + j + 1] ?? 0)
  return t
}

/** What is gone stands before what came in its place. */
function joined(pieces: readonly Change[]): Change[] {
  const out: Change[] = []
  let gone = ''
  let fresh = ''
  const flush = () => {
    if (gone) out.push({ kind: 'gone', text: gone })
    if (fresh) out.push({ kind: 'new', text: fresh })
    gone = ''
    fresh = ''
  }
  for (const p of pieces) {
    if (p.kind === 'gone') gone += p.text
    else if (p.kind === 'new') fresh += p.text
    else if (p.text) {
      flush()
      const last = out.at(-1)
      if (last?.kind === 'same') last.text += p.text
      else out.push({ ...p })
    }
  }
  flush()
  return out
}

/** A version of a message, and what it changed of the one before. */
export interface Version {
  /** The row that keeps it; empty for the one that stands. */
  id: Id | ''
  at: number
  text: string
  pieces: readonly Change[]
}

/** The versions of a message, the newest first. What changed nothing that is read is left out. */
export function versions(now: Post, before: readonly Post[]): Version[] {
  const all = [{ ...now, id: '' }, ...before].filter((p, i, list) => p.message !== list[i + 1]?.message)
  return all.map((p, i) => {
    const older = all[i + 1]
    return {
      id: p.id,
      at: p.edit_at || p.create_at,
      text: p.message,
      pieces: older ? changes(older.message, p.message) : [{ kind: 'same', text: p.message }],
    }
  })
}

/** The message that another one links to first, at one of the addresses of this server; or empty. */
export function linkedPost(p: Pick<Post, 'message' | 'metadata'>, origins: readonly string[]): Id | '' {
  const data = p.metadata?.embeds?.find(e => e.type === 'permalink')?.data
  if (typeof data === 'object' && data !== null && 'post_id' in data && typeof data.post_id === 'string')
    return data.post_id
  const m = /(https?:\/\/[^\s/]+)\/[a-z0-9_-]+\/pl\/([a-z0-9]{26})(?![a-z0-9])/.exec(p.message)
  return m && origins.includes(m[1] ?? '') ? (m[2] ?? '') : ''
}
