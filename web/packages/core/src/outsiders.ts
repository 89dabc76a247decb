/**
 * Whom the reader named in a message without their being in its channel, so that they were not told of it. Nobody but
 * the reader is told who that is, and it is forgotten with the page.
 */
import { type Channel, ChannelsRest, type Id, type Post, type SocketEvent, type User } from '@fieldpost/api'
import { signal } from '@preact/signals-core'
import { meansEverybody, mentionsIn } from './mentions.ts'
import type { Context } from './platform.ts'

export interface Outside {
  readonly channel: Id
  /** Who is in the team of the channel, and can be added to it. */
  readonly near: readonly Id[]
  /** Who is not in the team either. */
  readonly far: readonly Id[]
}

const isHere = (u: User): boolean => u.delete_at === 0 && !u.is_bot && !u.remote_id

export class Outsiders {
  private readonly known = signal<ReadonlyMap<Id, Outside>>(new Map())
  private readonly rest: ChannelsRest

  constructor(private readonly c: Context) {
    this.rest = new ChannelsRest(c.p.rest)
  }

  reset(): void {
    this.known.value = new Map()
  }

  /** Of a message, whom it named in vain. */
  of(post: Id): Outside | undefined {
    return this.known.value.get(post)
  }

  /** Looks whom a message that was sent names in vain. */
  async look(post: Post): Promise<void> {
    const { store } = this.c
    const channel = store.channels.peek().get(post.channel_id)
    const me = store.me.peek()?.username
    const names = mentionsIn(post.message).filter(n => n !== me && !meansEverybody(n))
    // Whoever is in a conversation without a team cannot be added to it.
    if (!channel?.team_id || names.length === 0) return
    await this.c.quietly(async () => {
      const outside = await this.outsideOf(channel, await this.called(names))
      if (outside) this.known.value = new Map(this.known.peek()).set(post.id, outside)
    })
  }

  private async called(names: readonly string[]): Promise<Id[]> {
    const { store, p } = this.c
    const known = store.knownUsers().filter(u => names.includes(u.username))
    const strange = names.filter(n => !known.some(u => u.username === n))
    const told = strange.length > 0 ? await p.rest.usersByNames(strange) : []
    store.putUsers(told)
    return [...known, ...told].filter(isHere).map(u => u.id)
  }

  private async outsideOf(channel: Channel, people: readonly Id[]): Promise<Outside | undefined> {
    if (people.length === 0) return undefined
    const members = await this.rest.membersOf(channel.id, people)
    const out = people.filter(id => !members.some(m => m.user_id === id))
    if (out.length === 0) return undefined
    const team = await this.rest.inTeam(channel.team_id, out)
    const isNear = (id: Id) => team.some(m => m.user_id === id && m.delete_at === 0)
    return { channel: channel.id, near: out.filter(isNear), far: out.filter(id => !isNear(id)) }
  }

  /** Adds those of the team to the channel. Whoever was added is an outsider no more, even if another could not be. */
  async add(post: Id): Promise<void> {
    const outside = this.known.peek().get(post)
    for (const user of outside?.near ?? []) {
      await this.c.p.rest.addChannelMember(outside?.channel ?? '', user)
      this.cameIn(outside?.channel ?? '', user)
    }
  }

  dismiss(post: Id): void {
    const known = new Map(this.known.peek())
    known.delete(post)
    this.known.value = known
  }

  heard(e: SocketEvent): void {
    if (e.event === 'user_added') this.cameIn(e.broadcast.channel_id, String(e.data['user_id'] ?? ''))
  }

  private cameIn(channel: Id, user: Id): void {
    const without = ([post, o]: readonly [Id, Outside]): [Id, Outside][] => {
      if (o.channel !== channel) return [[post, o]]
      const left = { ...o, near: o.near.filter(id => id !== user), far: o.far.filter(id => id !== user) }
      return left.near.length + left.far.length > 0 ? [[post, left]] : []
    }
    this.known.value = new Map([...this.known.peek()].flatMap(without))
  }
}
