/** The channels of a team as they are browsed: open ones, archived ones, and one's own private ones. */
import { ApiError, type Channel, ChannelsRest, type Id } from '@fieldpost/api'
import { batch, signal } from '@preact/signals-core'
import type { Context } from './platform.ts'

export type Which = 'public' | 'archived' | 'private'

const PAGE = 50

/** What stands in for a name is looked for in the name, the address and the purpose. */
const fits = (c: Channel, term: string): boolean =>
  `${c.display_name} ${c.name} ${c.purpose}`.toLowerCase().includes(term.toLowerCase())
const byName = (a: Channel, b: Channel): number =>
  a.display_name.localeCompare(b.display_name, undefined, { numeric: true })

export class Directory {
  readonly list = signal<readonly Channel[] | undefined>(undefined)
  readonly counts = signal<ReadonlyMap<Id, number>>(new Map())
  readonly more = signal(false)
  /** Why the list is not whole: the server did not answer, or would not. */
  readonly problem = signal<ApiError | undefined>(undefined)
  private asked = 0
  private page = 0
  private what = { team: '', which: 'public' as Which, term: '' }
  private readonly rest: ChannelsRest

  constructor(private readonly c: Pick<Context, 'p' | 'store'>) {
    this.rest = new ChannelsRest(c.p.rest)
  }

  async open(team: Id, which: Which, term: string): Promise<void> {
    this.what = { team, which, term: term.trim() }
    await this.read(0)
  }

  next(): Promise<void> {
    return this.read(this.page + 1)
  }

  private own(): Channel[] {
    const { team, which, term } = this.what
    return [...this.c.store.channels.peek().values()]
      .filter(c => c.team_id === team && c.delete_at === 0 && fits(c, term))
      .filter(c => c.type === (which === 'private' ? 'P' : 'O'))
      .sort(byName)
  }

  private ask(page: number): Promise<Channel[]> {
    const { team, which, term } = this.what
    if (which === 'private') return Promise.resolve(this.own())
    if (which === 'archived')
      return term ? this.rest.findArchived(team, term) : this.rest.archived(team, page)
    return term ? this.rest.findPublic(team, term) : this.rest.listed(team, page)
  }

  private async read(page: number): Promise<void> {
    const mine = ++this.asked
    const { which, term } = this.what
    try {
      const told = await this.ask(page)
      if (mine !== this.asked) return
      // Searching finds archived channels among the open ones, too.
      const wanted = told.filter(c => (which === 'archived' ? c.delete_at > 0 : c.delete_at === 0))
      batch(() => {
        this.page = page
        this.problem.value = undefined
        this.list.value = page > 0 ? [...(this.list.peek() ?? []), ...wanted] : wanted
        this.more.value = which !== 'private' && !term && told.length === PAGE
      })
      if (wanted.length > 0) await this.count(wanted.map(c => c.id))
    } catch (e) {
      if (!(e instanceof ApiError)) throw e
      if (mine !== this.asked) return
      batch(() => {
        this.problem.value = e
        this.more.value = false
        // Without the server there are those that the reader is in.
        this.list.value = which === 'archived' ? [] : this.own()
      })
    }
  }

  /** How many people are in them; a list without that is still a list. */
  private async count(ids: readonly Id[]): Promise<void> {
    const told = await this.rest.counts(ids).catch(() => undefined)
    if (told) this.counts.value = new Map([...this.counts.peek(), ...Object.entries(told)])
  }
}

/** What somebody typed as addresses of mail, and what of it is none. */
export function mailAddresses(typed: string): { good: string[]; bad: string[] } {
  const all = [...new Set(typed.split(/[\s,;]+/).filter(Boolean))]
  const good = all.filter(a => /^[^@]+@[^@]+$/.test(a))
  return { good, bad: all.filter(a => !good.includes(a)) }
}
