/** What the reader changes about themselves, kept in step with what is shown of them here. */
import { PeopleRest, type ProfilePatch, type User } from '@fieldpost/api'
import type { Context } from './platform.ts'
import { movedZone, zoneChoice } from './whereabouts.ts'

export class Self {
  private readonly rest: PeopleRest
  private lastNotify: Promise<unknown> = Promise.resolve()

  constructor(private readonly c: Context) {
    this.rest = new PeopleRest(c.p.rest)
  }

  private take(me: User): void {
    this.c.store.putUsers([{ ...me, mfa_active: me.mfa_active === true }])
    this.c.store.touchSession()
  }

  async change(patch: ProfilePatch): Promise<User> {
    const me = await this.rest.change(patch)
    this.take(me)
    return me
  }

  changePassword(current: string, next: string): Promise<unknown> {
    return this.rest.changePassword(current, next)
  }

  async setPicture(image: Blob): Promise<void> {
    await this.rest.setPicture(this.c.store.me.peek()?.id ?? '', image)
    this.take(await this.c.p.rest.me())
  }

  async clearPicture(): Promise<void> {
    await this.rest.clearPicture(this.c.store.me.peek()?.id ?? '')
    this.take(await this.c.p.rest.me())
  }

  /** Changes what is given of how the reader is told, everywhere. The server replaces all of it. */
  setNotify(props: Record<string, string>): Promise<void> {
    const change = async () => {
      await this.change({ notify_props: { ...this.c.store.me.peek()?.notify_props, ...props } })
    }
    // One after the other: each builds on what the one before it left.
    const job = this.lastNotify.then(change, change)
    this.lastNotify = job
    return job
  }

  /** Changes what is given of how the reader is told of one channel. */
  async setChannel(channel: string, props: Record<string, string>): Promise<void> {
    await this.rest.setChannel(channel, this.c.store.me.peek()?.id ?? '', props)
    this.c.store.changeMember(channel, m => ({ notify_props: { ...m.notify_props, ...props } }))
  }

  mute(channel: string, yes: boolean): Promise<void> {
    return this.setChannel(channel, { mark_unread: yes ? 'mention' : 'all' })
  }

  /** Has the server send a notification, past all settings. */
  tryOut(): Promise<unknown> {
    return this.rest.tryOut()
  }

  /** Tells the server in which time zone the reader is, so that others see their clock. */
  async tellZone(here: string): Promise<void> {
    const timezone = movedZone(this.c.store.me.peek(), here)
    if (timezone) await this.c.quietly(async () => void (await this.change({ timezone })))
  }

  /** The reader goes by the clock of this zone; without one, by that of their device. */
  async setZone(chosen: string, here: string): Promise<void> {
    await this.change({ timezone: zoneChoice(chosen, here) })
  }

  heard(): void {}

  reset(): void {}
}
