/**
 * How many people a message would notify, before it is sent. Comes with the question that is asked then, so it is not in
 * the index.
 */
import { type ChannelStats, ChannelsRest, type Id } from '@fieldpost/api'
import type { Client } from './client.ts'
import { meansEverybody } from './mentions.ts'

/** Whoever notifies no more others than these is not asked. */
const FEW = 5
/** A server that takes longer keeps nobody from sending: what was counted before has to do. */
const PATIENCE_MS = 3_000

export interface Reach {
  /** By which names, without their @. */
  names: readonly string[]
  /** How many others at most: some may not want to be told, or not be there. */
  people: number
  /** In how many time zones they all are; 0 where that is not known. */
  zones: number
}

type Part = Pick<Client, 'about' | 'groups' | 'permissions' | 'platform' | 'rest' | 'store'>

/** What `names` in a message reach, if those are many; nothing if they are few, or nobody knows how many. */
export async function reachOf(client: Part, id: Id, names: readonly string[]): Promise<Reach | undefined> {
  const { store } = client
  const channel = store.channels.peek().get(id)
  // In a conversation without a team everything that is said notifies everybody.
  if (!channel?.team_id || store.config.peek()['EnableConfirmNotificationsToChannel'] !== 'true')
    return undefined
  // Whoever has only just opened the channel may not know yet that their names have no effect there.
  if (store.link.peek() !== 'offline') await patient(client, client.permissions.learn(channel.team_id, id))
  const may = (what: string) => client.permissions.may(channel.team_id, id, what) !== false
  const whole = may('use_channel_mentions') ? names.filter(meansEverybody) : []
  const groups = may('use_group_mentions') ? names.filter(n => !meansEverybody(n)) : []
  const found = [
    whole.length > 0 ? await ofEverybody(client, id, whole) : undefined,
    groups.length > 0 ? await ofGroups(client, id, groups) : undefined,
  ]
  return found.find(r => r !== undefined && r.people > FEW)
}

async function ofEverybody(client: Part, channel: Id, names: readonly string[]): Promise<Reach | undefined> {
  const [stats, zones] = await Promise.all([counted(client, channel), asked(client, r => r.zones(channel))])
  const config = client.store.config.peek()
  // Where there are too many, the server notifies none of them.
  const most = Number(config['MaxNotificationsPerChannel']) || Number.POSITIVE_INFINITY
  if (!stats || stats.member_count >= most) return undefined
  const told = config['ExperimentalTimezone'] === 'true' ? (zones?.length ?? 0) : 0
  return { names, people: stats.member_count - 1, zones: told }
}

async function ofGroups(client: Part, channel: Id, names: readonly string[]): Promise<Reach> {
  const counts = await asked(client, r => r.groupCounts(channel))
  const groups = names.flatMap(name => client.groups.of(name) ?? [])
  // The server tells of those groups only that have anybody here; without it, all of a group may be here.
  const people = groups.map(g =>
    counts ? counts.find(c => c.group_id === g.id)?.channel_member_count : g.member_count,
  )
  return { names, people: people.reduce<number>((sum, n) => sum + (n ?? 0), 0), zones: 0 }
}

async function counted(client: Part, channel: Id): Promise<ChannelStats | undefined> {
  if (client.store.link.peek() !== 'offline') await patient(client, client.about.count(channel))
  return client.about.recall(channel)
}

/** What the server answers; nothing without it. */
async function asked<T>(client: Part, ask: (rest: ChannelsRest) => Promise<T>): Promise<T | undefined> {
  if (client.store.link.peek() === 'offline') return undefined
  return patient(
    client,
    ask(new ChannelsRest(client.rest)).catch(() => undefined),
  )
}

/** The answer, unless it takes too long. */
function patient<T>({ platform }: Part, answer: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = platform.setTimeout(() => resolve(undefined), PATIENCE_MS)
    void answer.then(resolve, reject).finally(() => platform.clearTimeout(timer))
  })
}
