import type { Channel, User } from '@fieldpost/api'
import {
  channelPath,
  displayName,
  draftPlaces,
  isAdmin,
  managesIntegrations,
  type SidebarItem,
  sidebar,
  slug,
  teamBadge,
} from '@fieldpost/core'
import { explain, Face, SayingMark, SiteMark, useShell, useStore } from '@fieldpost/parts'
import {
  Avatar,
  Badge,
  Button,
  Dialog,
  Field,
  Icon,
  IconButton,
  Menu,
  type MenuItem,
  type Presence,
} from '@fieldpost/ui'
import { useComputed } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { Me } from './me.tsx'
import './sidebar.css'

function Item({ item, onGo }: { item: SidebarItem; onGo: () => void }) {
  const shell = useShell()
  const store = useStore()
  const current = useComputed(() => store.current.value === item.id).value
  const draft = useComputed(() => store.draft(item.id).value.trim() !== '').value
  const presence: Presence | undefined = item.mate ? store.status(item.mate).value : undefined
  return (
    <li>
      <a
        class={`chan${item.unread ? ' unread' : ''}${item.muted ? ' muted' : ''}`}
        href={item.path}
        aria-current={current ? 'page' : undefined}
        onClick={e => {
          if (e.ctrlKey || e.metaKey || e.shiftKey) return
          e.preventDefault()
          shell.go(item.path)
          onGo()
        }}
      >
        {item.mate ? (
          <Face user={item.mate} size="1.35rem" presence={presence} />
        ) : (
          <Icon name={item.channel.type === 'P' ? 'lock' : item.channel.type === 'G' ? 'people' : 'hash'} />
        )}
        <span class="grow cut">{item.title}</span>
        {item.mate && <SiteMark user={store.user(item.mate).value} />}
        {item.mate && <SayingMark user={store.user(item.mate).value} />}
        {item.muted && (
          <span class="draft" title="Muted">
            <Icon name="bellOff" />
            <span class="vh">, muted</span>
          </span>
        )}
        {item.unread && <span class="vh">, unread</span>}
        {draft && !current && (
          <span class="draft" title="Draft">
            <Icon name="edit" />
          </span>
        )}
        <Badge count={item.mentions} label={`${item.mentions} mentions`} />
      </a>
    </li>
  )
}

/** The lists above the channels; those that are empty are not there. */
function Shelf({ teamId, onGo }: { teamId: string; onGo: () => void }) {
  const shell = useShell()
  const store = useStore()
  const { threads, scheduled } = shell.client
  const news = threads.of(teamId).totals.value
  const drafts = useComputed(
    // What is being written right now is no draft yet.
    () => draftPlaces(store, teamId).filter(d => d.key !== store.current.value).length,
  ).value
  const planned = scheduled.items.value.length
  const entries = [
    { page: 'threads', title: 'Threads', icon: 'threads', unread: news.threads > 0, note: '' },
    ...(drafts > 0
      ? [{ page: 'drafts', title: 'Drafts', icon: 'pen', unread: false, note: String(drafts) } as const]
      : []),
    ...(planned > 0
      ? [
          {
            page: 'scheduled_posts',
            title: 'Scheduled',
            icon: 'calendar',
            unread: false,
            note: String(planned),
          } as const,
        ]
      : []),
  ] as const
  return (
    <ul class="shelf" aria-label="Lists">
      {entries.map(x => {
        const path = `/${shell.team()}/${x.page}`
        return (
          <li key={x.page}>
            <a
              class={x.unread ? 'chan unread' : 'chan'}
              href={path}
              aria-current={shell.page() === x.page ? 'page' : undefined}
              onClick={e => {
                if (e.ctrlKey || e.metaKey || e.shiftKey) return
                e.preventDefault()
                shell.go(path)
                onGo()
              }}
            >
              <Icon name={x.icon} />
              <span class="grow cut">{x.title}</span>
              {x.unread && <span class="vh">, unread</span>}
              {x.note && <small>{x.note}</small>}
              {x.page === 'threads' && (
                <Badge count={news.mentions} label={`${news.mentions} mentions in threads`} />
              )}
            </a>
          </li>
        )
      })}
    </ul>
  )
}

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
  const teams = [...store.teams.value.values()]
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
  return (
    <nav class="side" aria-label="Teams and channels">
      {teams.length > 1 && (
        <div class="rail">
          {teams.map(t => {
            const b = teamBadge(store, t.id)
            return (
              <a
                key={t.id}
                href={`/${t.name}`}
                title={t.display_name}
                aria-label={`${t.display_name}${b.mentions > 0 ? `, ${b.mentions} mentions` : b.unread ? ', unread' : ''}`}
                aria-current={t.id === p.teamId}
                onClick={e => {
                  e.preventDefault()
                  shell.go(`/${t.name}`)
                }}
              >
                <Avatar name={t.display_name} seed={t.id} size="2.4rem" />
                {b.mentions > 0 ? (
                  <Badge count={b.mentions} label="mentions" />
                ) : b.unread && t.id !== p.teamId ? (
                  <i class="dot" />
                ) : null}
              </a>
            )
          })}
        </div>
      )}
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
    </nav>
  )
}

function CreateChannel({ teamId, onClose }: { teamId: string; onClose: () => void }) {
  const shell = useShell()
  const [name, setName] = useState('')
  const [type, setType] = useState<'O' | 'P'>('O')
  const [wrong, setWrong] = useState('')
  const create = async () => {
    try {
      const c = await shell.client.places.createChannel(teamId, name.trim(), slug(name), type)
      onClose()
      shell.go(`/${shell.team()}/channels/${c.name}`)
    } catch (e) {
      setWrong(explain(e))
    }
  }
  return (
    <Dialog title="New channel" onClose={onClose}>
      <form
        style={{ display: 'grid', gap: 'var(--s4)' }}
        onSubmit={e => {
          e.preventDefault()
          void create()
        }}
      >
        <Field label="Name" name="channel" autoFocus value={name} onInput={setName} wrong={wrong} />
        <label style={{ display: 'flex', gap: 'var(--s2)', alignItems: 'center' }}>
          <input
            type="checkbox"
            style={{ accentColor: 'var(--accent)', width: '1.1rem', height: '1.1rem' }}
            checked={type === 'P'}
            onChange={e => setType(e.currentTarget.checked ? 'P' : 'O')}
          />
          Private: only people who are added see it
        </label>
        <footer>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" disabled={slug(name).length < 1}>
            Create channel
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}

function Browse({ teamId, onClose }: { teamId: string; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const [list, setList] = useState<readonly Channel[] | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  useEffect(() => {
    shell.client.rest.publicChannels(teamId).then(setList, (e: unknown) => setWrong(explain(e)))
  }, [])
  const join = async (c: Channel) => {
    try {
      if (!store.channels.peek().has(c.id)) await shell.client.places.joinChannel(c.id)
      onClose()
      shell.go(`/${shell.team()}/channels/${c.name}`)
    } catch (e) {
      setWrong(explain(e))
    }
  }
  return (
    <Dialog title="Browse channels" onClose={onClose}>
      {wrong && <p role="alert">{wrong}</p>}
      {!list && !wrong && <span class="spin" />}
      <div class="switcher">
        {list?.map(c => (
          <div key={c.id} style={{ display: 'flex', alignItems: 'center', gap: 'var(--s3)' }}>
            <Icon name="hash" />
            <span class="grow cut">
              {c.display_name} <small>{c.purpose}</small>
            </span>
            <Button onClick={() => void join(c)}>{store.channels.value.has(c.id) ? 'Open' : 'Join'}</Button>
          </div>
        ))}
      </div>
    </Dialog>
  )
}

function NewDirect({ teamId, onClose }: { teamId: string; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const [text, setText] = useState('')
  const [people, setPeople] = useState<readonly User[]>(store.knownUsers())
  const [wrong, setWrong] = useState('')
  useEffect(() => {
    shell.client.rest.users({ in_team: teamId, per_page: 200 }).then(
      list => {
        store.putUsers(list)
        setPeople(list)
      },
      () => {},
    )
  }, [])
  const q = text.trim().replace(/^@/, '').toLowerCase()
  const found = people
    .filter(u => u.delete_at === 0 && `${u.username} ${displayName(u)}`.toLowerCase().includes(q))
    .slice(0, 30)
  const write = async (u: User) => {
    try {
      const c = await shell.client.places.openDirect(u.id)
      onClose()
      shell.go(channelPath(store, shell.team(), c))
    } catch (e) {
      setWrong(explain(e))
    }
  }
  const byName = async () => {
    const known = found[0]
    if (known) return write(known)
    try {
      const u = await shell.client.rest.userByName(q)
      store.putUsers([u])
      await write(u)
    } catch (e) {
      setWrong(explain(e))
    }
  }
  return (
    <Dialog title="New direct message" onClose={onClose}>
      <form
        class="switcher"
        onSubmit={e => {
          e.preventDefault()
          void byName()
        }}
      >
        <Field
          label="To"
          name="to"
          autoFocus
          value={text}
          onInput={setText}
          wrong={wrong}
          hint="Type a name and press Enter"
        />
        <div class="scroll" style={{ maxBlockSize: '18rem' }}>
          {found.map(u => (
            <button
              key={u.id}
              type="button"
              class="chan"
              style={{ inlineSize: '100%' }}
              onClick={() => void write(u)}
            >
              <Face user={u.id} size="1.6rem" />
              <span class="grow cut">
                {displayName(u)} <small>@{u.username}</small>
              </span>
              <SiteMark user={u} />
            </button>
          ))}
        </div>
      </form>
    </Dialog>
  )
}

/** Ctrl K: everything that can be opened, by typing. */
export function Switcher({ teamId, onClose }: { teamId: string; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const q = text.trim().toLowerCase()
  const items = sidebar(store, teamId).flatMap(g => g.items)
  const found = items
    .filter(i => `${i.title} ${i.channel.name}`.toLowerCase().includes(q))
    .sort((a, b) => Number(b.unread) - Number(a.unread) || b.channel.last_post_at - a.channel.last_post_at)
    .slice(0, 12)
  const open = (i: SidebarItem | undefined) => {
    if (!i) return
    onClose()
    shell.go(i.path)
  }
  return (
    <Dialog title="Find a channel or person" onClose={onClose}>
      <div class="switcher">
        <input
          class="input"
          role="combobox"
          aria-label="Find"
          aria-expanded="true"
          aria-controls="switcher-list"
          aria-activedescendant={found[at] ? `sw-${found[at].id}` : undefined}
          autofocus
          value={text}
          onInput={e => {
            setText(e.currentTarget.value)
            setAt(0)
          }}
          onKeyDown={e => {
            if (e.key === 'ArrowDown') setAt(Math.min(found.length - 1, at + 1))
            else if (e.key === 'ArrowUp') setAt(Math.max(0, at - 1))
            else if (e.key === 'Enter') open(found[at])
            else return
            e.preventDefault()
          }}
        />
        <div id="switcher-list" role="listbox" aria-label="Found" class="scroll" tabIndex={-1}>
          {found.map((i, k) => (
            <div
              key={i.id}
              id={`sw-${i.id}`}
              role="option"
              aria-selected={k === at}
              tabIndex={-1}
              onClick={() => open(i)}
              onKeyDown={() => {}}
            >
              {i.mate ? (
                <Face user={i.mate} size="1.4rem" />
              ) : (
                <Icon name={i.channel.type === 'P' ? 'lock' : 'hash'} />
              )}
              <span class="grow cut">{i.title}</span>
              {i.mate && <SiteMark user={store.user(i.mate).value} />}
              <Badge count={i.mentions} label={`${i.mentions} mentions`} />
            </div>
          ))}
        </div>
        {found.length === 0 && <p>Nothing by that name.</p>}
      </div>
    </Dialog>
  )
}
