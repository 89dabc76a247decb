/** The offline copy: read at the start, written a moment after something changed. */
import { batch } from '@preact/signals-core'
import type { Context, Snapshot } from './platform.ts'

const SAVE_MS = 300
/** What a post takes beside its text. */
const ABOUT_A_POST = 600

export class Cache {
  private saveTimer = 0
  /** Told about how many bytes were written. */
  onWritten: (bytes: number) => void = () => {}

  constructor(private readonly c: Context) {}

  async restore(s: Snapshot): Promise<void> {
    const { store, p } = this.c
    const [users, logs] = await Promise.all([p.db.users(), p.db.logs()])
    batch(() => {
      store.me.value = s.me
      store.config.value = s.config
      store.putUsers(users, false)
      store.putTeams(s.teams)
      store.putPlaces(s.channels, s.members)
      store.restoreLogs(logs)
    })
  }

  saveSoon(): void {
    if (this.saveTimer) return
    this.saveTimer = this.c.p.setTimeout(() => void this.saveNow(), SAVE_MS)
  }

  /** Writes what is new into the cache, in one transaction. */
  async saveNow(): Promise<void> {
    this.cancel()
    const { store } = this.c
    const { dirty } = store
    const me = store.me.peek()
    if (!me) return
    const posts = [...dirty.posts].flatMap(id => store.known(id) ?? [])
    const logs = [...dirty.logs].flatMap(id => {
      const l = store.log(id)
      const w = l.window.peek()
      return l.syncedTo > 0 && w?.atEnd
        ? [{ channel_id: id, from: l.from, atStart: w.atStart, syncedTo: l.syncedTo }]
        : []
    })
    const session: Snapshot = {
      me,
      config: store.config.peek(),
      teams: [...store.teams.peek().values()],
      channels: [...store.channels.peek().values()],
      members: [...store.members.peek().values()],
    }
    const users = [...dirty.users].flatMap(id => store.knownUser(id) ?? [])
    const gone = [...dirty.gone]
    const withSession = dirty.session
    const again = { posts: [...dirty.posts], logs: [...dirty.logs], users: [...dirty.users] }
    dirty.posts.clear()
    dirty.gone.clear()
    dirty.users.clear()
    dirty.logs.clear()
    dirty.session = false
    const batch = { posts, gone, users, logs, ...(withSession ? { session } : {}) }
    this.onWritten(posts.reduce((n, p) => n + p.message.length + ABOUT_A_POST, 0))
    if (await this.c.keep(() => this.c.p.db.save(batch))) return
    // A full or closed cache costs the offline copy, not the conversation. What was not written is tried with what
    // comes next: a log that says it is there would make a hole.
    for (const id of again.posts) dirty.posts.add(id)
    for (const id of gone) dirty.gone.add(id)
    for (const id of again.users) dirty.users.add(id)
    for (const id of again.logs) dirty.logs.add(id)
    dirty.session ||= withSession
  }

  /** Drops what was about to be written. */
  cancel(): void {
    this.c.p.clearTimeout(this.saveTimer)
    this.saveTimer = 0
  }
}
