/**
 * Brings what is probably opened next from the device into memory while nothing else is to be done, so that it is on
 * screen in the frame after the press.
 */
import type { Channel, ChannelMember, Id } from '@fieldpost/api'
import type { Context } from './platform.ts'
import { unreadOf } from './views.ts'

/** So many conversations are held in memory before they are looked at. */
const MOST = 24
/** After a conversation came on screen. */
const FIRST_MS = 250
/** Between two that are fetched. */
const NEXT_MS = 30

/** What is opened sooner stands first: who is spoken to, then what is unread, then where the reader was last. */
export function likely(channels: Iterable<Channel>, members: ReadonlyMap<Id, ChannelMember>, team: Id): Id[] {
  const rank = (c: Channel, m: ChannelMember): [number, number] => {
    const { unread, mentions } = unreadOf(c, m)
    return mentions > 0 ? [0, c.last_post_at] : unread ? [1, c.last_post_at] : [2, m.last_viewed_at]
  }
  return [...channels]
    .flatMap(c => {
      const m = members.get(c.id)
      const near = c.team_id === '' || c.team_id === team
      return m && near && c.delete_at === 0 ? [{ id: c.id, rank: rank(c, m) }] : []
    })
    .sort((a, b) => a.rank[0] - b.rank[0] || b.rank[1] - a.rank[1])
    .slice(0, MOST)
    .map(x => x.id)
}

export class Warming {
  private timer = 0
  private team: Id = ''
  private readonly tried = new Set<Id>()

  constructor(
    private readonly c: Context,
    private readonly fetch: (channel: Id) => Promise<void>,
  ) {}

  /** Something came on screen; in a while what may come after it is fetched, one after the other. */
  soon(ms = FIRST_MS): void {
    this.stop()
    this.timer = this.c.p.setTimeout(() => this.c.p.whenIdle(() => void this.next()), ms)
  }

  stop(): void {
    this.c.p.clearTimeout(this.timer)
  }

  private async next(): Promise<void> {
    const { store } = this.c
    const channels = store.channels.peek()
    // From a conversation one goes back to the team one came from.
    this.team = channels.get(store.current.peek())?.team_id || this.team
    const cold = likely(channels.values(), store.members.peek(), this.team).find(
      id => !this.tried.has(id) && !store.log(id).window.peek(),
    )
    if (!cold) return
    this.tried.add(cold)
    await this.fetch(cold)
    this.soon(NEXT_MS)
  }
}
