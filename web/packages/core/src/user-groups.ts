/** Groups of people with a name, as they are listed and looked at: not in the first load, so not in the index. */
import {
  ApiError,
  GROUPS_PAGE,
  type Group,
  type GroupPatch,
  GroupsRest,
  type Id,
  type SocketEvent,
  type User,
} from '@fieldpost/api'
import { batch, signal } from '@preact/signals-core'
import type { Context } from './platform.ts'

export type WhichGroups = 'all' | 'mine' | 'archived'

type Ground = Pick<Context, 'p' | 'store'>

/** Under which note a device keeps the groups it was told of last. */
const KEPT = 'groups'

/** An event of a group tells everybody the same, so it leaves out how many of its people each sees. */
const withCount = (g: Group, old: Group | undefined): Group =>
  g.member_count === undefined && old?.member_count !== undefined
    ? { ...g, member_count: old.member_count }
    : g

const counted = (g: Group, by: number): Group =>
  g.member_count === undefined ? g : { ...g, member_count: Math.max(0, g.member_count + by) }

function inner<T>(e: SocketEvent, key: string): T | undefined {
  const raw = e.data[key]
  return typeof raw === 'string' ? (JSON.parse(raw) as T) : undefined
}

const placeOf = (e: SocketEvent) =>
  e.event === 'group_member_add' || e.event === 'group_member_deleted'
    ? inner<{ group_id: Id; user_id: Id }>(e, 'group_member')
    : undefined

/** The groups of the site, or those of them that somebody looks for. */
export class GroupList {
  readonly list = signal<readonly Group[] | undefined>(undefined)
  readonly more = signal(false)
  /** Why the list is not whole: the server did not answer, or would not. */
  readonly problem = signal<ApiError | undefined>(undefined)
  /** In which groups the reader is. */
  readonly mine = signal<ReadonlySet<Id>>(new Set())
  private asked = 0
  private page = 0
  private what = { which: 'all' as WhichGroups, term: '' }
  private readonly rest: GroupsRest

  constructor(private readonly c: Ground) {
    this.rest = new GroupsRest(c.p.rest)
  }

  async open(which: WhichGroups, term: string): Promise<void> {
    const { what } = this
    this.what = { which, term: term.trim() }
    // What was looked for before is no answer to another question.
    if (what.which !== which) this.list.value = undefined
    await this.read(0)
  }

  next(): Promise<void> {
    return this.read(this.page + 1)
  }

  private get me(): Id {
    return this.c.store.me.peek()?.id ?? ''
  }

  private async read(page: number): Promise<void> {
    const mine = ++this.asked
    const { which, term } = this.what
    const first = page === 0 && which === 'all' && !term
    try {
      const [told, own] = await Promise.all([
        this.rest.list({
          q: term,
          page,
          member: which === 'mine' ? this.me : '',
          archived: which === 'archived',
        }),
        page === 0 ? this.rest.mine() : undefined,
      ])
      if (mine !== this.asked) return
      batch(() => {
        this.page = page
        this.problem.value = undefined
        this.list.value = page > 0 ? joined(this.list.peek() ?? [], told) : told
        this.more.value = told.length === GROUPS_PAGE
        if (own) this.mine.value = new Set(own.map(g => g.id))
      })
      if (first) await this.c.p.db.putNote(KEPT, [told, [...this.mine.peek()]]).catch(() => {})
    } catch (e) {
      if (!(e instanceof ApiError)) throw e
      const kept = await this.kept()
      if (mine !== this.asked) return
      batch(() => {
        this.problem.value = e
        this.more.value = false
        this.list.value ??= kept
      })
    }
  }

  /** Of what the device keeps, what is looked for. */
  private async kept(): Promise<Group[] | undefined> {
    const kept = await this.c.p.db.note(KEPT).catch(() => undefined)
    if (!Array.isArray(kept)) return undefined
    const [all, mine] = kept as [Group[], Id[]]
    const own = new Set(mine)
    this.mine.value = own
    const { which, term } = this.what
    const fits = (g: Group) => `${g.name} ${g.display_name}`.toLowerCase().includes(term.toLowerCase())
    return all.filter(g => (which === 'mine' ? own.has(g.id) : which === 'all') && fits(g))
  }

  heard(e: SocketEvent): void {
    const group = e.event === 'received_group' ? inner<Group>(e, 'group') : undefined
    const place = placeOf(e)
    if (place && place.user_id === this.me) {
      const mine = new Set(this.mine.peek())
      if (e.event === 'group_member_add') mine.add(place.group_id)
      else mine.delete(place.group_id)
      this.mine.value = mine
    }
    const shown = this.list.peek()
    if (place && shown && this.what.which !== 'mine') {
      const by = e.event === 'group_member_add' ? 1 : -1
      this.list.value = shown.map(g => (g.id === place.group_id ? counted(g, by) : g))
    } else if (place && shown) void this.read(0)
    if (!shown || !group) return
    const old = shown.find(g => g.id === group.id)
    const belongs = group.delete_at > 0 === (this.what.which === 'archived')
    // One that is changed stays where it is; one that comes or goes moves what the pages hold.
    if (old && belongs) this.list.value = shown.map(g => (g.id === group.id ? withCount(group, old) : g))
    else if (old) this.list.value = shown.filter(g => g.id !== group.id)
    else if (belongs) void this.read(0)
  }
}

/** Two pages, between which something may have come or gone. */
function joined(before: readonly Group[], told: readonly Group[]): Group[] {
  const fresh = new Set(told.map(g => g.id))
  return [...before.filter(g => !fresh.has(g.id)), ...told]
}

/** One group that somebody looks at, with its people. */
export class GroupView {
  readonly group = signal<Group | undefined>(undefined)
  readonly people = signal<readonly User[] | undefined>(undefined)
  readonly more = signal(false)
  readonly problem = signal<ApiError | undefined>(undefined)
  /** Whether the reader is in it. */
  readonly member = signal(false)
  private asked = 0
  private page = 0
  private term = ''
  private readonly rest: GroupsRest

  constructor(
    private readonly c: Ground,
    readonly id: Id,
  ) {
    this.rest = new GroupsRest(c.p.rest)
  }

  /** Reads the group, and those in it whose names begin as was typed. */
  async open(term = ''): Promise<void> {
    this.term = term.trim()
    await this.read(0)
  }

  next(): Promise<void> {
    return this.read(this.page + 1)
  }

  private async read(page: number): Promise<void> {
    const mine = ++this.asked
    try {
      const [group, own] = await Promise.all([this.rest.one(this.id), this.rest.mine()])
      // Of one in the archive nobody is told who is in it.
      const told = group.delete_at > 0 ? undefined : await this.ask(page)
      if (mine !== this.asked) return
      this.c.store.putUsers(told ?? [])
      batch(() => {
        this.problem.value = undefined
        this.group.value = group
        this.member.value = own.some(g => g.id === this.id)
        this.page = page
        const before = page > 0 ? (this.people.peek() ?? []) : []
        const fresh = new Set(told?.map(u => u.id))
        this.people.value = told && [...before.filter(u => !fresh.has(u.id)), ...told]
        this.more.value = !this.term && told?.length === GROUPS_PAGE
      })
    } catch (e) {
      if (!(e instanceof ApiError)) throw e
      if (mine === this.asked) this.problem.value = e
    }
  }

  private async ask(page: number): Promise<User[]> {
    if (this.term) return this.rest.findPeople(this.id, this.term)
    return (await this.rest.people(this.id, page)).members ?? []
  }

  /** Puts people into it, the reader too. */
  async add(people: readonly Id[]): Promise<void> {
    await this.rest.add(this.id, people)
    await this.read(0)
  }

  async remove(person: Id): Promise<void> {
    await this.rest.remove(this.id, [person])
    await this.read(0)
  }

  async change(p: GroupPatch): Promise<void> {
    this.take(await this.rest.patch(this.id, p))
  }

  async archive(): Promise<void> {
    await this.rest.archive(this.id)
    await this.read(0)
  }

  async restore(): Promise<void> {
    await this.rest.restore(this.id)
    await this.read(0)
  }

  private take(g: Group): void {
    this.group.value = withCount(g, this.group.peek())
  }

  heard(e: SocketEvent): void {
    const group = e.event === 'received_group' ? inner<Group>(e, 'group') : undefined
    if (group?.id === this.id) {
      const before = this.group.peek()
      this.take(group)
      if (before && before.delete_at > 0 !== group.delete_at > 0) void this.read(0)
    } else if (placeOf(e)?.group_id === this.id) void this.read(0)
  }
}

/** What somebody may do with groups, or with one of them. */
export interface GroupRights {
  make: boolean
  edit: boolean
  members: boolean
  archive: boolean
  restore: boolean
}

export const groupRights = (p: ReadonlySet<string>, g?: Pick<Group, 'delete_at'>): GroupRights => {
  const live = g !== undefined && g.delete_at === 0
  return {
    make: p.has('create_custom_group'),
    edit: live && p.has('edit_custom_group'),
    members: live && p.has('manage_custom_group_members'),
    archive: live && p.has('delete_custom_group'),
    restore: g !== undefined && !live && p.has('restore_custom_group'),
  }
}

const LONGEST = 64
/** Those that mention more people than any group. */
const RESERVED: readonly string[] = ['all', 'channel', 'here']

/** What may be the name of a group, of what somebody typed. */
export const groupName = (typed: string): string =>
  typed
    .normalize('NFKD')
    .toLowerCase()
    .replace(/^@/, '')
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, LONGEST)

/** What is wrong with a name, or with what was asked. */
export type GroupFault = 'form' | 'reserved' | 'taken' | 'person' | 'gone' | 'denied'

/** What is wrong with a name that somebody typed; nothing while it may be one. */
export function nameFault(name: string): GroupFault | undefined {
  if (!/^[a-z0-9._-]{1,64}$/.test(name)) return 'form'
  return RESERVED.includes(name) ? 'reserved' : undefined
}

const FAULTS: Readonly<Record<string, GroupFault>> = {
  'app.custom_group.unique_name': 'taken',
  'api.ldap_groups.existing_group_name_error': 'taken',
  'app.group.username_conflict': 'person',
  'api.ldap_groups.existing_user_name_error': 'person',
  'api.ldap_groups.existing_reserved_name_error': 'reserved',
  'model.group.name.invalid_length.app_error': 'form',
  'model.group.name.invalid_chars.app_error': 'form',
  'app.group.no_rows': 'gone',
}

/** Why the server would not, where that can be said better than it does. */
export function groupFault(e: unknown): GroupFault | undefined {
  if (!(e instanceof ApiError) || e.kind !== 'refused') return undefined
  return FAULTS[e.id] ?? (e.status === 403 ? 'denied' : undefined)
}
