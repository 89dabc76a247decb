/** What the channel that somebody looks at leaves to its members and guests. Comes with the screen that shows it. */
import { ApiError, ChannelsRest, type Id, type Moderation, type Rest, type SocketEvent } from '@fieldpost/api'
import { signal } from '@preact/signals-core'

/** What can be taken from people, in the order in which it is shown. */
export const SWITCHES = [
  'create_post',
  'create_reactions',
  'manage_members',
  'use_channel_mentions',
  'manage_bookmarks',
] as const
export type Switch = (typeof SWITCHES)[number]
export type Whose = 'members' | 'guests'

const known = (name: string): name is Switch => SWITCHES.some(s => s === name)

export class Moderations {
  readonly list = signal<readonly (Moderation & { name: Switch })[] | undefined>(undefined)
  private channel: Id | '' = ''
  /** An answer that was asked for before something was set here is late, and dropped. */
  private asked = 0
  private tail: Promise<unknown> = Promise.resolve()
  private readonly rest: ChannelsRest

  constructor(rest: Rest) {
    this.rest = new ChannelsRest(rest)
  }

  reset(): void {
    this.asked++
    this.channel = ''
    this.list.value = undefined
  }

  async open(channel: Id): Promise<void> {
    if (channel !== this.channel) this.reset()
    this.channel = channel
    const mine = ++this.asked
    const told = await this.rest.moderations(channel)
    if (mine === this.asked) this.take(told)
  }

  private take(told: readonly Moderation[]): void {
    // What a later server has beside these is left as it is.
    this.list.value = told.flatMap(m => (known(m.name) ? [{ ...m, name: m.name }] : []))
  }

  private show(name: Switch, whose: Whose, value: boolean): void {
    this.list.value = this.list.peek()?.map(m => {
      const leave = m.roles[whose]
      return m.name === name && leave ? { ...m, roles: { ...m.roles, [whose]: { ...leave, value } } } : m
    })
  }

  /** Shows at once what is to be, and takes it back if the server will not have it. */
  async set(name: Switch, whose: Whose, value: boolean): Promise<void> {
    const { channel } = this
    const mine = ++this.asked
    this.show(name, whose, value)
    const job = this.tail.then(() => this.rest.moderate(channel, [{ name, roles: { [whose]: value } }]))
    this.tail = job.catch(() => {})
    try {
      const told = await job
      if (mine === this.asked) this.take(told)
    } catch (e) {
      if (channel === this.channel) this.show(name, whose, !value)
      throw e
    }
  }

  /** Somebody else set something. */
  heard(e: SocketEvent): void {
    const here = this.channel !== '' && e.broadcast.channel_id === this.channel
    if (e.event !== 'channel_scheme_updated' || !here) return
    this.open(this.channel).catch((error: unknown) => {
      // It is asked for again when the server is back.
      if (!(error instanceof ApiError)) throw error
    })
  }
}
