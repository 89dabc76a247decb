/** Which conversations stand in the sidebar: those nobody closed, as many as there is room for. */
import type { Channel, Id, Preference, SocketEvent } from '@fieldpost/api'
import { effect, type ReadonlySignal, untracked } from '@preact/signals-core'
import type { Context } from './platform.ts'
import type { PreferenceKey, Preferences } from './preferences.ts'
import type { Store } from './store.ts'
import { type SidebarItem, unreadOf } from './views.ts'

/** How many may be listed, as the server allows it; the last is what holds until somebody chooses. */
export const ROOMS = [10, 15, 20, 40] as const
const MOST = 40
const LIMIT = 'sidebar_settings/limit_visible_dms_gms'

/** The preferences that say which conversations are listed. */
export const isListing = (p: Pick<Preference, 'category' | 'name'>): boolean =>
  p.category === 'direct_channel_show' ||
  p.category === 'group_channel_show' ||
  p.category === 'channel_open_time' ||
  `${p.category}/${p.name}` === LIMIT

/** The other person of a conversation of two; oneself, if one writes to oneself. */
export function mateOf(c: Channel, me: Id): Id | '' {
  if (c.type !== 'D') return ''
  const [a = '', b = ''] = c.name.split('__')
  return a === me ? b : a
}

/** Where it is kept whether a conversation is listed. */
const shownKey = (c: Channel, me: Id): PreferenceKey =>
  c.type === 'D' ? `direct_channel_show/${mateOf(c, me)}` : `group_channel_show/${c.id}`

export function isClosed(store: Store, c: Channel): boolean {
  if (c.type !== 'D' && c.type !== 'G') return false
  return store.preferences.value.get(shownKey(c, store.me.value?.id ?? '')) === 'false'
}

/** How many conversations are listed at most. */
export function roomOf(store: Store): number {
  const said = Number(store.preferences.value.get(LIMIT) ?? MOST)
  return Number.isInteger(said) && said >= 1 && said <= MOST ? said : MOST
}

/** Those of the conversations that there is room for: what is new or on screen first, then what was used last. */
export function withRoom(store: Store, items: readonly SidebarItem[]): SidebarItem[] {
  const room = roomOf(store)
  if (items.length <= room) return [...items]
  const used = (i: SidebarItem) =>
    Math.max(
      i.channel.last_post_at,
      store.members.value.get(i.id)?.last_viewed_at ?? 0,
      Number(store.preferences.value.get(`channel_open_time/${i.id}`) ?? 0),
    )
  const needed = (i: SidebarItem) => i.unread || i.id === store.current.value
  const ranked = [...items].sort((a, b) => Number(needed(b)) - Number(needed(a)) || used(b) - used(a))
  const listed = new Set(ranked.slice(0, Math.max(room, items.filter(needed).length)))
  return items.filter(i => listed.has(i))
}

/** Closes conversations, and brings them back when somebody opens them or writes in them. */
export class Conversations {
  /** `leads`: whether this tab does what must be done once. */
  constructor(
    private readonly c: Context,
    private readonly preferences: Preferences,
    private readonly leads: ReadonlySignal<boolean>,
  ) {
    const { store } = c
    effect(() => {
      const here = store.channels.peek().get(store.current.value)
      if (here && preferences.known.value) untracked(() => this.opened(here))
    })
    effect(() => {
      if (leads.value && preferences.loads.value > 0) untracked(() => this.catchUp())
    })
  }

  private get me(): Id {
    return this.c.store.me.peek()?.id ?? ''
  }

  close(channel: Channel): Promise<void> {
    return this.preferences.set({ [shownKey(channel, this.me)]: 'false' })
  }

  setRoom(room: number): Promise<void> {
    return this.preferences.set({ [LIMIT]: String(room) })
  }

  private opened(channel: Channel): void {
    if (!isClosed(this.c.store, channel)) return
    void this.preferences.set({
      [shownKey(channel, this.me)]: 'true',
      [`channel_open_time/${channel.id}`]: String(this.c.p.now()),
    })
  }

  private wake(channels: readonly Channel[]): void {
    const closed = channels.filter(c => isClosed(this.c.store, c))
    if (closed.length === 0) return
    void this.preferences.set(Object.fromEntries(closed.map(c => [shownKey(c, this.me), 'true'])))
  }

  /** What was written in closed conversations while no client was there. */
  private catchUp(): void {
    const { channels, members } = this.c.store
    this.wake([...channels.peek().values()].filter(c => unreadOf(c, members.peek().get(c.id)).unread))
  }

  heard(e: SocketEvent): void {
    if (e.event !== 'posted' || !this.leads.peek()) return
    const channel = this.c.store.channels.peek().get(e.broadcast.channel_id)
    if (channel) untracked(() => this.wake([channel]))
  }

  reset(): void {}
}
