/** Teams, channels and conversations of the reader. */
import { ApiError, type Channel, type ChannelMember, ChannelsRest, type Id, type Team } from '@fieldpost/api'
import { batch } from '@preact/signals-core'
import { Counting } from './counting.ts'
import type { People } from './people.ts'
import type { Context } from './platform.ts'

export class Places {
  readonly counting: Counting
  /** Counts were read from the server, which may not know yet what was read here. */
  onRead: (of: Id | 'all') => void = () => {}

  constructor(
    private readonly c: Context,
    private readonly people: People,
  ) {
    this.counting = new Counting(c, id => this.again(id))
  }

  load(): Promise<void> {
    return this.counting.during('all', () => this.readAll())
  }

  private async readAll(): Promise<void> {
    const { rest } = this.c.p
    const teams = await rest.myTeams()
    const lists = await Promise.all(
      teams.map(t => Promise.all([this.channelsOf(t.id), rest.myChannelMembers(t.id)])),
    )
    batch(() => {
      this.c.store.putTeams(teams)
      this.c.store.putPlaces(
        lists.flatMap(l => l[0]).filter(c => c.delete_at === 0),
        lists.flatMap(l => l[1]),
      )
      this.onRead('all')
    })
    const me = this.c.store.me.peek()?.id ?? ''
    const mates = lists
      .flatMap(l => l[0])
      .flatMap(c => (c.type === 'D' ? c.name.split('__') : []))
      .filter(id => id !== me && id.length > 0)
    this.people.want(mates)
  }

  private channelsOf(team: Id): Promise<Channel[]> {
    return this.c.p.rest.myChannels(team).catch((e: unknown) => {
      // The API says "not found" instead of an empty list.
      if (e instanceof ApiError && e.status === 404) return []
      throw e
    })
  }

  async learn(id: Id): Promise<Channel> {
    return (await this.counting.during(id, () => this.read(id))).channel
  }

  /** Reads again what came while it was read, or did not come. */
  private async again(id: Id | 'all'): Promise<void> {
    if (id === 'all') return this.load()
    const gone = await this.counting
      .during(id, () => this.read(id))
      .then(
        ({ member }) => !member,
        (e: unknown) => {
          if (e instanceof ApiError && (e.status === 403 || e.status === 404)) return true
          throw e
        },
      )
    if (gone) this.c.store.dropChannel(id)
  }

  private async read(id: Id): Promise<{ channel: Channel; member: ChannelMember | undefined }> {
    const me = this.c.store.me.peek()?.id ?? ''
    const [channel, member] = await Promise.all([
      this.c.p.rest.channel(id),
      this.c.p.rest.myMember(id).catch((e: unknown) => {
        if (e instanceof ApiError && e.kind === 'refused') return undefined
        throw e
      }),
    ])
    if (member) {
      this.c.store.putChannel(channel, member)
      this.onRead(id)
      if (channel.type === 'D') this.people.want(channel.name.split('__').filter(x => x !== me))
    }
    return { channel, member }
  }

  async createTeam(display_name: string, name: string): Promise<Team> {
    const t = await this.c.p.rest.createTeam({ name, display_name, type: 'O' })
    await this.load()
    return t
  }

  async joinTeam(team: Id): Promise<void> {
    await this.c.p.rest.addTeamMember(team, this.c.store.me.peek()?.id ?? '')
    await this.load()
  }

  async joinTeamByName(name: string): Promise<Team> {
    const t = await this.c.p.rest.teamByName(name)
    await this.joinTeam(t.id)
    return t
  }

  /** Joins the team of an invitation, and gives its name. */
  async accept(way: { token: string; invite: string }): Promise<string> {
    const { rest } = this.c.p
    const { team_id } = await (way.token ? rest.joinByToken(way.token) : rest.joinByInvite(way.invite))
    await this.load()
    return this.c.store.teams.peek().get(team_id)?.name ?? ''
  }

  async leaveTeam(team: Id): Promise<void> {
    await new ChannelsRest(this.c.p.rest).leaveTeam(team, this.c.store.me.peek()?.id ?? '')
    this.c.store.dropTeam(team)
  }

  async createChannel(team: Id, display_name: string, name: string, type: 'O' | 'P'): Promise<Channel> {
    const c = await this.c.p.rest.createChannel({ team_id: team, display_name, name, type })
    return this.learn(c.id)
  }

  async joinChannel(id: Id): Promise<Channel> {
    await this.c.p.rest.addChannelMember(id, this.c.store.me.peek()?.id ?? '')
    return this.learn(id)
  }

  async leaveChannel(id: Id): Promise<void> {
    await this.c.p.rest.leaveChannel(id, this.c.store.me.peek()?.id ?? '')
    this.c.store.dropChannel(id)
  }

  async openDirect(user: Id): Promise<Channel> {
    const me = this.c.store.me.peek()?.id ?? ''
    const known = [...this.c.store.channels.peek().values()].find(
      c => c.type === 'D' && (c.name === `${me}__${user}` || c.name === `${user}__${me}`),
    )
    if (known) return known
    const c = await this.c.p.rest.direct(me, user)
    return this.learn(c.id)
  }
}
