/** The links and files that a channel keeps at hand. */
import { AroundRest, type Bookmark, type Id, type NewBookmark, type SocketEvent } from '@fieldpost/api'
import { type Signal, signal } from '@preact/signals-core'
import { safeHref } from './inline.ts'
import type { Context } from './platform.ts'

export class Bookmarks {
  private readonly lists = new Map<Id, Signal<readonly Bookmark[]>>()
  private readonly rest: AroundRest

  constructor(private readonly c: Context) {
    this.rest = new AroundRest(c.p.rest)
  }

  of(channel: Id): Signal<readonly Bookmark[]> {
    let s = this.lists.get(channel)
    if (!s) {
      s = signal<readonly Bookmark[]>([])
      this.lists.set(channel, s)
    }
    return s
  }

  reset(): void {
    this.lists.clear()
  }

  async load(channel: Id): Promise<void> {
    const list = this.of(channel)
    if (list.peek().length === 0) {
      const kept = await this.c.p.db.note(`bookmarks:${channel}`).catch(() => undefined)
      if (Array.isArray(kept) && list.peek().length === 0) list.value = kept as Bookmark[]
    }
    await this.c.quietly(async () => this.set(channel, await this.rest.bookmarks(channel)))
  }

  private set(channel: Id, told: readonly Bookmark[]): void {
    const list = this.of(channel)
    const had = list.peek().length > 0
    list.value = [...told].sort((a, b) => a.sort_order - b.sort_order)
    if (had || told.length > 0) void this.c.p.db.putNote(`bookmarks:${channel}`, list.peek())
  }

  async add(channel: Id, b: NewBookmark): Promise<void> {
    await this.rest.addBookmark(channel, b)
    await this.load(channel)
  }

  async change(b: Bookmark, more: Partial<NewBookmark>): Promise<void> {
    await this.rest.changeBookmark(b, more)
    await this.load(b.channel_id)
  }

  async remove(b: Bookmark): Promise<void> {
    await this.rest.dropBookmark(b)
    await this.load(b.channel_id)
  }

  /** Puts it so many places further on, or back. */
  async move(b: Bookmark, by: number): Promise<void> {
    const list = this.of(b.channel_id).peek()
    const place = list.findIndex(x => x.id === b.id) + by
    if (place < 0 || place >= list.length) return
    await this.rest.placeBookmark(b, place)
    await this.load(b.channel_id)
  }

  /** What others did to them: the list is asked for anew, it is short. */
  heard(e: SocketEvent): void {
    const channel = e.broadcast.channel_id
    if (e.event.startsWith('channel_bookmark_') && this.lists.has(channel)) void this.load(channel)
  }
}

/** Where a bookmark leads, if it is safe to go there. */
export function bookmarkHref(b: Bookmark, fileUrl: (id: Id) => string): string {
  if (b.type === 'file') return b.file_id ? fileUrl(b.file_id) : ''
  return safeHref(b.link_url ?? '') ?? ''
}

/** What somebody typed as an address, with a scheme; nothing if it leads nowhere. */
export function typedAddress(raw: string): string {
  const text = raw.trim()
  if (!text) return ''
  const whole = /^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `https://${text}`
  return /^https?:\/\//i.test(whole) ? (safeHref(whole) ?? '') : ''
}
