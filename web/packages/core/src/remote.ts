/** People and news of other sites. */

import { ApiError, type Channel, type Freshness, type Id, type User } from '@fieldpost/api'
import { t } from '@fieldpost/words'
import { type Signal, signal } from '@preact/signals-core'
import type { Context } from './platform.ts'
import { ageText } from './time.ts'

/** The site that somebody is of, as their name ends with it; empty for people of this site. */
export function siteOf(u: Pick<User, 'username' | 'remote_id'> | undefined): string {
  if (!u?.remote_id) return ''
  return u.username.split(':')[1] || t('post.anotherSite')
}

export const fromText = (site: string): string =>
  site === t('post.anotherSite') ? t('post.fromAnother') : t('post.fromSite', { site })

/** A username without the site behind it, which a mark beside it names. */
export const ownName = (u: Pick<User, 'username' | 'remote_id'>): string =>
  u.remote_id ? (u.username.split(':')[0] ?? '') : u.username

const QUIET_MS = 5 * 60_000

/** How old the news from sites out of reach is, in words; empty when all of them are near. */
export function staleText(list: readonly Freshness[], now: number): string {
  const far = list.filter(
    f => f.state === 'down' || (f.state !== 'connected' && now - f.last_contact >= QUIET_MS),
  )
  return far
    .map(f =>
      f.last_contact === 0
        ? t('room.noNews', { site: f.site })
        : t('room.noNewsFor', { site: f.site, age: ageText(f.last_contact, now) }),
    )
    .join(' · ')
}

/** Whether a server that answers so has no links, and will have none while it runs. */
export const cannotLink = (e: ApiError): boolean =>
  e.notBuilt || e.status === 404 || e.id === 'api.fieldpost.link.none'

const ASK_MS = 60_000

/**
 * Which sites share a channel and how fresh it is from each, asked at most once a minute for each channel, and only
 * while somebody looks.
 */
export class News {
  private readonly known = new Map<Id, Signal<readonly Freshness[]>>()
  private readonly asked = new Map<Id, number>()
  private timer = 0
  private missing = false

  constructor(private readonly c: Context) {}

  of(channel: Id): Signal<readonly Freshness[]> {
    let s = this.known.get(channel)
    if (!s) {
      s = signal<readonly Freshness[]>([])
      this.known.set(channel, s)
    }
    return s
  }

  /** Keeps a channel's freshness known until the next one is watched. */
  watch(channel: Channel): void {
    const { p } = this.c
    p.clearTimeout(this.timer)
    // Most conversations stay at their site.
    if (!(channel.team_id || channel.shared) || this.missing) return
    void this.ask(channel.id)
    this.timer = p.setTimeout(() => this.watch(channel), ASK_MS)
  }

  stop(): void {
    this.c.p.clearTimeout(this.timer)
  }

  /** Forgets everything: another person may sit down here. */
  reset(): void {
    this.stop()
    this.known.clear()
    this.asked.clear()
    this.missing = false
  }

  private async ask(channel: Id): Promise<void> {
    const { p, store } = this.c
    const now = p.now()
    const last = this.asked.get(channel)
    if (last !== undefined && now - last < ASK_MS) return
    if (!p.visible() || store.link.peek() === 'offline') return
    this.asked.set(channel, now)
    await this.c.quietly(async () => {
      try {
        this.of(channel).value = await p.rest.freshness(channel)
      } catch (e) {
        // A server without links has no news of them either.
        if (e instanceof ApiError && cannotLink(e)) this.missing = true
        else throw e
      }
    })
  }
}
