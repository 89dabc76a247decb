/** Messages that the server sends later. It keeps them, so without it they are only as they were last seen. */

import {
  type FileInfo,
  type Id,
  InboxRest,
  type NewScheduled,
  type ScheduledPost,
  type SocketEvent,
} from '@fieldpost/api'
import { type Key, t } from '@fieldpost/words'
import { signal } from '@preact/signals-core'
import type { Context } from './platform.ts'

export class Scheduled {
  /** Of all teams, the next one first. */
  readonly items = signal<readonly ScheduledPost[]>([])
  private readonly rest: InboxRest

  constructor(private readonly c: Context) {
    this.rest = new InboxRest(c.p.rest)
  }

  reset(): void {
    this.items.value = []
  }

  async load(team: Id): Promise<void> {
    if (this.items.peek().length === 0) {
      const kept = await this.c.p.db.note('scheduled').catch(() => undefined)
      if (Array.isArray(kept)) this.items.value = kept as ScheduledPost[]
    }
    await this.c.quietly(async () => {
      const lists = await this.rest.scheduled(team)
      const told = Object.values(lists).flatMap(l => l ?? [])
      // Of other teams nothing was said.
      const others = this.items.peek().filter(p => {
        const of = this.c.store.channels.peek().get(p.channel_id)?.team_id
        return of !== undefined && of !== '' && of !== team
      })
      this.set([...others, ...told])
    })
  }

  async add(p: NewScheduled): Promise<void> {
    this.put(await this.rest.schedule(p))
  }

  async change(
    p: ScheduledPost,
    more: Partial<Pick<ScheduledPost, 'message' | 'scheduled_at'>>,
  ): Promise<void> {
    this.put(await this.rest.reschedule({ ...p, ...more }))
  }

  async remove(id: Id): Promise<void> {
    await this.rest.unschedule(id)
    this.drop(id)
  }

  /** Its files, asked for where the list did not say what they are. */
  async filesOf(p: ScheduledPost): Promise<FileInfo[]> {
    const known = p.metadata?.files ?? []
    const ids = p.file_ids ?? []
    return known.length === ids.length ? known : Promise.all(ids.map(id => this.rest.file(id)))
  }

  /** What the live connection tells: of another tab or device, or that one was sent. */
  heard(e: SocketEvent): void {
    if (!e.event.startsWith('scheduled_post_')) return
    const raw = e.data['scheduledPost']
    if (typeof raw !== 'string') return
    const p = JSON.parse(raw) as ScheduledPost
    if (e.event === 'scheduled_post_deleted') this.drop(p.id)
    else this.put(p)
  }

  private put(p: ScheduledPost): void {
    this.set([...this.items.peek().filter(x => x.id !== p.id), p])
  }

  private drop(id: Id): void {
    this.set(this.items.peek().filter(x => x.id !== id))
  }

  private set(list: readonly ScheduledPost[]): void {
    this.items.value = [...list].sort((a, b) => a.scheduled_at - b.scheduled_at)
    void this.c.p.db.putNote('scheduled', this.items.peek())
  }
}

/** Why a message was not sent, in words. */
export function whyNotSent(code: string | undefined): string {
  if (!code) return ''
  return t(WHY[code] ?? 'why.failed')
}

type WhyKey = Extract<Key, `why.${string}`>

const WHY: Record<string, WhyKey> = {
  channel_archived: 'why.archived',
  channel_not_found: 'why.noChannel',
  user_missing: 'why.noUser',
  user_deleted: 'why.inactive',
  no_channel_permission: 'why.mayNot',
  no_channel_member: 'why.notMember',
  thread_deleted: 'why.threadGone',
  unable_to_send: 'why.serverFailed',
  unknown: 'why.failed',
}
