/** Who people are and whether they are there, asked for in batches as they come into sight. */
import { ApiError, type Id } from '@fieldpost/api'
import { batch } from '@preact/signals-core'
import type { Context } from './platform.ts'

/** Up to when the people who are kept here are known. */
const SINCE = 'people:since'

export class People {
  private readonly wantUsers = new Set<Id>()
  private userTimer = 0
  private readonly recheckUsers = new Set<Id>()
  private recheckTimer = 0
  private statusTimer = 0

  constructor(private readonly c: Context) {}

  want(ids: readonly Id[]): void {
    for (const id of ids) if (id && !this.c.store.knowsUser(id)) this.wantUsers.add(id)
    if (this.wantUsers.size === 0 || this.userTimer) return
    this.userTimer = this.c.p.setTimeout(() => {
      this.userTimer = 0
      const batchIds = [...this.wantUsers].slice(0, 100)
      for (const id of batchIds) this.wantUsers.delete(id)
      void this.c.quietly(async () => this.c.store.putUsers(await this.c.p.rest.usersByIds(batchIds)))
      if (this.wantUsers.size > 0) this.want([])
    }, 20)
  }

  /** Reads what those in sight changed while nothing was heard of it. A device knows thousands who are not. */
  refresh(): Promise<void> {
    return this.readChanges(this.c.store.doubtUsers())
  }

  /** Somebody who may have changed came into sight. */
  recheck(id: Id): void {
    this.recheckUsers.add(id)
    this.recheckTimer ||= this.c.p.setTimeout(() => {
      this.recheckTimer = 0
      const ids = [...this.recheckUsers]
      this.recheckUsers.clear()
      void this.readChanges(ids)
    }, 20)
  }

  private async readChanges(ids: readonly Id[]): Promise<void> {
    const { store, p } = this.c
    const since = Number(await p.db.note(SINCE).catch(() => 0)) || 0
    await this.c.quietly(async () => {
      for (let i = 0; i < ids.length; i += 100)
        store.putUsers(await p.rest.usersByIds(ids.slice(i, i + 100), since))
      if (store.unsure.size > 0) return
      // By the server's own clock: what is known now is all that happened up to its newest change.
      const newest = store.knownUsers().reduce((at, u) => Math.max(at, u.update_at), since)
      await p.db.putNote(SINCE, newest)
    })
  }

  pollStatuses(): void {
    this.c.p.clearTimeout(this.statusTimer)
    const ids = this.c.store.watchedStatuses().slice(0, 200)
    const next = () => {
      this.statusTimer = this.c.p.setTimeout(() => this.pollStatuses(), ids.length === 0 ? 5_000 : 60_000)
    }
    if (this.c.phase.peek() !== 'ready') return
    if (ids.length === 0 || this.c.store.link.peek() !== 'online' || !this.c.p.visible()) return next()
    this.c.p.rest.statuses(ids).then(
      list => {
        batch(() => {
          for (const s of list) this.c.store.status(s.user_id).value = s.status
        })
        next()
      },
      (e: unknown) => {
        if (!(e instanceof ApiError && e.notBuilt)) next()
      },
    )
  }
}
