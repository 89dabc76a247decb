/** The administration: a frame with a page for each subject, as far as the reader may open them. */
import { AdminRest } from '@fieldpost/api'
import { type AdminPage, administers, adminPlace, mayOpen } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { Button, Icon, type IconName } from '@fieldpost/ui'
import type { ComponentType } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { Activity } from './activity.tsx'
import { OneChannel } from './channel.tsx'
import { Channels } from './channels.tsx'
import { DeskProvider, Go, useAsked, Waiting } from './desk.tsx'
import { Overview } from './overview.tsx'
import { Roles } from './roles.tsx'
import { Settings } from './settings.tsx'
import { OneTeam } from './team.tsx'
import { Teams } from './teams.tsx'
import { OneUser } from './user.tsx'
import { Users } from './users.tsx'
import { t } from './words.ts'
import './console.css'

export { ready } from './words.ts'

interface Entry {
  page: AdminPage
  icon: IconName
  Body: ComponentType
  /** One of what the page lists. */
  One?: ComponentType<{ id: string }>
}

const ENTRIES: readonly Entry[] = [
  { page: 'overview', icon: 'info', Body: Overview },
  { page: 'users', icon: 'user', Body: Users, One: OneUser },
  { page: 'teams', icon: 'people', Body: Teams, One: OneTeam },
  { page: 'channels', icon: 'hash', Body: Channels, One: OneChannel },
  { page: 'roles', icon: 'key', Body: Roles },
  { page: 'activity', icon: 'shield', Body: Activity },
  { page: 'settings', icon: 'console', Body: Settings },
]

function Closed({ title, text }: { title: string; text: string }) {
  const shell = useShell()
  return (
    <div class="empty" role="status">
      <Icon name="lock" />
      <h1>{title}</h1>
      <p>{text}</p>
      <Button look="primary" onClick={() => shell.go('/', true)}>
        {t('frame.leave')}
      </Button>
    </div>
  )
}

/** The page of links is another feature's. `path` is the address with what stands behind its question mark. */
export function Console({ path, Links }: { path: string; Links: ComponentType }) {
  const { client } = useShell()
  const store = useStore()
  const me = store.me.value
  const main = useRef<HTMLElement>(null)
  const nav = useRef<HTMLElement>(null)
  const rest = useMemo(() => new AdminRest(client.rest), [client])
  const allowed = useAsked(async () => {
    const roles = administers(me) ? await rest.rolesByName((me?.roles ?? '').split(' ').filter(Boolean)) : []
    return new Set(roles.flatMap(r => r.permissions ?? []))
  }, [me?.roles])
  const [place = '', asks = ''] = path.split('?')
  const { page, id } = adminPlace(place)
  // Another page begins at its top, as it would if it were loaded.
  useEffect(() => main.current?.scrollTo(0, 0), [page, id])
  // On a phone the pages stand in a line that is longer than the window.
  useEffect(() => {
    const show = () =>
      nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
    show()
    // A tablet is turned.
    addEventListener('resize', show)
    return () => removeEventListener('resize', show)
  }, [page, allowed.value])
  if (!administers(me))
    return (
      <main class="splash">
        <Closed title={t('frame.closed')} text={t('frame.closedText')} />
      </main>
    )
  const entries: readonly Entry[] = [...ENTRIES, { page: 'links', icon: 'sites', Body: Links }]
  const may = allowed.value ?? new Set<string>()
  const entry = entries.find(e => e.page === page)
  const One = entry?.One
  return (
    <div class="console">
      <nav aria-label={t('frame.title')} ref={nav}>
        <Go class="back" to="/">
          <Icon name="back" /> <span>{t('frame.conversations')}</span>
        </Go>
        <p class="title">{t('frame.title')}</p>
        <ul>
          {entries
            .filter(e => mayOpen(e.page, may))
            .map(e => (
              <li key={e.page}>
                <Go class="entry" to={`/admin/${e.page}`} current={e.page === page}>
                  <Icon name={e.icon} /> <span class="cut">{t(`page.${e.page}`)}</span>
                </Go>
              </li>
            ))}
        </ul>
      </nav>
      <main class="scroll" ref={main}>
        {store.link.value === 'offline' && (
          <p class="away" role="status">
            <Icon name="offline" /> {t('frame.away')}
          </p>
        )}
        {!allowed.value ? (
          <Waiting of={allowed} />
        ) : !entry || !mayOpen(entry.page, may) ? (
          <Closed title={t('frame.closed')} text={t('frame.notThis')} />
        ) : entry.page === 'links' ? (
          <Links />
        ) : (
          <DeskProvider value={{ rest, may, place, asks }}>
            <div class="desk">{One && id ? <One key={id} id={id} /> : <entry.Body key={entry.page} />}</div>
          </DeskProvider>
        )}
      </main>
    </div>
  )
}
