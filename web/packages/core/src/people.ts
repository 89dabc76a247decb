/** Who people are and whether they are there, asked for in batches as they come into sight. */
import { ApiError, type Id } from '@fieldpost/api'
import { batch } from '@preact/signals-core'
import type { Context } from './platform.ts'

export class People {
  private readonly wantUsers = new Set<Id>()
  private userTimer = 0
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
