import {
  type Client,
  channelTitle,
  deviceZone,
  effect,
  waiting,
  waitingMark,
  waitingText,
} from '@fieldpost/core'
import { Confirm, FirstTeam, Forgotten, JoinTeam, NewPassword, SignIn, SignUp } from '@fieldpost/entry'
import { later, type Shell, ShellProvider } from '@fieldpost/parts'
import { Sidebar } from '@fieldpost/sidebar'
import { setHome, Toasts } from '@fieldpost/ui'
import { type Key, t } from '@fieldpost/words'
import { signal, useComputed } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks'
import { actionsOf, listen, teamActions } from './actions/index.ts'
import type { AccountPage } from './address.ts'
import { Asked, ask } from './asked.tsx'
import { badge } from './badge.ts'
import { Banners } from './banner.tsx'
import { follow } from './follow.ts'
import { dress } from './look.ts'
import { notices } from './notices.ts'
import { Page, pageTitle } from './page.tsx'
import { home, keepFocus } from './regions.ts'
import { Room } from './room.tsx'
import { go, route } from './router.ts'
import { makeShell } from './shell.ts'
import './app.css'
import './banner.css'

const Splash = () => (
  <div class="splash" role="status" aria-label={t('common.loading')}>
    <span class="spin" />
  </div>
)
const Account = later(() => import('@fieldpost/account'), <Splash />)
const Consent = later(async () => ({ default: (await import('@fieldpost/account')).Consent }), <Splash />)
const NotificationSettings = later(async () => ({
  default: (await import('@fieldpost/notifications')).NotificationSettings,
}))
const Display = later(() => import('@fieldpost/display'))
const Habits = later(async () => ({ default: (await import('@fieldpost/display')).Habits }))
const Console = signal<ComponentType<{ path: string }> | undefined>(undefined)

async function logOut(client: Client): Promise<void> {
  const n = client.writing.unsent
  const sure =
    n === 0 ||
    (await ask({
      title: t('wait.logOutTitle'),
      text: t('wait.logOutText', {
        what: waitingText(client.store.outbox.peek().length, client.store.deeds.peek()),
      }),
      action: t('wait.logOutAct'),
      danger: true,
    }))
  if (!sure) return
  await client.logout()
  go('/login', true)
}

setHome(home)

function Inside({ client, shell }: { client: Client; shell: Shell }) {
  const { store } = client
  const [drawer, setDrawer] = useState(false)
  const teamId = useComputed(() => shell.teamId()).value

  const online = store.link.value === 'online'
  useEffect(() => {
    if (!teamId) return
    void client.categories.load(teamId)
    void client.saved.load()
    if (!online) return
    void client.threads.count(teamId)
    void client.scheduled.load(teamId)
    void client.permissions.load(teamId)
    void client.saved.load()
  }, [client, teamId, online])

  if (store.teams.value.size === 0 && store.link.value !== 'offline')
    return <FirstTeam client={client} go={go} onLogout={() => void logOut(client)} />
  return (
    <div class="app">
      <div
        class={drawer ? 'drawer open' : 'drawer'}
        role="presentation"
        onClick={e => {
          if (e.target === e.currentTarget) setDrawer(false)
        }}
        onKeyDown={e => {
          if (e.key !== 'Escape' || !drawer) return
          e.preventDefault()
          setDrawer(false)
        }}
      >
        <Sidebar teamId={teamId} onGo={() => setDrawer(false)} />
      </div>
      {route.value.at === 'page' ? (
        <Page client={client} shell={shell} onMenu={() => setDrawer(true)} />
      ) : (
        <Room client={client} shell={shell} onMenu={() => setDrawer(true)} />
      )}
    </div>
  )
}

/** The administration, which few people ever open, is loaded when it is asked for. */
function Administration({ client }: { client: Client }) {
  useEffect(() => {
    if (Console.value) return
    import('./console.tsx').then(
      async m => {
        await m.ready()
        Console.value = m.default
      },
      () => {
        client.notice(t('app.consoleFailed'), 'error')
        go('/', true)
      },
    )
  }, [client])
  const C = Console.value
  const r = route.value
  return C && r.at === 'console' ? <C path={r.path} /> : <Splash />
}

/** Where somebody is who is not signed in. */
function Outside({ client }: { client: Client }) {
  const r = route.value
  if (r.at === 'signup') return <SignUp client={client} go={go} />
  if (r.at === 'invited') return <SignUp key={r.token} client={client} go={go} invitation={r} />
  if (r.at === 'forgotten') return <Forgotten client={client} go={go} />
  return <SignIn client={client} go={go} />
}

/** Where the link of a mail leads, whether somebody is signed in or not. */
function FromMail({ client }: { client: Client }) {
  const r = route.value
  if (r.at === 'reset') return <NewPassword key={r.token} client={client} go={go} token={r.token} />
  if (r.at === 'verify')
    return <Confirm key={r.token} client={client} go={go} token={r.token} email={r.email} />
  return r.at === 'invited' ? <JoinTeam client={client} go={go} invitation={r} /> : null
}

const ACCOUNT_TITLES = {
  profile: 'account.profile',
  notifications: 'me.notifications',
  display: 'look.title',
  reading: 'habit.title',
  security: 'do.account',
} as const satisfies Record<AccountPage, Key>

function placeTitle(): string {
  const r = route.value
  if (r.at === 'console') return t('do.console')
  if (r.at === 'account') return t(ACCOUNT_TITLES[r.page])
  if (r.at === 'authorize') return t('app.letIn')
  return r.at === 'page' ? pageTitle(r.page) : ''
}

export function App({ client }: { client: Client }) {
  const shell = useMemo(() => makeShell(client), [client])
  const { store } = client
  useEffect(() => follow(client), [client])
  useEffect(() => dress(client), [client])
  const ready = client.phase.value === 'ready' && !client.mustSetUp.value
  // Before anything is painted: what can be seen can be done by keyboard, too.
  useLayoutEffect(() => {
    if (!ready) return
    const stop = [
      shell.actions.add(actionsOf(client, shell, () => void logOut(client))),
      shell.actions.add(teamActions(client, shell)),
      listen(shell),
      keepFocus(),
    ]
    return () => stop.map(f => f())
  }, [client, ready])
  useEffect(() => notices(client), [client])
  useEffect(() => {
    const handle = setInterval(() => client.presence.tick(), 15_000)
    return () => clearInterval(handle)
  }, [client])
  const settled = client.phase.value === 'ready' && store.link.value === 'online'
  useEffect(() => {
    if (settled) void client.self.tellZone(deviceZone())
  }, [client, settled])
  useEffect(
    () =>
      effect(() => {
        const c = store.channels.value.get(store.current.value)
        const ready = client.phase.value === 'ready'
        const w = waiting(store)
        badge(w)
        const at = placeTitle() || (c && channelTitle(store, c))
        const place = ready && at ? `${at} · ` : ''
        document.title = `${waitingMark(w)}${place}${store.config.value['SiteName'] || 'Fieldpost'}`
      }),
    [client],
  )
  const page = route.value.at === 'account' ? route.value.page : 'security'
  return (
    <ShellProvider value={shell}>
      <Banners client={client} />
      {client.phase.value === 'starting' ? (
        <Splash />
      ) : route.value.at === 'reset' || route.value.at === 'verify' ? (
        <FromMail client={client} />
      ) : client.phase.value === 'signed-out' ? (
        <Outside client={client} />
      ) : route.value.at === 'invited' ? (
        <FromMail client={client} />
      ) : route.value.at === 'console' && !client.mustSetUp.value ? (
        <Administration client={client} />
      ) : route.value.at === 'authorize' && !client.mustSetUp.value ? (
        <Consent search={route.value.search} />
      ) : route.value.at === 'account' || client.mustSetUp.value ? (
        <Account page={page}>
          {page === 'display' ? <Display /> : page === 'reading' ? <Habits /> : <NotificationSettings />}
        </Account>
      ) : (
        <Inside client={client} shell={shell} />
      )}
      <Asked client={client} shell={shell} ready={ready} />
      <Toasts items={client.notices.value} onDismiss={x => client.dismiss(x)} />
    </ShellProvider>
  )
}
