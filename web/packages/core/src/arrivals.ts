/** Which messages of one's own site have arrived at the sites that share their channel. */
import { ApiError, type Arrival, type Id, type Post } from '@fieldpost/api'
import { listText, t } from '@fieldpost/words'
import { type Signal, signal } from '@preact/signals-core'
import type { Context } from './platform.ts'
import { cannotLink } from './remote.ts'

/** Of so many messages a server tells at once. */
const MOST = 200
/** It is asked so soon after a message is looked at, and ever less often while nothing arrives. */
const FIRST_MS = 700
const LAST_MS = 30_000

/** Where a message is, in words. */
export function arrivalText(sites: readonly Arrival[]): string {
  const named = (there: boolean) => listText(sites.filter(s => s.there === there).map(s => s.site))
  const [at, missing] = [named(true), named(false)]
  return [at && t('post.atSites', { sites: at }), missing && t('post.notAtSites', { sites: missing })]
    .filter(Boolean)
    .join(' · ')
}

/** Whether a message waits here for every site that shares its channel, as far as is known. */
export const isHeldHere = (sites: readonly Arrival[]): boolean =>
  sites.length > 0 && sites.every(s => !s.there)

const alike = (a: readonly Arrival[], b: readonly Arrival[]): boolean =>
  a.length === b.length && a.every((x, i) => x.site === b[i]?.site && x.there === b[i]?.there)

const NOTHING: readonly Arrival[] = []

/**
 * Asked for messages on screen alone, together for each channel, and not again for those that are everywhere. Messages
 * that were written at another site are nowhere in this sense.
 */
export class Arrivals {
  private readonly known = new Map<Id, Signal<readonly Arrival[]>>()
  /** By channel, the messages on screen that are not everywhere yet, and how often each is. */
  private readonly waiting = new Map<Id, Map<Id, number>>()
  private timer = 0
  private pause = FIRST_MS
  private missing = false

  constructor(private readonly c: Context) {}

  of(post: Id): Signal<readonly Arrival[]> {
    let s = this.known.get(post)
    if (!s) {
      s = signal(NOTHING)
      this.known.set(post, s)
    }
    return s
  }

  /** Keeps it known where a message is, until what is answered is called. */
  follow({ id, channel_id }: Pick<Post, 'id' | 'channel_id'>): () => void {
    const sites = this.of(id).peek()
    if (this.missing || (sites.length > 0 && sites.every(s => s.there))) return () => {}
    const posts = this.waiting.get(channel_id) ?? new Map<Id, number>()
    this.waiting.set(channel_id, posts)
    const times = posts.get(id) ?? 0
    posts.set(id, times + 1)
    if (times === 0) this.soon(FIRST_MS)
    return () => {
      const left = (posts.get(id) ?? 0) - 1
      if (left > 0) posts.set(id, left)
      else posts.delete(id)
    }
  }

  /** Forgets everything: another person may sit down here. */
  reset(): void {
    this.c.p.clearTimeout(this.timer)
    this.known.clear()
    this.waiting.clear()
    this.missing = false
  }

  private soon(pause: number): void {
    this.pause = pause
    this.c.p.clearTimeout(this.timer)
    this.timer = this.c.p.setTimeout(() => void this.look(), pause)
  }

  private async look(): Promise<void> {
    const { p, store } = this.c
    if (p.visible() && store.link.peek() === 'online')
      for (const [channel, posts] of this.waiting) await this.c.quietly(() => this.ask(channel, posts))
    for (const [channel, posts] of this.waiting) if (posts.size === 0) this.waiting.delete(channel)
    if (this.waiting.size > 0) this.soon(Math.min(this.pause * 2, LAST_MS))
  }

  private async ask(channel: Id, posts: Map<Id, number>): Promise<void> {
    // The last that came on screen first.
    const ids = [...posts.keys()].slice(-MOST)
    if (ids.length === 0) return
    try {
      const told = new Map((await this.c.p.rest.whereabouts(channel, ids)).map(w => [w.post_id, w.sites]))
      for (const id of ids) {
        const sites = told.get(id) ?? NOTHING
        const known = this.of(id)
        if (!alike(known.peek(), sites)) known.value = sites
        if (sites.every(s => s.there)) posts.delete(id)
      }
    } catch (e) {
      if (!(e instanceof ApiError && cannotLink(e))) throw e
      this.missing = true
      this.waiting.clear()
    }
  }
}
