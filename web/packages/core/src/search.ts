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
import { batch, signal } from '@preact/signals-core'
import type { Db } from './db.ts'
import { plain } from './markdown.ts'
import type { Store } from './store.ts'

export interface Found {
  posts: readonly Post[]
  words: ReadonlyMap<Id, readonly string[]>
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
    this.rest = new SearchRest(p.rest)
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
      if (mine === this.asked) this.problem.value = e.kind === 'offline' ? OFFLINE : e.message
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
      const words = new Map(Object.entries(list.matches ?? {}))
      return () => {
        this.p.store.putPosts(found, false)
        const before = page > 0 ? this.posts.peek() : undefined
        this.posts.value = {
          posts: [...(before?.posts ?? []), ...found],
          words: new Map([...(before?.words ?? []), ...words]),
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
      this.posts.value = { posts, words: new Map(posts.map(p => [p.id, words])), onDevice: true }
      this.more.value = false
    }
  }
}

const OFFLINE = 'Files are found by the server, which is out of reach.'

const fold = (s: string): string => s.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

/** The words of a search without its filters, as they are looked for in what this device keeps. */
export function plainWords(terms: string): string[] {
  return (
    terms
      .replace(/-?\b(?:from|in|on|before|after|ext):\S*/gi, ' ')
      .replace(/(^|\s)-(?:"[^"]*"|\S+)/g, ' ')
      .match(/"[^"]+"|\S+/g) ?? []
  )
    .map(w => fold(w.replace(/^"|"$/g, '').replace(/\*$/, '')).trim())
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
  const wanted = words.map(w => w.replace(/[*"]/g, '')).filter(Boolean)
  if (wanted.length === 0) return [{ s: cut(text, 0, length), hit: false }]
  const any = new RegExp(wanted.map(w => w.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'giu')
  const first = text.search(any)
  const from = first > AROUND && text.length > length ? first - AROUND : 0
  const part = cut(text, from, length)
  const out: Piece[] = []
  let last = 0
  for (const m of part.matchAll(any)) {
    if (m.index > last) out.push({ s: part.slice(last, m.index), hit: false })
    out.push({ s: m[0], hit: true })
    last = m.index + m[0].length
  }
  if (last < part.length) out.push({ s: part.slice(last), hit: false })
  return out
}

function cut(text: string, from: number, length: number): string {
  const end = from + length
  return `${from > 0 ? '…' : ''}${text.slice(from, end)}${end < text.length ? '…' : ''}`
}
