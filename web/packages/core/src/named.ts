/** What messages call by a name and clients must ask for: groups of people, and emoji that people made. */
import {
  AroundRest,
  type CustomEmoji,
  type Group,
  type Id,
  type SocketEvent,
  type User,
} from '@fieldpost/api'
import { signal } from '@preact/signals-core'
import type { Context } from './platform.ts'

const TOGETHER_MS = 30
const AT_ONCE = 100

/** Things by their names. Names are asked for together, once each; one that nothing has is remembered, too. */
export class NameBook<T extends { name: string }> {
  readonly known = signal<ReadonlyMap<string, T | undefined>>(new Map())
  private readonly wanted = new Set<string>()
  private timer = 0

  constructor(
    private readonly c: Context,
    private readonly ask: (names: string[]) => Promise<T[]>,
  ) {}

  /** What has the name, as far as is known; read as a signal, it follows the answer. */
  of(name: string): T | undefined {
    const all = this.known.value
    if (!all.has(name)) this.want(name)
    return all.get(name)
  }

  private want(name: string): void {
    this.wanted.add(name)
    if (this.timer) return
    this.timer = this.c.p.setTimeout(() => {
      this.timer = 0
      void this.fetch()
    }, TOGETHER_MS)
  }

  private async fetch(): Promise<void> {
    const names = [...this.wanted].slice(0, AT_ONCE)
    for (const n of names) this.wanted.delete(n)
    await this.c.quietly(async () => {
      const found = new Map((await this.ask(names)).map(x => [x.name, x]))
      this.known.value = new Map([...this.known.peek(), ...names.map(n => [n, found.get(n)] as const)])
    })
    if (this.wanted.size > 0) await this.fetch()
  }

  put(list: readonly T[]): void {
    this.known.value = new Map([...this.known.peek(), ...list.map(x => [x.name, x] as const)])
  }

  /** Takes in one that may have had another name before. */
  rename(one: T, same: (other: T) => boolean): void {
    const old = this.all().filter(x => x.name !== one.name && same(x))
    const gone = old.map(x => [x.name, undefined] as const)
    this.known.value = new Map([...this.known.peek(), ...gone, [one.name, one] as const])
  }

  drop(name: string): void {
    this.known.value = new Map([...this.known.peek(), [name, undefined]])
  }

  all(): T[] {
    return [...this.known.value.values()].flatMap(x => x ?? [])
  }

  reset(): void {
    this.known.value = new Map()
    this.wanted.clear()
  }
}

export class Groups {
  private readonly rest: AroundRest
  private readonly book: NameBook<Group>
  private readonly searched = new Set<string>()
  private readonly followers = new Set<(e: SocketEvent) => void>()

  constructor(private readonly c: Context) {
    this.rest = new AroundRest(c.p.rest)
    this.book = new NameBook(c, names => this.rest.groupsByNames(names))
  }

  /** Passes on what happens to groups to a screen that shows them; the answer ends that. */
  follow(f: (e: SocketEvent) => void): () => void {
    this.followers.add(f)
    return () => void this.followers.delete(f)
  }

  /** The group that a mention of the name means. */
  of(name: string): Group | undefined {
    const g = /^[a-z0-9._-]{1,64}$/.test(name) ? this.book.of(name) : undefined
    return g && g.delete_at === 0 && g.allow_reference !== false ? g : undefined
  }

  /** Those that are known, whose name or title has what was typed. */
  like(typed: string): Group[] {
    const q = typed.toLowerCase()
    return this.book
      .all()
      .filter(g => g.delete_at === 0 && g.allow_reference !== false)
      .filter(g => `${g.name} ${g.display_name}`.toLowerCase().includes(q))
  }

  /** Asks for those with what was typed, once. Answers whether there is anything new to show. */
  async find(typed: string): Promise<boolean> {
    const q = typed.toLowerCase()
    if (this.searched.has(q) || this.c.store.link.peek() !== 'online') return false
    this.searched.add(q)
    const found = await this.rest.groups(q).catch(() => [])
    this.book.put(found)
    return found.length > 0
  }

  async members(id: Id): Promise<{ people: User[]; count: number }> {
    const { members, total_member_count } = await this.rest.groupMembers(id)
    this.c.store.putUsers(members ?? [])
    return { people: members ?? [], count: total_member_count }
  }

  heard(e: SocketEvent): void {
    const raw = e.data['group']
    if (e.event === 'received_group' && typeof raw === 'string') {
      const group = JSON.parse(raw) as Group
      this.book.rename(group, x => x.id === group.id)
    }
    for (const f of this.followers) f(e)
  }

  reset(): void {
    this.book.reset()
    this.searched.clear()
  }
}

export class Emojis {
  private readonly rest: AroundRest
  private readonly book: NameBook<CustomEmoji>
  private listed = false

  constructor(private readonly c: Context) {
    this.rest = new AroundRest(c.p.rest)
    this.book = new NameBook(c, names => this.rest.emojisByNames(names))
  }

  /** The address of the picture that has the name, if anybody made one. */
  picture(name: string): string | undefined {
    const e = this.book.of(name)
    return e && this.c.p.rest.emojiUrl(e.id)
  }

  /** Everything that people made, for the picker. */
  async load(): Promise<void> {
    if (this.listed) return
    await this.c.quietly(async () => {
      for (let page = 0; ; page++) {
        const list = await this.rest.emojis(page)
        this.book.put(list)
        if (list.length < 200) break
      }
      this.listed = true
    })
  }

  all(): CustomEmoji[] {
    return this.book.all().sort((a, b) => a.name.localeCompare(b.name))
  }

  async add(name: string, image: Blob): Promise<void> {
    this.book.put([await this.rest.addEmoji(name, this.c.store.me.peek()?.id ?? '', image)])
  }

  async remove(e: CustomEmoji): Promise<void> {
    await this.rest.dropEmoji(e.id)
    this.book.drop(e.name)
  }

  heard(e: SocketEvent): void {
    const raw = e.data['emoji']
    if (e.event === 'emoji_added' && typeof raw === 'string') this.book.put([JSON.parse(raw) as CustomEmoji])
  }

  reset(): void {
    this.listed = false
    this.book.reset()
  }
}

/** What may be the name of an emoji, of what somebody typed. */
export const emojiName = (typed: string): string =>
  typed
    .normalize('NFKD')
    .toLowerCase()
    .replace(/^:|:$/g, '')
    .replace(/[^a-z0-9_+-]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 64)
