import {
  type Client,
  channelTitle,
  effect,
  type Shown,
  sidebar,
  waiting,
  waitingMark,
  waitingText,
} from '@fieldpost/core'
import { Confirm, FirstTeam, Forgotten, JoinTeam, NewPassword, SignIn, SignUp } from '@fieldpost/entry'
import { later, loadEmoji, type Shell, ShellProvider } from '@fieldpost/parts'
import { GroupCard, Profile } from '@fieldpost/profile'
import { Sidebar, Switcher } from '@fieldpost/sidebar'
import { Button, Dialog, Toasts } from '@fieldpost/ui'
import { signal, useComputed } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Route } from './address.ts'
import { badge } from './badge.ts'
import { follow } from './follow.ts'
import { notices } from './notices.ts'
import { Over } from './over.tsx'
import { Page, pageTitle } from './page.tsx'
import { Room } from './room.tsx'
import { go, panel, route, withPanel, withThread } from './router.ts'
import './app.css'

interface Question {
  title: string
  text: string
  action: string
  danger?: boolean
  answer: (yes: boolean) => void
}
interface When {
  title: string
  action: string
  soon?: boolean
  answer: (at: number | undefined) => void
}
const when = signal<When | undefined>(undefined)
const WhenDialog = later(() => import('./when.tsx'))
const InteractiveDialog = later(() => import('@fieldpost/dialogs'))
const viewing = signal<{ from: Shown; all?: readonly Shown[] | undefined } | undefined>(undefined)
const Viewer = later(() => import('@fieldpost/viewer'))

const Splash = () => (
  <div class="splash" role="status" aria-label="Loading">
    <span class="spin" />
  </div>
)
const Account = later(() => import('@fieldpost/account'), <Splash />)
const Consent = later(async () => ({ default: (await import('@fieldpost/account')).Consent }), <Splash />)

const NotificationSettings = later(async () => ({
  default: (await import('@fieldpost/notifications')).NotificationSettings,
}))
const status = signal<'' | 'saying' | 'quiet'>('')
const SayStatus = later(async () => ({ default: (await import('@fieldpost/account')).SayStatus }))
const AskQuiet = later(async () => ({ default: (await import('@fieldpost/account')).AskQuiet }))

type PickerProps = {
  anchor: Element
  onPick: (name: string) => void
  onClose: () => void
  onManage: () => void
}
const ownEmoji = signal(false)
const OwnEmoji = later(() => import('./own-emoji.tsx'))

const profile = signal<{ user: string; anchor: Element } | undefined>(undefined)
const group = signal<{ name: string; anchor: Element } | undefined>(undefined)
const moving = signal('')
const MoveThread = later(async () => ({ default: (await import('@fieldpost/channel')).MoveThread }))
const picking = signal<{ anchor: Element; onPick: (name: string) => void } | undefined>(undefined)
const Picker = signal<ComponentType<PickerProps> | undefined>(undefined)
const question = signal<Question | undefined>(undefined)
const Console = signal<ComponentType | undefined>(undefined)
const theme = signal(readTheme())

function readTheme(): string {
  return document.documentElement.dataset['theme'] ?? 'system'
}

function setTheme(t: string): void {
  theme.value = t
  if (t === 'system') {
    delete document.documentElement.dataset['theme']
    localStorage.removeItem('fieldpost.theme')
  } else {
    document.documentElement.dataset['theme'] = t
    localStorage.setItem('fieldpost.theme', t)
  }
}

const ask = (q: Omit<Question, 'answer'>): Promise<boolean> =>
  new Promise(resolve => {
    question.value = {
      ...q,
      answer: yes => {
        question.value = undefined
        resolve(yes)
      },
    }
  })

function makeShell(client: Client): Shell {
  const { store } = client
  const team = () =>
    'team' in route.value ? route.value.team : ([...store.teams.value.values()][0]?.name ?? '')
  const teamId = () => [...store.teams.value.values()].find(t => t.name === team())?.id ?? ''
  return {
    client,
    go,
    team,
    teamId,
    page: () => (route.value.at === 'page' ? route.value.page : ''),
    openThread: root => go(withThread(root)),
    closeThread: () => go(withThread('')),
    openPanel: name => go(withPanel(name)),
    showProfile: (user, anchor) => {
      profile.value = { user, anchor }
    },
    showGroup: (name, anchor) => {
      group.value = { name, anchor }
    },
    viewFile: (from, all) => {
      viewing.value = { from, all }
    },
    moveThread: root => {
      moving.value = root
    },
    pickEmoji: (anchor, onPick) => {
      picking.value = { anchor, onPick }
      if (!Picker.value)
        Promise.all([import('./emoji-picker.tsx'), loadEmoji()]).then(
          ([m]) => {
            Picker.value = m.default
          },
          () => {
            picking.value = undefined
            client.notice('The emoji could not be loaded.', 'error')
          },
        )
    },
    askWhen: q =>
      new Promise(resolve => {
        when.value = {
          ...q,
          answer: at => {
            when.value = undefined
            resolve(at)
          },
        }
      }),
    askStatus: what => {
      status.value = what
    },
    confirm: ask,
  }
}

const KEYS: [string, string][] = [
  ['Find a channel or person', 'Ctrl K'],
  ['Search messages', 'Ctrl Shift F'],
  ['Next / previous channel', 'Alt ↓ / ↑'],
  ['Next / previous unread channel', 'Alt Shift ↓ / ↑'],
  ['Send', 'Enter'],
  ['New line', 'Shift Enter'],
  ['Edit your last message', '↑'],
  ['Bold, italic, struck through', 'Ctrl B, Ctrl I, Ctrl Shift X'],
  ['Link, code, heading', 'Ctrl Alt K, C, H'],
  ['Numbered list, list, quote', 'Ctrl Shift 7, 8, 9'],
  ['Walk through messages', '↑ ↓ or J K'],
  ['Reply, react, edit the message in focus', 'R, +, E'],
  ['Close the thread or panel', 'Esc'],
  ['Move the channel in focus up or down', 'Ctrl Shift ↑ / ↓'],
  ['This list', 'Ctrl /'],
]

const threadOf = (r: Route): string => ('thread' in r ? r.thread : '')

function Inside({ client, shell }: { client: Client; shell: Shell }) {
  const { store } = client
  const [dialog, show] = useState<'' | 'keys' | 'switch'>('')
  const [drawer, setDrawer] = useState(false)
  const teamId = useComputed(() => shell.teamId()).value
  const dialogs = useRef(show)
  dialogs.current = show

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

  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      const mod = e.ctrlKey || e.metaKey
      if (mod && e.key.toLowerCase() === 'k') show(d => (d === 'switch' ? '' : 'switch'))
      else if (mod && e.shiftKey && e.key.toLowerCase() === 'f') go(`/${shell.team()}/search`)
      else if (mod && e.key === '/') show('keys')
      else if (e.altKey && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) {
        const items = sidebar(store, shell.teamId()).flatMap(g => g.items)
        const i = items.findIndex(x => x.id === store.current.peek())
        const by = e.key === 'ArrowDown' ? 1 : -1
        const n = items.length
        for (let k = 1; k <= n; k++) {
          const next = items[(i + by * k + n * k) % n]
          if (next && (!e.shiftKey || next.unread)) {
            go(next.path)
            break
          }
        }
      } else if (e.key === 'Escape' && (threadOf(route.peek()) || panel.peek())) shell.closeThread()
      else return
      e.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])

  const logout = async () => {
    const n = client.writing.unsent
    const sure =
      n === 0 ||
      (await ask({
        title: 'Log out before everything is sent?',
        text: `Not sent yet: ${waitingText(store.outbox.peek().length, store.deeds.peek())}. Logging out deletes everything this device keeps, in every tab, and that with it.`,
        action: 'Log out and delete',
        danger: true,
      }))
    if (!sure) return
    await client.logout()
    go('/login', true)
  }

  if (store.teams.value.size === 0 && store.link.value !== 'offline')
    return <FirstTeam client={client} go={go} onLogout={() => void logout()} />
  return (
    <div class="app">
      <div
        class={drawer ? 'drawer open' : 'drawer'}
        role="presentation"
        onClick={e => {
          if (e.target === e.currentTarget) setDrawer(false)
        }}
        onKeyDown={e => {
          if (e.key === 'Escape') setDrawer(false)
        }}
      >
        <Sidebar
          teamId={teamId}
          theme={theme.value}
          onTheme={setTheme}
          onLogout={() => void logout()}
          onShortcuts={() => show('keys')}
          onSwitch={() => show('switch')}
          onGo={() => setDrawer(false)}
        />
      </div>
      {route.value.at === 'page' ? (
        <Page client={client} shell={shell} onMenu={() => setDrawer(true)} />
      ) : (
        <Room client={client} shell={shell} onMenu={() => setDrawer(true)} />
      )}
      {dialog === 'switch' && <Switcher teamId={teamId} onClose={() => show('')} />}
      {dialog === 'keys' && (
        <Dialog title="Keyboard shortcuts" onClose={() => show('')}>
          <dl class="keys">
            {KEYS.map(([what, key]) => [
              <dt key={what}>{what}</dt>,
              <dd key={key}>
                <kbd>{key}</kbd>
              </dd>,
            ])}
          </dl>
        </Dialog>
      )}
    </div>
  )
}

/** The administration, which few people ever open, is loaded when it is asked for. */
function Administration({ client }: { client: Client }) {
  useEffect(() => {
    if (Console.value) return
    import('./console.tsx').then(
      m => {
        Console.value = m.default
      },
      () => {
        client.notice('The administration could not be loaded.', 'error')
        go('/', true)
      },
    )
  }, [client])
  const C = Console.value
  return C ? <C /> : <Splash />
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

function placeTitle(): string {
  const r = route.value
  if (r.at === 'console') return 'Administration'
  if (r.at === 'account') return 'Account'
  if (r.at === 'authorize') return 'Let an app in?'
  return r.at === 'page' ? pageTitle(r.page) : ''
}

export function App({ client }: { client: Client }) {
  const shell = useMemo(() => makeShell(client), [client])
  const { store } = client
  useEffect(() => follow(client), [client])
  useEffect(() => notices(client), [client])
  useEffect(() => {
    const handle = setInterval(() => client.presence.tick(), 15_000)
    return () => clearInterval(handle)
  }, [client])
  const settled = client.phase.value === 'ready' && store.link.value === 'online'
  useEffect(() => {
    if (settled) void client.self.tellZone(Intl.DateTimeFormat().resolvedOptions().timeZone)
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
  const q = question.value
  const p = profile.value
  const pick = picking.value
  const P = Picker.value
  const asked = client.dialogs.open.value
  return (
    <ShellProvider value={shell}>
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
        <Account page={route.value.at === 'account' ? route.value.page : 'security'}>
          <NotificationSettings />
        </Account>
      ) : (
        <Inside client={client} shell={shell} />
      )}
      {p && (
        <Profile key={p.user} user={p.user} anchor={p.anchor} onClose={() => (profile.value = undefined)} />
      )}
      {status.value === 'saying' && <SayStatus onClose={() => (status.value = '')} />}
      {status.value === 'quiet' && <AskQuiet onClose={() => (status.value = '')} />}
      {pick && P && (
        <Over anchor={pick.anchor} shell={shell}>
          <P
            anchor={pick.anchor}
            onPick={pick.onPick}
            onClose={() => (picking.value = undefined)}
            onManage={() => (ownEmoji.value = true)}
          />
        </Over>
      )}
      {group.value && (
        <GroupCard key={group.value.name} {...group.value} onClose={() => (group.value = undefined)} />
      )}
      {moving.value && (
        <MoveThread key={moving.value} root={moving.value} onClose={() => (moving.value = '')} />
      )}
      {viewing.value && client.phase.value === 'ready' && (
        <Viewer {...viewing.value} onClose={() => (viewing.value = undefined)} />
      )}
      {ownEmoji.value && <OwnEmoji onClose={() => (ownEmoji.value = false)} />}
      {when.value && <WhenDialog {...when.value} />}
      {asked && <InteractiveDialog key={asked.trigger_id} opened={asked} />}
      {q && (
        <Dialog title={q.title} onClose={() => q.answer(false)}>
          <p>{q.text}</p>
          <footer>
            <Button look="quiet" autofocus onClick={() => q.answer(false)}>
              Cancel
            </Button>
            <Button look={q.danger ? 'danger' : 'primary'} onClick={() => q.answer(true)}>
              {q.action}
            </Button>
          </footer>
        </Dialog>
      )}
      <Toasts items={client.notices.value} onDismiss={x => client.dismiss(x)} />
    </ShellProvider>
  )
}
