import type { Team } from '@fieldpost/api'
import { type Action, inviteRights, mayInvite, sidebar } from '@fieldpost/core'
import { attempt, keysText, later, type Shell, useShell, useStore } from '@fieldpost/parts'
import { Icon, IconButton, type IconName, Menu, type MenuItem } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useComputed } from '@preact/signals'
import { useLayoutEffect, useState } from 'preact/hooks'
import { CreateChannel } from './create.tsx'
import { NewDirect } from './direct.tsx'
import { Groups, onlyUnread } from './groups.tsx'
import { Me } from './me.tsx'
import { Rail } from './rail.tsx'
import { Shelf } from './shelf.tsx'
import './sidebar.css'

export { Switcher } from './switcher.tsx'

const teams = () => import('./teams.tsx')
const Browse = later(async () => ({ default: (await import('./browse.tsx')).Browse }))
const OtherTeams = later(async () => ({ default: (await teams()).OtherTeams }))
const NewTeam = later(async () => ({ default: (await teams()).NewTeam }))
const Invite = later(async () => ({ default: (await teams()).Invite }))
const leaveTeam = (shell: Shell, team: Team) =>
  void attempt(shell, async () => (await teams()).leaveTeam(shell, team))

const THEMES = [
  { id: 'system', icon: 'system' },
  { id: 'light', icon: 'sun' },
  { id: 'dark', icon: 'moon' },
  { id: 'night', icon: 'night' },
  { id: 'contrast', icon: 'contrast' },
] as const

type Asked = 'create' | 'browse' | 'direct' | 'invite' | 'teams' | 'team'

/** What the sidebar can be asked for, and what the reader may ask for in this team. */
const asks = (shell: Shell, ask: (what: Asked) => void): Action[] => {
  const may = (what: string) => shell.client.permissions.in(shell.teamId()).value.has(what)
  const inviting = () =>
    inviteRights(shell.client.permissions.in(shell.teamId()).value, shell.client.store.config.value)
  return [
    {
      id: 'browse',
      group: 'go',
      name: () => t('do.browse'),
      words: 'browse channels join',
      run: () => ask('browse'),
    },
    {
      id: 'new-channel',
      group: 'go',
      name: () => t('do.newChannel'),
      words: 'new make create channel',
      run: () => ask('create'),
    },
    {
      id: 'new-direct',
      group: 'go',
      name: () => t('do.newDirect'),
      words: 'new write direct message',
      keys: ['Mod+Shift+K'],
      run: () => ask('direct'),
    },
    {
      id: 'only-unread',
      group: 'go',
      name: () => (onlyUnread.value ? t('do.listAll') : t('do.onlyUnread')),
      words: 'only unread list all filter',
      run: () => {
        onlyUnread.value = !onlyUnread.peek()
      },
    },
    {
      id: 'join-team',
      group: 'go',
      name: () => t('teams.join'),
      words: 'join another team',
      run: () => ask('teams'),
    },
    {
      id: 'new-team',
      group: 'go',
      name: () => t('entry.createTeamTitle'),
      words: 'new make create team',
      when: () => may('create_team'),
      run: () => ask('team'),
    },
    {
      id: 'invite',
      group: 'go',
      name: () => t('do.invite'),
      words: 'invite people team',
      when: () => mayInvite(inviting()),
      run: () => ask('invite'),
    },
  ]
}

/** An entry of a menu for something that can be done, where it can. */
function entry(shell: Shell, id: string, icon: IconName): MenuItem[] {
  const a = shell.actions.get(id)
  if (!a || a.when?.() === false) return []
  return [{ id, label: a.name(), icon, hint: keysText(a) }]
}

export interface SidebarProps {
  teamId: string
  onGo: () => void
}

export function Sidebar(p: SidebarProps) {
  const shell = useShell()
  const store = useStore()
  const [asking, ask] = useState<'' | Asked>('')
  useLayoutEffect(() => shell.actions.add(asks(shell, ask)), [shell])
  const groups = useComputed(() => sidebar(store, p.teamId))
  const team = store.teams.value.get(p.teamId)
  const menu: MenuItem[] = [
    { kind: 'head', id: 'h', label: t('side.appearance') },
    ...THEMES.map(x => ({
      id: `theme-${x.id}`,
      label: t(`look.${x.id}`),
      icon: x.icon,
      checked: shell.look.theme() === x.id,
    })),
    ...entry(shell, 'display', 'eye'),
    ...entry(shell, 'habits', 'edit'),
    { kind: 'line', id: 'l' },
    ...entry(shell, 'account', 'shield'),
    ...entry(shell, 'groups', 'people'),
    ...entry(shell, 'integrations', 'plug'),
    ...entry(shell, 'keys', 'keyboard'),
    ...entry(shell, 'console', 'console'),
    ...entry(shell, 'log-out', 'out'),
  ]
  const may = shell.client.permissions.in(p.teamId).value
  const teamMenu: MenuItem[] = [
    ...(mayInvite(inviteRights(may, store.config.value))
      ? ([{ id: 'invite', label: t('side.invite'), icon: 'user' }] as const)
      : []),
    { id: 'teams', label: t('side.joinTeam'), icon: 'people' },
    ...(may.has('create_team') ? ([{ id: 'team', label: t('side.createTeam'), icon: 'plus' }] as const) : []),
    { kind: 'line', id: 'l' },
    { id: 'leave', label: t('side.leaveTeam'), icon: 'out', bad: true },
  ]
  return (
    <nav class="side" aria-label={t('side.label')}>
      {store.teams.value.size > 1 && <Rail teamId={p.teamId} />}
      <div class="nav">
        <header>
          <h2 class="cut">{team?.display_name ?? ''}</h2>
          {team && (
            <Menu
              label={t('side.teamMenu', { team: team.display_name })}
              class="ibtn small"
              items={teamMenu}
              onPick={id => (id === 'leave' ? leaveTeam(shell, team) : ask(id as Asked))}
            >
              <Icon name="chevron" />
            </Menu>
          )}
          <span class="grow" />
          <Menu
            label={t('side.add')}
            items={[
              { id: 'browse', label: t('side.browse'), icon: 'search' },
              { id: 'create', label: t('side.newChannel'), icon: 'hash' },
              { id: 'direct', label: t('side.newDirect'), icon: 'edit' },
            ]}
            onPick={x => ask(x as Asked)}
          >
            <Icon name="plus" />
          </Menu>
        </header>
        <div class="find">
          <button type="button" class="jump grow" onClick={() => shell.actions.run('find')}>
            <Icon name="search" />
            <span class="grow">{t('side.find')}</span>
            <kbd>{keysText(shell.actions.get('find'))}</kbd>
          </button>
          <IconButton
            icon="filter"
            label={t('side.onlyUnread')}
            aria-pressed={onlyUnread.value}
            onClick={() => {
              onlyUnread.value = !onlyUnread.value
            }}
          />
        </div>
        <Shelf teamId={p.teamId} onGo={p.onGo} />
        <Groups groups={groups.value} onGo={p.onGo} onAsk={ask} />
        <div class="meline">
          <Me onGo={p.onGo} />
          <Menu
            label={t('side.settings')}
            items={menu}
            onPick={x => {
              shell.actions.run(x)
            }}
          >
            <Icon name="more" />
          </Menu>
        </div>
      </div>
      {asking === 'create' && <CreateChannel teamId={p.teamId} onClose={() => ask('')} />}
      {asking === 'browse' && <Browse teamId={p.teamId} onClose={() => ask('')} />}
      {asking === 'direct' && <NewDirect teamId={p.teamId} onClose={() => ask('')} />}
      {asking === 'teams' && <OtherTeams onClose={() => ask('')} />}
      {asking === 'team' && <NewTeam onClose={() => ask('')} />}
      {asking === 'invite' && team && <Invite team={team} onClose={() => ask('')} />}
    </nav>
  )
}
