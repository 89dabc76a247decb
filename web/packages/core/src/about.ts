/** A channel as a whole: how much is in it, and what changes it. */
import {
  type Channel,
  type ChannelPatch,
  type ChannelStats,
  ChannelsRest,
  type Id,
  type SocketEvent,
} from '@fieldpost/api'
import { type Signal, signal } from '@preact/signals-core'
import type { Context } from './platform.ts'

/** Events after which the counts of a channel may be others. */
const COUNTED = new Set(['user_added', 'user_removed', 'post_edited', 'post_deleted', 'posted'])

export class About {
  private readonly known = new Map<Id, Signal<ChannelStats | undefined>>()
  private readonly rest: ChannelsRest
  /** The channel whose counts somebody looks at. */
  private watched: Id | '' = ''
  private timer = 0

  constructor(private readonly c: Context) {
    this.rest = new ChannelsRest(c.p.rest)
  }

  reset(): void {
    this.known.clear()
    this.watched = ''
  }

  stats(channel: Id): Signal<ChannelStats | undefined> {
    let s = this.known.get(channel)
    if (!s) {
      s = signal<ChannelStats | undefined>(undefined)
      this.known.set(channel, s)
    }
    return s
  }

  /** Keeps the counts of a channel current until another one, or none, is watched. */
  async watch(channel: Id | ''): Promise<void> {
    this.watched = channel
    if (channel) await this.count(channel)
  }

  /** The counts as they are here; where nobody asked for them yet, as the device keeps them. */
  async recall(channel: Id): Promise<ChannelStats | undefined> {
    const s = this.stats(channel)
    if (!s.peek())
      s.value = (await this.c.p.db.note(`stats:${channel}`).catch(() => undefined)) as
        | ChannelStats
        | undefined
    return s.peek()
  }

  /** Counts anew; where the server does not answer, what was counted last stays. */
  async count(channel: Id): Promise<void> {
    await this.recall(channel)
    await this.c.quietly(async () => {
      const told = await this.rest.stats(channel)
      this.stats(channel).value = told
      await this.c.p.db.putNote(`stats:${channel}`, told)
    })
  }

  private take(told: Channel): void {
    this.c.store.changeChannel(told.id, () => told)
  }

  async change(channel: Id, p: ChannelPatch): Promise<void> {
    this.take(await this.rest.patch(channel, p))
  }

  async convert(channel: Id, to: 'O' | 'P'): Promise<void> {
    this.take(await this.rest.privacy(channel, to))
  }

  /** Makes a private channel of a team out of a conversation of several. */
  async toChannel(group: Id, c: Pick<Channel, 'team_id' | 'name' | 'display_name'>): Promise<void> {
    this.take(await this.rest.toChannel(group, c))
  }

  async archive(channel: Id): Promise<void> {
    await this.rest.archive(channel)
    this.c.store.changeChannel(channel, () => ({ delete_at: this.c.p.now() }))
  }

  async restore(channel: Id): Promise<void> {
    const told = await this.rest.restore(channel)
    this.take({ ...told, delete_at: 0 })
  }

  heard(e: SocketEvent): void {
    const here = this.watched !== '' && e.broadcast.channel_id === this.watched
    const gone = e.event === 'user_removed' && e.data['channel_id'] === this.watched
    if (!COUNTED.has(e.event) || (!here && !gone) || this.timer) return
    // Much may happen at once; it is counted once.
    this.timer = this.c.p.setTimeout(() => {
      this.timer = 0
      if (this.watched) void this.count(this.watched)
    }, 300)
  }
}
