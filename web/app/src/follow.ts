/** Follows the address bar: which channel is meant, and how it comes on screen. */
import { type Channel, ChannelsRest } from '@fieldpost/api'
import { type Client, channelPath, effect, mateOf, sidebar, signal } from '@fieldpost/core'
import { explain } from '@fieldpost/parts'
import { go, route } from './router.ts'

/** The post that the address speaks of, to be shown and marked. */
export const target = signal('')

function remember(path: string): void {
  localStorage.setItem('fieldpost.last', path)
}

/** Follows the address: which channel is meant, joining what is open, and what to do when it is nowhere. */
export function follow(client: Client): void {
  const { store } = client
  const channels = new ChannelsRest(client.rest)
  let busy = ''
  /** Teams that the reader was in since the page was opened. */
  const had = new Set<string>()
  /** By which name the channel on screen was found. */
  let shown = { name: '', id: '' }
  /** The team in whose address a channel stands: its own, or for a conversation the one that is open. */
  const teamOf = (c: Channel, here: string) => store.teams.value.get(c.team_id)?.name ?? here
  const once = (key: string, f: () => Promise<unknown>) => {
    if (busy === key) return
    busy = key
    f().catch((e: unknown) => {
      client.notice(explain(e), 'error')
      const first = [...store.teams.peek().values()][0]
      if (first) go(`/${first.name}`, true)
    })
  }
  effect(() => {
    if (client.phase.value === 'signed-out') had.clear()
    if (client.phase.value !== 'ready' || client.mustSetUp.value) return
    const r = route.value
    for (const t of store.teams.value.values()) had.add(t.name)
    if (r.at === 'console' || r.at === 'account' || r.at === 'authorize') return client.reading.leave()
    if (r.at === 'reset' || r.at === 'verify' || r.at === 'invited') return
    const teams = [...store.teams.value.values()]
    if (r.at === 'home' || r.at === 'login' || r.at === 'signup' || r.at === 'forgotten') {
      const last = localStorage.getItem('fieldpost.last')
      const known = last && teams.some(t => last.startsWith(`/${t.name}/`))
      const first = teams[0]
      if (known) go(last, true)
      else if (first) go(`/${first.name}`, true)
      return
    }
    const team = teams.find(t => t.name === r.team)
    if (!team) {
      // Whoever left, or was taken out, is not brought in again by the address they were at.
      if (had.has(r.team)) return go(teams[0] ? `/${teams[0].name}` : '/', true)
      if (store.link.value === 'online' && teams.length + r.team.length > 0 && r.team !== 'select_team')
        once(`team:${r.team}`, () => client.places.joinTeamByName(r.team))
      return
    }
    if (r.at === 'page') {
      busy = ''
      return client.reading.leave()
    }
    if (r.at === 'team') {
      const items = sidebar(store, team.id).flatMap(g => g.items)
      const item = items.find(i => i.channel.name === 'town-square') ?? items[0]
      if (item) go(item.path, true)
      return
    }
    if (r.at === 'post') {
      once(`post:${r.post}`, async () => {
        const root = await client.reading.jumpTo(r.post)
        const c =
          store.channels.peek().get(root.channel_id) ?? (await client.places.joinChannel(root.channel_id))
        target.value = root.id
        go(channelPath(store, teamOf(c, r.team), c) + (root.id === r.post ? '' : `?thread=${root.id}`), true)
      })
      return
    }
    const all = [...store.channels.value.values()]
    const me = store.me.value?.id ?? ''
    const found =
      r.at === 'channel'
        ? all.find(c => c.name === r.channel && (c.team_id === team.id || c.type === 'G' || c.type === 'D'))
        : all.find(c => {
            const mate = mateOf(c, me)
            return mate !== '' && store.user(mate).value?.username === r.user
          })
    if (found) {
      busy = ''
      shown = { name: r.at === 'channel' ? r.channel : '', id: found.id }
      remember(location.pathname)
      if (store.current.peek() !== found.id) void client.reading.openChannel(found.id)
      return
    }
    // Renamed, or moved to another team, while it was on screen: its address is another one now.
    const renamed = r.at === 'channel' && shown.name === r.channel && store.channels.value.get(shown.id)
    if (renamed) return go(channelPath(store, teamOf(renamed, r.team), renamed) + location.search, true)
    if (store.link.value !== 'online') return
    if (r.at === 'channel')
      once(`channel:${r.team}/${r.channel}`, async () =>
        // Archived ones are found, too: they can be read.
        client.places.joinChannel((await channels.byName(team.id, r.channel)).id),
      )
    else
      once(`direct:${r.user}`, async () => {
        const u = await client.rest.userByName(r.user)
        store.putUsers([u])
        await client.places.openDirect(u.id)
      })
  })
}
