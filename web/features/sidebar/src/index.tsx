import type { Team } from '@fieldpost/api'
import { isAdmin, managesIntegrations, sidebar } from '@fieldpost/core'
import { attempt, later, type Shell, useShell, useStore } from '@fieldpost/parts'
import { Icon, IconButton, Menu, type MenuItem } from '@fieldpost/ui'
import { useComputed } from '@preact/signals'
import { useState } from 'preact/hooks'
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
  { id: 'system', label: 'As the system', icon: 'system' },
  { id: 'light', label: 'Light', icon: 'sun' },
  { id: 'dark', label: 'Dark', icon: 'moon' },
  { id: 'night', label: 'Night vision', icon: 'night' },
] as const

export interface SidebarProps {
  teamId: string
  theme: string
  onTheme: (theme: string) => void
  onLogout: () => void
  onShortcuts: () => void
  onSwitch: () => void
  onGo: () => void
}

type Asking = '' | 'create' | 'browse' | 'direct' | 'invite' | 'teams' | 'team'

export function Sidebar(p: SidebarProps) {
  const shell = useShell()
  const store = useStore()
  const [asking, ask] = useState<Asking>('')
  const groups = useComputed(() => sidebar(store, p.teamId))
  const team = store.teams.value.get(p.teamId)
  const me = store.me.value
  const menu: MenuItem[] = [
    { kind: 'head', id: 'h', label: 'Appearance' },
    ...THEMES.map(t => ({ ...t, checked: p.theme === t.id })),
    { kind: 'line', id: 'l' },
    { id: 'account', label: 'Account and security', icon: 'shield' },
    ...(managesIntegrations(shell.client.permissions.in(p.teamId).value)
      ? ([{ id: 'integrations', label: 'Integrations', icon: 'plug' }] as const)
      : []),
    { id: 'keys', label: 'Keyboard shortcuts', icon: 'keyboard', hint: 'Ctrl /' },
    ...(isAdmin(me) ? ([{ id: 'console', label: 'Administration', icon: 'console' }] as const) : []),
    { id: 'out', label: 'Log out', icon: 'out' },
  ]
  const may = shell.client.permissions.in(p.teamId).value
  const teamMenu: MenuItem[] = [
    ...(may.has('invite_user') ? ([{ id: 'invite', label: 'Invite people…', icon: 'user' }] as const) : []),
    { id: 'teams', label: 'Join another team…', icon: 'people' },
    ...(may.has('create_team') ? ([{ id: 'team', label: 'Create a team…', icon: 'plus' }] as const) : []),
    { kind: 'line', id: 'l' },
    { id: 'leave', label: 'Leave team', icon: 'out', bad: true },
  ]
  return (
    <nav class="side" aria-label="Teams and channels">
      {store.teams.value.size > 1 && <Rail teamId={p.teamId} />}
      <div class="nav">
        <header>
          <h2 class="cut">{team?.display_name ?? ''}</h2>
          {team && (
            <Menu
              label={`Team menu of ${team.display_name}`}
              class="ibtn small"
              items={teamMenu}
              onPick={id => (id === 'leave' ? leaveTeam(shell, team) : ask(id as Asking))}
            >
              <Icon name="chevron" />
            </Menu>
          )}
          <span class="grow" />
          <Menu
            label="Add"
            items={[
              { id: 'browse', label: 'Browse channels', icon: 'search' },
              { id: 'create', label: 'New channel', icon: 'hash' },
              { id: 'direct', label: 'New direct message', icon: 'edit' },
            ]}
            onPick={x => ask(x as 'create' | 'browse' | 'direct')}
          >
            <Icon name="plus" />
          </Menu>
        </header>
        <div class="find">
          <button type="button" class="jump grow" onClick={p.onSwitch}>
            <Icon name="search" />
            <span class="grow">Find</span>
            <kbd>Ctrl K</kbd>
          </button>
          <IconButton
            icon="filter"
            label="Only unread"
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
            label="Settings"
            items={menu}
            onPick={x => {
              if (x === 'out') p.onLogout()
              else if (x === 'keys') p.onShortcuts()
              else if (x === 'account') shell.go('/account_settings')
              else if (x === 'integrations') shell.go(`/${shell.team()}/integrations`)
              else if (x === 'console') shell.go('/admin_console/links')
              else p.onTheme(x)
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
