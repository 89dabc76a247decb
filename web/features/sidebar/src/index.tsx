import type { Channel, User } from '@fieldpost/api'
import {
  type Action,
  channelPath,
  displayName,
  draftPlaces,
  type SidebarGroup,
  type SidebarItem,
  sidebar,
  slug,
  teamBadge,
} from '@fieldpost/core'
import { explain, keysText, type Shell, SiteMark, useShell, useStore } from '@fieldpost/parts'
import {
  Avatar,
  Badge,
  Button,
  Dialog,
  Field,
  Icon,
  IconButton,
  type IconName,
  Menu,
  type MenuItem,
  type Presence,
} from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useComputed } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
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
          <Avatar name={item.title} seed={item.mate} size="1.35rem" presence={presence} />
        ) : (
          <Icon name={item.channel.type === 'P' ? 'lock' : item.channel.type === 'G' ? 'people' : 'hash'} />
        )}
        <span class="grow cut">{item.title}</span>
        {item.mate && <SiteMark user={store.user(item.mate).value} />}
        {item.unread && <span class="vh">, {t('side.unread')}</span>}
        {draft && !current && (
          <span class="draft" title={t('side.draft')}>
            <Icon name="edit" />
          </span>
        )}
        <Badge count={item.mentions} label={t('side.mentions', { count: item.mentions })} />
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
    { page: 'threads', title: t('side.threads'), icon: 'threads', unread: news.threads > 0, note: '' },
    ...(drafts > 0
      ? [
          {
            page: 'drafts',
            title: t('side.drafts'),
            icon: 'pen',
            unread: false,
            note: String(drafts),
          } as const,
        ]
      : []),
    ...(planned > 0
      ? [
          {
            page: 'scheduled_posts',
            title: t('side.scheduled'),
            icon: 'calendar',
            unread: false,
            note: String(planned),
          } as const,
        ]
      : []),
  ] as const
  return (
    <ul class="shelf" aria-label={t('side.lists')}>
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
              {x.unread && <span class="vh">, {t('side.unread')}</span>}
              {x.note && <small>{x.note}</small>}
              {x.page === 'threads' && (
                <Badge count={news.mentions} label={t('side.threadMentions', { count: news.mentions })} />
              )}
            </a>
          </li>
        )
      })}
    </ul>
  )
}

const THEMES = [
  { id: 'system', icon: 'system' },
  { id: 'light', icon: 'sun' },
  { id: 'dark', icon: 'moon' },
  { id: 'night', icon: 'night' },
  { id: 'contrast', icon: 'contrast' },
] as const

/** The two kinds that are always there are called by the reader's language; others have names of their own. */
const titleOf = (g: SidebarGroup): string =>
  g.key === 'channels'
    ? t('side.channels')
    : g.key === 'direct'
      ? t('side.directs')
      : (g as SidebarGroup).title

type Asked = 'create' | 'browse' | 'direct'

/** What the sidebar can be asked for. */
const asks = (ask: (what: Asked) => void): Action[] => [
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
]

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
  useEffect(() => shell.actions.add(asks(ask)), [shell])
  const groups = useComputed(() => sidebar(store, p.teamId))
  const teams = [...store.teams.value.values()]
  const team = store.teams.value.get(p.teamId)
  const me = store.me.value
  const link = store.link.value
  const menu: MenuItem[] = [
    { kind: 'head', id: 'h', label: t('side.appearance') },
    ...THEMES.map(x => ({
      id: `theme-${x.id}`,
      label: t(`look.${x.id}`),
      icon: x.icon,
      checked: shell.look.theme() === x.id,
    })),
    ...entry(shell, 'display', 'eye'),
    { kind: 'line', id: 'l' },
    ...entry(shell, 'account', 'shield'),
    ...entry(shell, 'integrations', 'plug'),
    ...entry(shell, 'keys', 'keyboard'),
    ...entry(shell, 'console', 'console'),
    ...entry(shell, 'log-out', 'out'),
  ]
  return (
    <nav class="side" aria-label={t('side.label')}>
      {teams.length > 1 && (
        <div class="rail">
          {teams.map(x => {
            const b = teamBadge(store, x.id)
            const news =
              b.mentions > 0 ? t('side.mentions', { count: b.mentions }) : b.unread ? t('side.unread') : ''
            return (
              <a
                key={x.id}
                href={`/${x.name}`}
                title={x.display_name}
                aria-current={x.id === p.teamId}
                onClick={e => {
                  e.preventDefault()
                  shell.go(`/${x.name}`)
                }}
              >
                <Avatar name={x.display_name} seed={x.id} size="2.4rem" />
                <span class="vh">
                  {news && b.mentions === 0 ? `${x.display_name}, ${news}` : x.display_name}
                </span>
                {b.mentions > 0 ? (
                  <Badge count={b.mentions} label={news} />
                ) : b.unread && x.id !== p.teamId ? (
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
        <button type="button" class="jump" onClick={() => shell.actions.run('find')}>
          <Icon name="search" />
          <span class="grow">{t('side.find')}</span>
          <kbd>{keysText(shell.actions.get('find'))}</kbd>
        </button>
        <Shelf teamId={p.teamId} onGo={p.onGo} />
        <div class="groups scroll">
          {groups.value.map(g => (
            <section class="group" key={g.key}>
              <header>
                <h3>{titleOf(g)}</h3>
                <IconButton
                  small
                  icon="plus"
                  label={g.key === 'direct' ? t('side.newDirect') : t('side.newChannel')}
                  onClick={() => ask(g.key === 'direct' ? 'direct' : 'create')}
                />
              </header>
              <ul>
                {g.items.map(item => (
                  <Item key={item.id} item={item} onGo={p.onGo} />
                ))}
              </ul>
              {g.items.length === 0 && (
                <p class="quiet-hint">{g.key === 'direct' ? t('side.noDirects') : t('side.noChannels')}</p>
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
              {link === 'online'
                ? t('side.connected')
                : link === 'connecting'
                  ? t('side.connecting')
                  : t('side.offline')}
            </small>
          </span>
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
    <Dialog title={t('side.newChannel')} onClose={onClose}>
      <form
        style={{ display: 'grid', gap: 'var(--s4)' }}
        onSubmit={e => {
          e.preventDefault()
          void create()
        }}
      >
        <Field label={t('side.name')} name="channel" autoFocus value={name} onInput={setName} wrong={wrong} />
        <label style={{ display: 'flex', gap: 'var(--s2)', alignItems: 'center' }}>
          <input
            type="checkbox"
            style={{ accentColor: 'var(--accent)', width: '1.1rem', height: '1.1rem' }}
            checked={type === 'P'}
            onChange={e => setType(e.currentTarget.checked ? 'P' : 'O')}
          />
          {t('side.private')}
        </label>
        <footer>
          <Button look="quiet" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" look="primary" disabled={slug(name).length < 1}>
            {t('side.createChannel')}
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
    <Dialog title={t('side.browse')} onClose={onClose}>
      {wrong && <p role="alert">{wrong}</p>}
      {!list && !wrong && <span class="spin" />}
      <div class="switcher">
        {list?.map(c => (
          <div key={c.id} style={{ display: 'flex', alignItems: 'center', gap: 'var(--s3)' }}>
            <Icon name="hash" />
            <span class="grow cut">
              {c.display_name} <small>{c.purpose}</small>
            </span>
            <Button onClick={() => void join(c)}>
              {store.channels.value.has(c.id) ? t('side.open') : t('entry.join')}
            </Button>
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
    <Dialog title={t('side.newDirect')} onClose={onClose}>
      <form
        class="switcher"
        onSubmit={e => {
          e.preventDefault()
          void byName()
        }}
      >
        <Field
          label={t('side.to')}
          name="to"
          autoFocus
          value={text}
          onInput={setText}
          wrong={wrong}
          hint={t('side.toHint')}
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
              <Avatar name={displayName(u)} seed={u.id} size="1.6rem" />
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
  const commands = () => {
    onClose()
    shell.actions.run('palette')
  }
  return (
    <Dialog title={t('side.finder')} onClose={onClose}>
      <div class="switcher">
        <input
          class="input"
          role="combobox"
          aria-label={t('side.find')}
          aria-expanded="true"
          aria-controls="switcher-list"
          aria-activedescendant={found[at] ? `sw-${found[at].id}` : undefined}
          autofocus
          value={text}
          onInput={e => {
            if (e.currentTarget.value.trim() === '>') return commands()
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
        <div id="switcher-list" role="listbox" aria-label={t('side.found')} class="scroll" tabIndex={-1}>
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
                <Avatar name={i.title} seed={i.mate} size="1.4rem" />
              ) : (
                <Icon name={i.channel.type === 'P' ? 'lock' : 'hash'} />
              )}
              <span class="grow cut">{i.title}</span>
              {i.mate && <SiteMark user={store.user(i.mate).value} />}
              <Badge count={i.mentions} label={t('side.mentions', { count: i.mentions })} />
            </div>
          ))}
        </div>
        {found.length === 0 && <p>{t('side.nothing')}</p>}
        <small>{t('side.commandsHint')}</small>
      </div>
    </Dialog>
  )
}
