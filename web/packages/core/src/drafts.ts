/**
 * What was begun and not sent, the same on every device. Each keystroke is kept here at once and told to the server a
 * moment later; without the server it is owed until it is back. Where two devices wrote apart, the newer text stands
 * and the other is put aside: nothing that was typed is lost.
 */
import {
  ApiError,
  type Draft,
  DraftsRest,
  type FileInfo,
  type Id,
  type Priority,
  type SocketEvent,
  typedAt,
} from '@fieldpost/api'
import { type Signal, signal } from '@preact/signals-core'
import type { DraftRecord } from './db.ts'
import type { Context } from './platform.ts'

export interface Begun {
  readonly text: string
  readonly files: readonly FileInfo[]
  readonly priority?: Priority | undefined
  /** When it was typed on this device; 0 for what came from another. */
  readonly at: number
  /** The server's time of the version that this one follows; 0 when the server has none. */
  readonly base: number
  /** The server does not know it yet. */
  readonly owed: boolean
  /** What other versions said where two devices wrote apart. */
  readonly aside: readonly string[]
}

type Content = Pick<Begun, 'text' | 'files' | 'priority'>

const NOTHING: Begun = { text: '', files: [], at: 0, base: 0, owed: false, aside: [] }
const KEEP_MS = 250
const TELL_MS = 2_000
const AGAIN_MS = 30_000
/** What another device replaces so soon after it was typed was hardly seen there. */
const RACE_MS = 10_000

export const draftKey = (channel: Id, root: Id | ''): string => (root ? `${channel}:${root}` : channel)

const sameFiles = (a: readonly FileInfo[], b: readonly FileInfo[]): boolean =>
  a.length === b.length && a.every((f, i) => f.id === b[i]?.id)
const samePriority = (a: Content['priority'], b: Content['priority']): boolean =>
  (a?.priority ?? '') === (b?.priority ?? '') &&
  (a?.requested_ack ?? false) === (b?.requested_ack ?? false) &&
  (a?.persistent_notifications ?? false) === (b?.persistent_notifications ?? false)
/** As far as the server keeps it: what goes before everything else is urgent there. */
const same = (a: Content, b: Content): boolean =>
  a.text === b.text && sameFiles(a.files, b.files) && samePriority(a.priority, b.priority)
const sameHere = (a: Content, b: Content): boolean =>
  same(a, b) && (a.priority?.flash ?? false) === (b.priority?.flash ?? false)

/** The texts that were put aside, with one more; without those that what stands says already. */
function beside(aside: readonly string[], stands: string, lost: string): readonly string[] {
  const text = lost.trim()
  const left = aside.filter(a => !stands.includes(a))
  if (!text || stands.includes(text) || left.some(a => a.includes(text))) return left
  return [...left.filter(a => !text.includes(a)), text]
}

export class Drafts {
  private readonly known = new Map<string, Signal<Begun>>()
  private readonly keeping = new Map<string, number>()
  private readonly telling = new Map<string, number>()
  /** What the server is being told at this moment. */
  private readonly onItsWay = new Map<string, Begun>()
  private readonly rest: DraftsRest
  /** This server exchanges none. */
  private alone = false

  constructor(private readonly c: Context) {
    this.rest = new DraftsRest(c.p.rest)
  }

  of(key: string): Signal<Begun> {
    let s = this.known.get(key)
    if (!s) {
      s = signal(NOTHING)
      this.known.set(key, s)
    }
    return s
  }

  async restore(): Promise<void> {
    for (const { key, ...r } of await this.c.p.db.drafts())
      this.show(key, {
        ...NOTHING,
        // A draft of before drafts were exchanged is not known to the server.
        owed: r.base === undefined && r.text !== '',
        ...r,
      })
  }

  /** Takes up what was typed or chosen here. */
  write(key: string, change: Partial<Content>): void {
    const before = this.of(key).peek()
    const next: Begun = { ...before, ...change, at: this.c.p.now(), owed: true }
    if (sameHere(before, next)) return
    this.show(key, next)
    this.later(this.keeping, key, KEEP_MS, () => this.keep(key))
    this.later(this.telling, key, TELL_MS, () => void this.tell(key))
  }

  /** It was sent or thrown away. */
  clear(key: string): void {
    this.write(key, { text: '', files: [], priority: undefined })
    this.settle(key)
  }

  /** What was put aside is taken back into the text, or thrown away. */
  resolve(key: string, text: string, take: boolean): void {
    const d = this.of(key).peek()
    this.show(key, { ...d, aside: d.aside.filter(a => a !== text) })
    this.keep(key)
    if (take) this.write(key, { text: d.text.trim() ? `${d.text}\n\n${text}` : text })
  }

  /** Nothing waits any longer: the page may be left. */
  settle(key: string): void {
    if (this.keeping.has(key)) this.keep(key)
    if (this.telling.has(key)) void this.tell(key)
  }

  /** Asks what other devices wrote, and tells what is owed. */
  async sync(): Promise<void> {
    if (this.alone || this.c.store.config.peek()['AllowSyncedDrafts'] === 'false') return
    await this.c.quietly(async () => {
      for (const team of this.c.store.teams.peek().keys()) await this.load(team)
    })
    this.flush()
  }

  /** Tells the server everything that it does not know. */
  flush(): void {
    for (const [key, d] of this.known) if (d.peek().owed) void this.tell(key)
  }

  heard(e: SocketEvent): void {
    if (!e.event.startsWith('draft_')) return
    const raw = e.data['draft']
    if (typeof raw !== 'string') return
    const d = JSON.parse(raw) as Draft
    if (e.event === 'draft_deleted') this.gone(draftKey(d.channel_id, d.root_id))
    else this.take(d)
  }

  reset(): void {
    // Whose session ended elsewhere comes back to it; where somebody signs out the device is wiped after this.
    for (const key of this.keeping.keys()) this.keep(key)
    for (const timers of [this.keeping, this.telling]) {
      for (const t of timers.values()) this.c.p.clearTimeout(t)
      timers.clear()
    }
    this.known.clear()
    this.onItsWay.clear()
    this.alone = false
  }

  private async load(team: Id): Promise<void> {
    const before = new Map([...this.known].map(([key, d]) => [key, d.peek().base]))
    let list: readonly Draft[]
    try {
      list = (await this.rest.of(team)) ?? []
    } catch (e) {
      if (!(e instanceof ApiError && e.notBuilt)) throw e
      this.alone = true
      return
    }
    for (const d of list) this.take(d)
    const there = new Set(list.map(d => draftKey(d.channel_id, d.root_id)))
    for (const [key, base] of before) {
      const channel = this.c.store.channels.peek().get(key.split(':')[0] ?? '')
      const listed = channel && (channel.team_id === team || channel.team_id === '')
      // What changed while the list was on its way is not judged by it.
      if (listed && base > 0 && !there.has(key) && this.of(key).peek().base === base) this.gone(key)
    }
  }

  /** Another device wrote. */
  private take(d: Draft): void {
    const key = draftKey(d.channel_id, d.root_id)
    const mine = this.of(key).peek()
    if (d.update_at < mine.base) return
    const theirs: Content = {
      text: d.message,
      files: d.metadata?.files ?? [],
      priority: d.priority ?? undefined,
    }
    // What two devices told the server in one millisecond bears one time. Whoever typed since follows either.
    if (d.update_at === mine.base && (mine.owed || same(mine, theirs))) return
    const sent = this.onItsWay.get(key)
    if (sent && same(sent, theirs)) return this.put(key, { ...mine, base: d.update_at })
    if (same(mine, theirs)) return this.put(key, { ...mine, base: d.update_at, owed: false })
    // Whoever wrote so soon after this one had not seen it.
    const crossed = mine.at > 0 && d.update_at - mine.base < TELL_MS
    const unheard = (mine.owed || crossed) && mine.text.trim() !== ''
    if (unheard && mine.at > typedAt(d)) {
      const aside = beside(mine.aside, mine.text, theirs.text)
      this.put(key, { ...mine, base: d.update_at, owed: true, aside })
      this.later(this.telling, key, TELL_MS, () => void this.tell(key))
      return
    }
    const lost = unheard || this.justTyped(mine) ? mine.text : ''
    this.put(key, {
      ...theirs,
      at: 0,
      base: d.update_at,
      owed: false,
      aside: beside(mine.aside, theirs.text, lost),
    })
  }

  /** Another device sent it or threw it away. What was typed here since then stays. */
  private gone(key: string): void {
    const mine = this.of(key).peek()
    if (mine.owed && mine.text.trim()) return this.put(key, { ...mine, base: 0 })
    const lost = this.justTyped(mine) ? mine.text : ''
    this.put(key, { ...NOTHING, aside: beside(mine.aside, '', lost) })
  }

  private justTyped(d: Begun): boolean {
    return d.at > 0 && this.c.p.now() - d.at < RACE_MS
  }

  private async tell(key: string): Promise<void> {
    this.stop(this.telling, key)
    const d = this.of(key).peek()
    if (!d.owed || this.alone || this.c.store.link.peek() !== 'online') return
    if (this.c.store.config.peek()['AllowSyncedDrafts'] === 'false') return
    // One at a time: a later answer must be of a later version.
    if (this.onItsWay.has(key)) return this.later(this.telling, key, KEEP_MS, () => void this.tell(key))
    this.onItsWay.set(key, d)
    try {
      const base = await this.exchange(key, d)
      // Another person may have sat down here meanwhile.
      if (this.onItsWay.get(key) !== d) return
      const now = this.of(key).peek()
      // What came after it took its place on the server.
      const owed = !same(now, d) || (base > 0 && now.base > base)
      this.put(key, { ...now, base: base && Math.max(base, now.base), owed })
    } catch (e) {
      if (!(e instanceof ApiError)) throw e
      this.failed(key, e)
    } finally {
      if (this.onItsWay.get(key) === d) this.onItsWay.delete(key)
    }
  }

  /** The server's time of what it keeps now; 0 when it keeps nothing. */
  private async exchange(key: string, d: Begun): Promise<number> {
    const [channel_id = '', root_id = ''] = key.split(':')
    const connection = this.c.p.socket.id
    if (d.text.trim()) {
      const { text: message, files, priority, at } = d
      const kept = await this.rest.keep(
        { channel_id, root_id, message, files, priority, typed_at: at },
        connection,
      )
      return kept?.update_at ?? 0
    }
    if (d.base > 0) await this.rest.drop(channel_id, root_id, connection)
    return 0
  }

  /** What was refused stays here, and is told again when it is changed or the server was away. */
  private failed(key: string, e: ApiError): void {
    if (e.notBuilt) this.alone = true
    else if (e.kind !== 'refused') this.later(this.telling, key, AGAIN_MS, () => void this.tell(key))
  }

  private put(key: string, d: Begun): void {
    this.show(key, d)
    this.keep(key)
  }

  private show(key: string, d: Begun): void {
    this.of(key).value = d
    this.c.store.draft(key).value = d.text
    this.c.store.noteDraft(key)
  }

  private keep(key: string): void {
    this.stop(this.keeping, key)
    const { files, aside, priority, ...d } = this.of(key).peek()
    const record: DraftRecord = { key, ...d, files: [...files], aside: [...aside] }
    void this.c.keep(() => this.c.p.db.putDraft(priority ? { ...record, priority } : record))
  }

  private later(timers: Map<string, number>, key: string, ms: number, f: () => void): void {
    this.stop(timers, key)
    timers.set(key, this.c.p.setTimeout(f, ms))
  }

  private stop(timers: Map<string, number>, key: string): void {
    const t = timers.get(key)
    if (t !== undefined) this.c.p.clearTimeout(t)
    timers.delete(key)
  }
}
