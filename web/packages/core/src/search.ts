/** Searching: what is typed, what was found, and what this device can find by itself. */

import {
  ApiError,
  type FoundFile,
  type Id,
  type Post,
  type Rest,
  SEARCH_PAGE,
  SearchRest,
} from '@fieldpost/api'
import { t } from '@fieldpost/words'
import { batch, signal } from '@preact/signals-core'
import type { Db } from './db.ts'
import { plain } from './markdown.ts'
import type { Store } from './store.ts'
import { aheadHere } from './zone.ts'

export interface Found {
  posts: readonly Post[]
  /** What was looked for. The server does not say which words it found where. */
  words: readonly string[]
  /** The server was away: only what this device keeps was looked through. */
  onDevice: boolean
}

interface Ports {
  rest: Rest
  store: Store
  db: Pick<Db, 'findPosts'>
}

export class Search {
  readonly posts = signal<Found | undefined>(undefined)
  readonly files = signal<readonly FoundFile[] | undefined>(undefined)
  readonly busy = signal(false)
  readonly problem = signal('')
  /** Whether another page may be there. */
  readonly more = signal(false)
  private readonly rest: SearchRest
  private asked = 0
  private page = 0

  constructor(private readonly p: Ports) {
    this.rest = new SearchRest(p.rest, () => aheadHere(Date.now()))
  }

  clear(): void {
    this.asked++
    batch(() => {
      this.posts.value = undefined
      this.files.value = undefined
      this.busy.value = false
      this.problem.value = ''
      this.more.value = false
    })
  }

  async run(team: Id, terms: string, what: 'posts' | 'files', page = 0): Promise<void> {
    const mine = ++this.asked
    this.page = page
    batch(() => {
      this.busy.value = true
      this.problem.value = ''
    })
    try {
      const show = await this.ask(team, terms, what, page)
      // An earlier question may be answered after a later one.
      if (mine === this.asked) batch(show)
    } catch (e) {
      if (!(e instanceof ApiError)) throw e
      if (mine === this.asked) this.problem.value = e.kind === 'offline' ? t('search.filesNeed') : e.message
    } finally {
      if (mine === this.asked) this.busy.value = false
    }
  }

  next(team: Id, terms: string, what: 'posts' | 'files'): Promise<void> {
    return this.run(team, terms, what, this.page + 1)
  }

  private async ask(team: Id, terms: string, what: 'posts' | 'files', page: number): Promise<() => void> {
    if (what === 'files') {
      const list = await this.rest.files(team, terms, page)
      const found = (list.order ?? []).flatMap(id => list.file_infos?.[id] ?? [])
      return () => {
        this.files.value = page > 0 ? [...(this.files.peek() ?? []), ...found] : found
        this.more.value = found.length >= SEARCH_PAGE
      }
    }
    try {
      const list = await this.rest.posts(team, terms, page)
      const found = list.order.flatMap(id => list.posts[id] ?? [])
      return () => {
        this.p.store.putPosts(found, false)
        const before = page > 0 ? this.posts.peek() : undefined
        this.posts.value = {
          posts: [...(before?.posts ?? []), ...found],
          words: plainWords(terms),
          onDevice: false,
        }
        this.more.value = found.length >= SEARCH_PAGE
      }
    } catch (e) {
      if (!(e instanceof ApiError) || e.kind !== 'offline') throw e
      return this.onDevice(terms)
    }
  }

  private async onDevice(terms: string): Promise<() => void> {
    const words = plainWords(terms)
    const hit = (p: Post) => {
      const text = fold(p.message)
      return !p.type && this.p.store.channels.peek().has(p.channel_id) && words.every(w => text.includes(w))
    }
    const posts = words.length > 0 ? await this.p.db.findPosts(hit, SEARCH_PAGE) : []
    return () => {
      this.p.store.putPosts(posts, false)
      this.posts.value = { posts, words, onDevice: true }
      this.more.value = false
    }
  }
}

const fold = (s: string): string => s.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

/** The words of a search without its filters, as they are looked for in what this device keeps. */
export function plainWords(terms: string): string[] {
  return (
    terms
      .replace(/-?\b(?:from|in|on|before|after|ext):\S*/gi, ' ')
      .replace(/(^|\s)-(?:"[^"]*"|\S+)/g, ' ')
      .match(/"[^"]+"|\S+/g) ?? []
  )
    .map(w => fold(w.replace(/^["(]+|["*).,;:!?]+$/g, '')).trim())
    .filter(Boolean)
}

export type FilterKind = 'from' | 'in' | 'on' | 'before' | 'after'

export interface Typing {
  kind: FilterKind
  /** Where the value begins in the text. */
  at: number
  value: string
}

/** The filter whose value is being typed before the caret. */
export function filterAt(text: string, caret: number): Typing | undefined {
  const m = /(?:^|\s)-?(from|in|on|before|after):([^\s"]*)$/i.exec(text.slice(0, caret))
  if (!m) return undefined
  const value = m[2] ?? ''
  return { kind: (m[1] ?? '').toLowerCase() as FilterKind, at: caret - value.length, value }
}

/** `text` with the value of its filter put in, and where the caret goes. */
export function filled(text: string, t: Typing, value: string): { text: string; caret: number } {
  const before = `${text.slice(0, t.at)}${value} `
  const after = text.slice(t.at + t.value.length).replace(/^ /, '')
  return { text: before + after, caret: before.length }
}

export interface Piece {
  s: string
  hit: boolean
}

const AROUND = 90

/** The part of a message where the words were found, in pieces that are hits or not. */
export function excerpt(message: string, words: readonly string[], length = 280): Piece[] {
  const text = plain(message).replace(/\s+/g, ' ').trim()
  const hits = hitsIn(text, words)
  const first = hits[0]?.[0] ?? 0
  let last = first > AROUND && text.length > length ? first - AROUND : 0
  const end = Math.min(last + length, text.length)
  const out: Piece[] = last > 0 ? [{ s: '…', hit: false }] : []
  const put = (to: number, hit: boolean) => {
    if (to > last) out.push({ s: text.slice(last, to), hit })
    last = Math.max(last, to)
  }
  for (const [a, b] of hits) {
    put(Math.min(a, end), false)
    put(Math.min(b, end), true)
  }
  put(end, false)
  if (end < text.length) out.push({ s: '…', hit: false })
  return out
}

/** Where the words stand, without regard to case and accents: where something begins with them, or else anywhere. */
function hitsIn(text: string, words: readonly string[]): (readonly [from: number, to: number])[] {
  let folded = ''
  // Where each character of the folded text comes from.
  const origin: number[] = []
  let at = 0
  for (const c of text) {
    const f = fold(c)
    for (let i = 0; i < f.length; i++) origin.push(at)
    folded += f
    at += c.length
  }
  origin.push(text.length)
  const patterns = words.filter(Boolean).map(w => {
    const literal = fold(w).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const begins = `(?<![\\p{L}\\p{N}])${literal}`
    return new RegExp(begins, 'u').test(folded) ? begins : literal
  })
  if (patterns.length === 0) return []
  return [...folded.matchAll(new RegExp(patterns.join('|'), 'gu'))].map(
    m => [origin[m.index] ?? 0, origin[m.index + m[0].length] ?? text.length] as const,
  )
}
