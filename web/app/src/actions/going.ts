/** Going about: from channel to channel, from team to team, to the lists of a team. */

import { type Action, type Client, sidebar } from '@fieldpost/core'
import type { Shell } from '@fieldpost/parts'
import { t } from '@fieldpost/words'
import { stepRegion } from '../regions.ts'
import { openOverlay } from './overlay.ts'

/** Goes to the channel above or below in the sidebar. */
function stepChannel(client: Client, shell: Shell, by: 1 | -1, unread: boolean): void {
  const { store } = client
  const items = sidebar(store, shell.teamId()).flatMap(g => g.items)
  const i = items.findIndex(x => x.id === store.current.peek())
  const n = items.length
  for (let k = 1; k <= n; k++) {
    const next = items[(i + by * k + n * k) % n]
    if (next && (!unread || next.unread)) return client.reading.step(() => shell.go(next.path))
  }
}

function stepTeam(client: Client, shell: Shell, by: 1 | -1): void {
  const teams = [...client.store.teams.peek().values()]
  const i = teams.findIndex(x => x.id === shell.teamId())
  const next = teams[(i + by + teams.length) % teams.length]
  if (next) shell.go(`/${next.name}`)
}

export function going(client: Client, shell: Shell): Action[] {
  const { store } = client
  const page = (
    id: string,
    key: 'do.threads' | 'do.drafts' | 'do.saved' | 'do.scheduled',
    path: string,
  ): Action => ({
    id,
    group: 'go',
    name: () => t(key),
    words: path,
    run: () => shell.go(`/${shell.team()}/${path}`),
  })
  const manyTeams = () => store.teams.value.size > 1
  return [
    {
      id: 'find',
      group: 'go',
      name: () => t('do.find'),
      words: 'find channel person switch',
      keys: ['Mod+K'],
      run: () => openOverlay('find'),
    },
    {
      id: 'next-channel',
      group: 'go',
      name: () => t('do.nextChannel'),
      words: 'next channel',
      keys: ['Alt+ArrowDown'],
      run: () => stepChannel(client, shell, 1, false),
    },
    {
      id: 'previous-channel',
      group: 'go',
      name: () => t('do.previousChannel'),
      words: 'previous channel',
      keys: ['Alt+ArrowUp'],
      run: () => stepChannel(client, shell, -1, false),
    },
    {
      id: 'next-unread',
      group: 'go',
      name: () => t('do.nextUnread'),
      words: 'next unread',
      keys: ['Alt+Shift+ArrowDown'],
      run: () => stepChannel(client, shell, 1, true),
    },
    {
      id: 'previous-unread',
      group: 'go',
      name: () => t('do.previousUnread'),
      words: 'previous unread',
      keys: ['Alt+Shift+ArrowUp'],
      run: () => stepChannel(client, shell, -1, true),
    },
    {
      id: 'next-team',
      group: 'go',
      name: () => t('do.nextTeam'),
      words: 'next team',
      keys: ['Mod+Alt+ArrowDown'],
      when: manyTeams,
      run: () => stepTeam(client, shell, 1),
    },
    {
      id: 'previous-team',
      group: 'go',
      name: () => t('do.previousTeam'),
      words: 'previous team',
      keys: ['Mod+Alt+ArrowUp'],
      when: manyTeams,
      run: () => stepTeam(client, shell, -1),
    },
    {
      id: 'search',
      group: 'go',
      name: () => t('do.search'),
      words: 'search messages',
      keys: ['Mod+Shift+F'],
      run: () => shell.go(`/${shell.team()}/search`),
    },
    {
      id: 'mentions',
      group: 'go',
      name: () => t('do.mentions'),
      words: 'recent mentions',
      keys: ['Mod+Shift+M'],
      run: () =>
        shell.go(
          `/${shell.team()}/search?q=${encodeURIComponent(`@${store.me.peek()?.username.split(':')[0]}`)}`,
        ),
    },
    page('threads', 'do.threads', 'threads'),
    page('drafts', 'do.drafts', 'drafts'),
    page('saved', 'do.saved', 'saved'),
    page('scheduled', 'do.scheduled', 'scheduled_posts'),
    {
      id: 'move-channel',
      group: 'go',
      name: () => t('do.moveChannel'),
      words: 'move channel up down',
      keys: ['Mod+Shift+ArrowUp', 'Mod+Shift+ArrowDown'],
      heardElsewhere: true,
    },
    {
      id: 'next-region',
      group: 'go',
      name: () => t('do.nextRegion'),
      words: 'next region part window',
      keys: ['F6'],
      run: () => stepRegion(1),
    },
    {
      id: 'previous-region',
      group: 'go',
      name: () => t('do.previousRegion'),
      words: 'previous region part window',
      keys: ['Shift+F6'],
      run: () => stepRegion(-1),
    },
  ]
}

/** A way to each of the reader's teams. */
export const teamActions = (client: Client, shell: Shell) => (): Action[] => {
  const teams = [...client.store.teams.value.values()]
  if (teams.length < 2) return []
  return teams.map((team, i) => ({
    id: `team-${team.id}`,
    group: 'go',
    name: () => t('do.toTeam', { team: team.display_name }),
    words: `go team ${team.name}`,
    ...(i < 9 && { keys: [`Mod+Alt+${i + 1}`] }),
    when: () => team.id !== shell.teamId(),
    run: () => shell.go(`/${team.name}`),
  }))
}
