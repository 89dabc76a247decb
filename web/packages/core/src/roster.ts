/** The people of the channel that somebody looks at, page by page or as they are searched for. */
import {
  type ChannelMember,
  ChannelsRest,
  type Id,
  MEMBERS_PAGE,
  type SocketEvent,
  type User,
} from '@fieldpost/api'
import { batch, signal } from '@preact/signals-core'
import type { Context } from './platform.ts'
import { displayName } from './views.ts'

const none = (): ReadonlyMap<Id, ChannelMember> => new Map()

export class Roster {
  readonly people = signal<readonly Id[] | undefined>(undefined)
  readonly members = signal(none())
  readonly more = signal(false)
  private channel: Id | '' = ''
  private term = ''
  private page = 0
  /** Each question has a number: an answer to an earlier one is late, and dropped. */
  private asked = 0
  private readonly rest: ChannelsRest

  constructor(private readonly c: Context) {
    this.rest = new ChannelsRest(c.p.rest)
  }

  reset(): void {
    this.channel = ''
    this.term = ''
    this.empty()
  }

  private empty(): void {
    this.asked++
    batch(() => {
      this.people.value = undefined
      this.members.value = none()
      this.more.value = false
    })
  }

  /** Looks at a channel, and at those in it whose names begin as was typed. */
  async open(channel: Id, term = ''): Promise<void> {
    if (channel !== this.channel) this.empty()
    this.channel = channel
    this.term = term.trim()
    await this.read(0)
  }

  close(): void {
    this.reset()
  }

  next(): Promise<void> {
    return this.read(this.page + 1)
  }

  private async read(page: number): Promise<void> {
    const mine = ++this.asked
    const { channel, term } = this
    const key = `members:${channel}`
    if (page === 0 && !term && !this.people.peek()) {
      const kept = await this.c.p.db.note(key).catch(() => undefined)
      if (mine === this.asked && Array.isArray(kept))
        this.take(kept[0] as User[], kept[1] as ChannelMember[], 0)
    }
    await this.c.quietly(async () => {
      const users = await (term ? this.rest.findPeople(channel, term) : this.rest.people(channel, page))
      const members =
        users.length > 0
          ? await this.rest.membersOf(
              channel,
              users.map(u => u.id),
            )
          : []
      if (mine !== this.asked) return
      batch(() => {
        this.take(users, members, page)
        this.more.value = !term && users.length === MEMBERS_PAGE
      })
      if (page === 0 && !term) await this.c.p.db.putNote(key, [users, members])
    })
  }

  private take(users: readonly User[], members: readonly ChannelMember[], page: number): void {
    this.page = page
    this.c.store.putUsers(users)
    const before = page > 0 ? (this.people.peek() ?? []) : []
    this.people.value = [...new Set([...before, ...users.map(u => u.id)])]
    const known = new Map(page > 0 ? this.members.peek() : [])
    for (const m of members) known.set(m.user_id, m)
    this.members.value = known
  }

  async setAdmin(user: Id, yes: boolean): Promise<void> {
    await this.rest.setAdmin(this.channel, user, yes)
    this.change(user, yes)
  }

  private change(user: Id, scheme_admin: boolean): void {
    const m = this.members.peek().get(user)
    if (m) this.members.value = new Map(this.members.peek()).set(user, { ...m, scheme_admin })
  }

  async remove(user: Id): Promise<void> {
    await this.c.p.rest.leaveChannel(this.channel, user)
    this.drop(user)
  }

  private drop(user: Id): void {
    this.people.value = this.people.peek()?.filter(id => id !== user)
  }

  heard(e: SocketEvent): void {
    if (!this.channel || e.broadcast.channel_id !== this.channel) return
    if (e.event === 'user_removed') this.drop(String(e.data['user_id'] ?? ''))
    else if (e.event === 'user_added' && this.people.peek()) void this.read(0)
  }
}

/** Those who look after the channel first, then by name. */
export function ranked(
  ids: readonly Id[],
  user: (id: Id) => User | undefined,
  members: ReadonlyMap<Id, ChannelMember>,
): Id[] {
  const rank = (id: Id) => (members.get(id)?.scheme_admin ? 0 : members.get(id)?.scheme_guest ? 2 : 1)
  const name = (id: Id) => displayName(user(id))
  return [...ids].sort((a, b) => rank(a) - rank(b) || name(a).localeCompare(name(b)))
}
