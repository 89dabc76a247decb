import { displayName, isAdmin, managesIntegrations, sidebar } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { Avatar, Icon, IconButton, Menu, type MenuItem } from '@fieldpost/ui'
import { useComputed } from '@preact/signals'
import { useState } from 'preact/hooks'
import { Browse } from './browse.tsx'
import { CreateChannel } from './create.tsx'
import { NewDirect } from './direct.tsx'
import { Item } from './item.tsx'
import { Rail } from './rail.tsx'
import { Shelf } from './shelf.tsx'
import './sidebar.css'

export { Switcher } from './switcher.tsx'

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

export function Sidebar(p: SidebarProps) {
  const shell = useShell()
  const store = useStore()
  const [asking, ask] = useState<'' | 'create' | 'browse' | 'direct'>('')
  const groups = useComputed(() => sidebar(store, p.teamId))
  const team = store.teams.value.get(p.teamId)
  const me = store.me.value
  const link = store.link.value
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
  return (
    <nav class="side" aria-label="Teams and channels">
      {store.teams.value.size > 1 && <Rail teamId={p.teamId} />}
      <div class="nav">
        <header>
          <h2 class="grow cut">{team?.display_name ?? ''}</h2>
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
        <button type="button" class="jump" onClick={p.onSwitch}>
          <Icon name="search" />
          <span class="grow">Find</span>
          <kbd>Ctrl K</kbd>
        </button>
        <Shelf teamId={p.teamId} onGo={p.onGo} />
        <div class="groups scroll">
          {groups.value.map(g => (
            <section class="group" key={g.key}>
              <header>
                <h3>{g.title}</h3>
                <IconButton
                  small
                  icon="plus"
                  label={g.key === 'direct' ? 'New direct message' : 'New channel'}
                  onClick={() => ask(g.key === 'direct' ? 'direct' : 'create')}
                />
              </header>
              <ul>
                {g.items.map(item => (
                  <Item key={item.id} item={item} onGo={p.onGo} />
                ))}
              </ul>
              {g.items.length === 0 && (
                <p class="quiet-hint">
                  {g.key === 'direct' ? 'Write to somebody with +' : 'No channels yet'}
                </p>
              )}
            </section>
          ))}
        </div>
        <div class="meline">
          <Avatar
            name={displayName(me)}
            seed={me?.id ?? ''}
            size="2rem"
            presence={link === 'online' ? 'online' : 'offline'}
          />
          <span class="grow cut">
            <b class="cut">{displayName(me)}</b>
            <small>
              {link === 'online' ? 'Connected' : link === 'connecting' ? 'Connecting…' : 'Offline'}
            </small>
          </span>
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
    </nav>
  )
}
