/** How somebody arranged their channels: headings that the server keeps, and what stands under each. */
import {
  ApiError,
  type Category,
  type CategoryType,
  type Channel,
  ChannelsRest,
  type Id,
  type SocketEvent,
  type Sorting,
} from '@fieldpost/api'
import { type Key, t } from '@fieldpost/words'
import type { Context } from './platform.ts'
import type { Store } from './store.ts'
import type { SidebarGroup, SidebarItem } from './views.ts'

export class Categories {
  private readonly rest: ChannelsRest
  /** What was asked of the server goes one after the other, and nothing overtakes it. */
  private tail: Promise<unknown> = Promise.resolve()
  private waiting = 0
  private missed = new Set<Id>()

  constructor(private readonly c: Context) {
    this.rest = new ChannelsRest(c.p.rest)
  }

  reset(): void {
    this.missed.clear()
  }

  of(team: Id): readonly Category[] {
    return this.c.store.categories.peek().get(team) ?? []
  }

  async load(team: Id): Promise<void> {
    if (this.of(team).length === 0) {
      const kept = await this.c.p.db.note(`categories:${team}`).catch(() => undefined)
      if (Array.isArray(kept) && this.of(team).length === 0) this.show(team, kept as Category[])
    }
    await this.c.quietly(async () => {
      const { categories, order } = await this.rest.categories(team)
      if (this.waiting > 0) this.missed.add(team)
      else this.set(team, inOrder(categories ?? [], order ?? []))
    })
  }

  /** A channel came into a team, or left it. What was never looked at is read when it is. */
  async again(team: Id): Promise<void> {
    if (this.waiting > 0) this.missed.add(team)
    else if (this.of(team).length > 0) await this.load(team)
  }

  private show(team: Id, list: readonly Category[]): void {
    this.c.store.categories.value = new Map(this.c.store.categories.peek()).set(team, list)
  }

  private set(team: Id, list: readonly Category[]): void {
    this.show(team, list)
    void this.c.p.db.putNote(`categories:${team}`, list)
  }

  /** Shows at once what is to be, and takes it back if the server will not have it. */
  private async attempt(team: Id, next: readonly Category[], f: () => Promise<unknown>): Promise<void> {
    const before = this.of(team)
    this.set(team, next)
    this.waiting++
    const mine = this.tail.then(f)
    this.tail = mine.catch(() => {})
    try {
      await mine
    } catch (e) {
      this.set(team, before)
      this.missed.add(team)
      throw e
    } finally {
      this.waiting--
      if (this.waiting === 0) this.catchUp()
    }
  }

  private catchUp(): void {
    const teams = [...this.missed]
    this.missed.clear()
    for (const t of teams) void this.load(t)
  }

  private put(team: Id, changed: readonly Category[]): Promise<void> {
    const by = new Map(changed.map(c => [c.id, c]))
    const next = this.of(team).map(c => by.get(c.id) ?? c)
    return this.attempt(team, next, () => this.rest.putCategories(team, changed))
  }

  private change(team: Id, id: Id, more: Partial<Category>): Promise<void> {
    const c = this.of(team).find(x => x.id === id)
    return c ? this.put(team, [{ ...c, ...more }]) : Promise.resolve()
  }

  async create(team: Id, name: string, channels: readonly Id[] = []): Promise<void> {
    const me = this.c.store.me.peek()?.id ?? ''
    await this.rest.addCategory({
      user_id: me,
      team_id: team,
      display_name: name,
      channel_ids: [...channels],
    })
    await this.load(team)
  }

  rename = (team: Id, id: Id, display_name: string) => this.change(team, id, { display_name })
  sort = (team: Id, id: Id, sorting: Sorting) => this.change(team, id, { sorting })
  /** The server mutes the channels under it as well, and tells of each. */
  mute = (team: Id, id: Id, muted: boolean) => this.change(team, id, { muted })

  /** Folding needs nobody's leave: without the server it holds on this device. */
  async collapse(team: Id, id: Id, collapsed: boolean): Promise<void> {
    try {
      await this.change(team, id, { collapsed })
    } catch (e) {
      if (!(e instanceof ApiError) || e.kind !== 'offline') throw e
      const list = this.of(team).map(c => (c.id === id ? { ...c, collapsed } : c))
      this.set(team, list)
    }
  }

  async remove(team: Id, id: Id): Promise<void> {
    const next = this.of(team).filter(c => c.id !== id)
    await this.attempt(team, next, () => this.rest.dropCategory(team, id))
    await this.load(team)
  }

  /** Puts a category so many places further down, or up. */
  async place(team: Id, id: Id, by: number): Promise<void> {
    const list = [...this.of(team)]
    const at = list.findIndex(c => c.id === id)
    const to = at + by
    const one = list[at]
    if (!one || to < 0 || to >= list.length) return
    list.splice(at, 1)
    list.splice(to, 0, one)
    await this.attempt(team, list, () =>
      this.rest.orderCategories(
        team,
        list.map(c => c.id),
      ),
    )
  }

  /** Puts a channel under another heading, at a place among those shown there if one is named. */
  async move(team: Id, channel: Channel, to: Id, spot?: Spot): Promise<void> {
    const changed = moved(this.of(team), channel, to, spot)
    if (changed.length > 0) await this.put(team, changed)
  }

  async favourite(team: Id, channel: Channel, yes: boolean): Promise<void> {
    const list = this.of(team)
    const to = list.find(c => c.type === (yes ? 'favorites' : homeOf(channel)))
    if (to) await this.move(team, channel, to.id)
  }

  /** Of oneself `user_removed` says which channel; of others it does not. */
  private forget(channel: unknown): void {
    if (typeof channel !== 'string') return
    for (const [team, list] of this.c.store.categories.peek())
      if (list.some(c => c.channel_ids.includes(channel)))
        this.set(
          team,
          list.map(c => ({ ...c, channel_ids: c.channel_ids.filter(id => id !== channel) })),
        )
  }

  /** What another device or tab did. */
  heard(e: SocketEvent): void {
    // Whoever comes into a channel again finds it where new ones are.
    if (e.event === 'user_removed') this.forget(e.data['channel_id'])
    if (!e.event.startsWith('sidebar_category_')) return
    const team = e.broadcast.team_id
    const known = [...this.c.store.categories.peek().keys()]
    const raw = e.data['updatedCategories']
    if (this.waiting > 0) {
      for (const t of team ? [team] : known) this.missed.add(t)
    } else if (team && typeof raw === 'string' && this.of(team).length > 0) {
      const by = new Map((JSON.parse(raw) as Category[]).map(c => [c.id, c]))
      this.set(
        team,
        this.of(team).map(c => by.get(c.id) ?? c),
      )
    } else for (const t of team ? [team] : known) void this.load(t)
  }
}

const inOrder = (list: readonly Category[], order: readonly Id[]): Category[] =>
  [...list].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id))

/** Where a channel is that nobody put anywhere. */
const homeOf = (c: Channel): CategoryType =>
  c.type === 'D' || c.type === 'G' ? 'direct_messages' : 'channels'

/** Whether a channel may stand under a heading: conversations and channels each have one of their own. */
export const mayHold = (c: Pick<Category, 'type'>, channel: Channel): boolean =>
  c.type === 'favorites' || c.type === 'custom' || c.type === homeOf(channel)

/** A place among the channels that are shown under a heading. */
export interface Spot {
  shown: readonly Id[]
  at: number
}

/** What has to change so that a channel stands under the heading `to`: that one, and those that had it. */
export function moved(list: readonly Category[], channel: Channel, to: Id, spot?: Spot): Category[] {
  const target = list.find(c => c.id === to)
  if (!target || !mayHold(target, channel)) return []
  const id = channel.id
  const from = list.filter(c => c.id !== to && c.channel_ids.includes(id))
  if (from.length === 0 && target.channel_ids.includes(id) && !spot) return []
  const without = from.map(c => ({ ...c, channel_ids: c.channel_ids.filter(x => x !== id) }))
  return [...without, placed(target, id, spot)]
}

function placed(target: Category, id: Id, spot: Spot | undefined): Category {
  const others = target.channel_ids.filter(x => x !== id)
  // The server orders conversations by their last message or by name, never by hand.
  if (!spot || target.type === 'direct_messages') return { ...target, channel_ids: [id, ...others] }
  const shown = spot.shown.filter(x => x !== id)
  const ids = [...shown.slice(0, spot.at), id, ...shown.slice(spot.at)]
  const hidden = others.filter(x => !ids.includes(x))
  return { ...target, sorting: 'manual', channel_ids: [...ids, ...hidden] }
}

export function isFavourite(store: Store, team: Id, channel: Id): boolean {
  const list = store.categories.value.get(team) ?? []
  return list.some(c => c.type === 'favorites' && c.channel_ids.includes(channel))
}

const TITLES = {
  favorites: 'side.favourites',
  channels: 'side.channels',
  direct_messages: 'side.directs',
} as const satisfies Record<Exclude<CategoryType, 'custom'>, Key>

export const categoryTitle = (c: Pick<Category, 'type' | 'display_name'>): string =>
  c.type === 'custom' ? c.display_name : t(TITLES[c.type])

const plainCategory = (type: 'channels' | 'direct_messages'): Category => ({
  id: type,
  user_id: '',
  team_id: '',
  type,
  display_name: '',
  sort_order: 0,
  sorting: '',
  muted: false,
  collapsed: false,
  channel_ids: [],
})
/** What there is before the server told its own. */
const UNTOLD: readonly Category[] = [plainCategory('channels'), plainCategory('direct_messages')]

const byTitle = (a: SidebarItem, b: SidebarItem): number =>
  a.title.localeCompare(b.title, undefined, { numeric: true })
const byNews = (a: SidebarItem, b: SidebarItem): number => b.channel.last_post_at - a.channel.last_post_at

function sorted(c: Category, items: SidebarItem[]): SidebarItem[] {
  const sorting = c.sorting || (c.type === 'direct_messages' ? 'recent' : 'alpha')
  if (sorting === 'recent') return items.sort(byNews)
  if (sorting === 'alpha') return items.sort(byTitle)
  const at = (i: SidebarItem) => {
    const n = c.channel_ids.indexOf(i.id)
    return n < 0 ? c.channel_ids.length : n
  }
  return items.sort((a, b) => at(a) - at(b) || byTitle(a, b))
}

/** The sidebar as it is arranged: each channel once, under the first heading that claims it. */
export function arranged(told: readonly Category[], items: readonly SidebarItem[]): SidebarGroup[] {
  const list = told.length > 0 ? told : UNTOLD
  const claims = new Map<Id, Id>()
  const strong = (c: Category) => c.type === 'favorites' || c.type === 'custom'
  for (const c of [...list].sort((a, b) => Number(strong(b)) - Number(strong(a))))
    for (const id of c.channel_ids) if (!claims.has(id)) claims.set(id, c.id)
  const home = (i: SidebarItem) => list.find(c => c.type === homeOf(i.channel))?.id
  const under = (i: SidebarItem) => {
    const claimed = list.find(c => c.id === claims.get(i.id))
    return claimed && mayHold(claimed, i.channel) ? claimed.id : home(i)
  }
  return list.map(c => ({
    key: c.id,
    type: c.type,
    title: categoryTitle(c),
    sorting: c.sorting,
    collapsed: c.collapsed,
    muted: c.muted,
    more: 0,
    items: sorted(
      c,
      items.filter(i => under(i) === c.id),
    ),
  }))
}
