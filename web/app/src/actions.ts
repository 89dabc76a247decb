/** What the window as a whole can do: going about, reading, and what is asked of the message in focus. */
import {
  type Action,
  type Client,
  isAdmin,
  managesIntegrations,
  sidebar,
  signal,
  THEMES,
} from '@fieldpost/core'
import { copyText, type Shell } from '@fieldpost/parts'
import { t } from '@fieldpost/words'
import { composer, stepRegion, walkThread } from './regions.ts'
import { route } from './router.ts'

/** What is open over the window: the finder, everything that can be done, or the keys for it. */
export const overlay = signal<'' | 'find' | 'palette' | 'keys'>('')

/** What had the focus before the palette took it. */
let before: Element | null = null

export function openOverlay(what: 'find' | 'palette' | 'keys'): void {
  if (overlay.peek()) return
  // From the finder one comes to the palette: what had the focus before both counts.
  if (!document.activeElement?.closest('dialog')) before = document.activeElement
  overlay.value = what
}

export function closeOverlay(): void {
  overlay.value = ''
}

const active = (): Element | null => (overlay.peek() ? before : document.activeElement)

const threadIsOpen = (): boolean =>
  'thread' in route.peek() && (route.peek() as { thread: string }).thread !== ''

/** The message that has the focus. */
function focused(): HTMLElement | undefined {
  const el = active()
  return el instanceof HTMLElement && el.matches('[data-row][data-post]') ? el : undefined
}

/** A message listens to its keys by itself; this presses one. */
const press = (key: string) => (): void =>
  void focused()?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: false }))

/** Goes to the channel above or below in the sidebar. */
function stepChannel(client: Client, shell: Shell, by: 1 | -1, unread: boolean): void {
  const { store } = client
  const items = sidebar(store, shell.teamId()).flatMap(g => g.items)
  const i = items.findIndex(x => x.id === store.current.peek())
  const n = items.length
  for (let k = 1; k <= n; k++) {
    const next = items[(i + by * k + n * k) % n]
    if (next && (!unread || next.unread)) return shell.go(next.path)
  }
}

function stepTeam(client: Client, shell: Shell, by: 1 | -1): void {
  const teams = [...client.store.teams.peek().values()]
  const i = teams.findIndex(x => x.id === shell.teamId())
  const next = teams[(i + by + teams.length) % teams.length]
  if (next) shell.go(`/${next.name}`)
}

function going(client: Client, shell: Shell): Action[] {
  const { store } = client
  const page = (id: string, key: 'do.threads' | 'do.drafts', path: string): Action => ({
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

/** Everything of the team that is unread. */
async function readAll(client: Client, shell: Shell): Promise<void> {
  const sure = await shell.confirm({
    title: t('do.readAllTitle'),
    text: t('do.readAllText'),
    action: t('do.readAllAction'),
  })
  if (!sure) return
  if (client.store.link.peek() !== 'online') return client.notice(t('do.needsServer'), 'error')
  const team = shell.teamId()
  const unread = sidebar(client.store, team)
    .flatMap(g => g.items)
    .filter(i => i.unread)
  await Promise.all([client.reading.readAll(unread.map(i => i.id)), client.threads.readAll(team)])
}

function reading(client: Client, shell: Shell): Action[] {
  const { store } = client
  const online = () => store.link.peek() === 'online'
  return [
    {
      id: 'close-thread',
      group: 'read',
      name: () => t('do.closeThread'),
      words: 'close thread',
      keys: ['Escape'],
      when: threadIsOpen,
      run: () => shell.closeThread(),
    },
    {
      id: 'read',
      group: 'read',
      name: () => t('do.read'),
      words: 'mark channel read',
      keys: ['Escape'],
      when: () => !threadIsOpen() && store.current.peek() !== '' && online(),
      run: () => void client.reading.readAll([store.current.peek()]),
    },
    {
      id: 'read-all',
      group: 'read',
      name: () => t('do.readAll'),
      words: 'mark all everything read',
      keys: ['Shift+Escape'],
      run: () => void readAll(client, shell),
    },
    {
      id: 'walk',
      group: 'read',
      name: () => t('do.walk'),
      words: 'walk through messages',
      keys: ['ArrowUp', 'ArrowDown', 'J', 'K'],
      heardElsewhere: true,
    },
    {
      id: 'latest',
      group: 'read',
      name: () => t('do.latest'),
      words: 'newest latest end',
      keys: ['End'],
      heardElsewhere: true,
    },
  ]
}

/** The newest message of the channel on screen. */
const newest = (client: Client): string =>
  client.store.log(client.store.current.peek()).window.peek()?.ids.at(-1) ?? ''

const emptyField = (): boolean => {
  const el = active()
  return el instanceof HTMLTextAreaElement && el.closest('main .composer') !== null && el.value === ''
}

function messages(client: Client, shell: Shell): Action[] {
  const { store } = client
  const post = () => store.post(focused()?.dataset['post'] ?? '').peek()
  const mine = () => post() !== undefined && post()?.user_id === store.me.peek()?.id
  const some = () => focused() !== undefined
  const told = { group: 'message', heardElsewhere: true } as const
  return [
    {
      ...told,
      id: 'reply',
      name: () => t('do.reply'),
      words: 'reply',
      keys: ['R', 'Enter'],
      when: some,
      run: press('r'),
    },
    {
      ...told,
      id: 'edit',
      name: () => t('do.edit'),
      words: 'edit',
      keys: ['E'],
      when: mine,
      run: press('e'),
    },
    {
      ...told,
      id: 'react',
      name: () => t('do.react'),
      words: 'react emoji',
      keys: ['+'],
      when: some,
      run: press('+'),
    },
    {
      ...told,
      id: 'delete',
      name: () => t('do.delete'),
      words: 'delete remove',
      keys: ['Delete'],
      when: mine,
      run: press('Delete'),
    },
    {
      id: 'copy',
      group: 'message',
      name: () => t('do.copy'),
      words: 'copy text',
      keys: ['C'],
      when: some,
      run: () => void copyText(shell, post()?.message ?? ''),
    },
    {
      id: 'more',
      group: 'message',
      name: () => t('do.more'),
      words: 'more actions menu',
      keys: ['M'],
      when: some,
      run: () => focused()?.querySelector<HTMLElement>('.actions [aria-haspopup]')?.click(),
    },
  ]
}

function writing(client: Client, shell: Shell): Action[] {
  const told = { group: 'write', heardElsewhere: true } as const
  return [
    {
      id: 'compose',
      group: 'write',
      name: () => t('do.compose'),
      words: 'write compose message field',
      keys: ['Mod+Shift+L'],
      when: () => composer() !== null,
      run: () => composer()?.focus(),
    },
    {
      id: 'upload',
      group: 'write',
      name: () => t('do.upload'),
      words: 'attach upload files',
      keys: ['Mod+U'],
      when: () => composer() !== null,
      run: () =>
        composer()?.closest('.composer')?.querySelector<HTMLInputElement>('input[type=file]')?.click(),
    },
    { ...told, id: 'send', name: () => t('do.send'), words: 'send', keys: ['Enter'] },
    { ...told, id: 'new-line', name: () => t('do.newLine'), words: 'new line', keys: ['Shift+Enter'] },
    { ...told, id: 'edit-last', name: () => t('do.editLast'), words: 'edit last', keys: ['ArrowUp'] },
    {
      id: 'reply-last',
      group: 'write',
      name: () => t('do.replyLast'),
      words: 'reply newest last',
      keys: ['Shift+ArrowUp'],
      when: () => emptyField() && newest(client) !== '',
      run: () => shell.openThread(newest(client)),
    },
    { ...told, id: 'bold', name: () => t('do.bold'), words: 'bold', keys: ['Mod+B'] },
    { ...told, id: 'italic', name: () => t('do.italic'), words: 'italic', keys: ['Mod+I'] },
  ]
}

function application(client: Client, shell: Shell, logout: () => void): Action[] {
  const { store } = client
  return [
    {
      id: 'palette',
      group: 'app',
      name: () => t('do.palette'),
      words: 'commands palette',
      keys: ['Mod+Shift+P'],
      run: () => openOverlay('palette'),
    },
    {
      id: 'keys',
      group: 'app',
      name: () => t('do.keys'),
      words: 'keyboard shortcuts help',
      keys: ['Mod+/'],
      run: () => openOverlay('keys'),
    },
    {
      id: 'display',
      group: 'app',
      name: () => t('do.display'),
      words: 'display settings theme clock density language',
      keys: ['Mod+Shift+A'],
      run: () => shell.go('/account_settings/display'),
    },
    ...THEMES.filter(x => x !== 'custom').map(
      (x): Action => ({
        id: `theme-${x}`,
        group: 'app',
        name: () => t('do.theme', { name: t(`look.${x}`) }),
        words: `theme ${x}`,
        when: () => !client.looks.look.value.settled.theme && shell.look.theme() !== x,
        run: () => shell.look.setTheme(x),
      }),
    ),
    ...(['comfortable', 'compact'] as const).map(
      (x): Action => ({
        id: `density-${x}`,
        group: 'app',
        name: () => t('do.density', { name: t(`look.${x}`) }),
        words: `density ${x}`,
        when: () => client.looks.look.value.density !== x,
        run: () => void client.looks.set('density', x === 'compact' ? 'compact' : 'clean'),
      }),
    ),
    {
      id: 'account',
      group: 'app',
      name: () => t('do.account'),
      words: 'account security sessions',
      run: () => shell.go('/account_settings'),
    },
    {
      id: 'integrations',
      group: 'app',
      name: () => t('do.integrations'),
      words: 'integrations webhooks commands',
      when: () => managesIntegrations(client.permissions.in(shell.teamId()).value),
      run: () => shell.go(`/${shell.team()}/integrations`),
    },
    {
      id: 'console',
      group: 'app',
      name: () => t('do.console'),
      words: 'administration console links',
      when: () => isAdmin(store.me.value),
      run: () => shell.go('/admin_console/links'),
    },
    { id: 'log-out', group: 'app', name: () => t('do.logOut'), words: 'log out', run: logout },
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

/** Everything the window can do beside what its parts add. */
export const actionsOf = (client: Client, shell: Shell, logout: () => void): readonly Action[] => [
  ...going(client, shell),
  ...reading(client, shell),
  ...messages(client, shell),
  ...writing(client, shell),
  ...application(client, shell, logout),
]

/** Lets the keyboard do what the list says. What a part has dealt with by itself comes here as prevented. */
export function listen(shell: Shell): () => void {
  const onKey = (e: KeyboardEvent) => {
    if (e.defaultPrevented || e.isComposing) return
    if (walkThread(e) || shell.actions.heard(e)) e.preventDefault()
  }
  addEventListener('keydown', onKey)
  return () => removeEventListener('keydown', onKey)
}
