import { ApiError, type Team } from '@fieldpost/api'
import { type Client, slug } from '@fieldpost/core'
import { explain } from '@fieldpost/parts'
import { Avatar, Button, Field } from '@fieldpost/ui'
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import './entry.css'

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--accent)" />
      <path
        d="M11 25V7M11 8h11l-3 4 3 4H11"
        fill="none"
        stroke="var(--on-accent)"
        stroke-width="2.600"
        stroke-linejoin="round"
        stroke-linecap="round"
      />
    </svg>
  )
}

function Door({
  client,
  title,
  lead,
  children,
  foot,
}: {
  client: Client
  title: string
  lead?: string
  children: ComponentChildren
  foot?: ComponentChildren
}) {
  return (
    <div class="door">
      <main>
        <div class="mark">
          <Logo /> {client.store.config.value['SiteName'] || 'Fieldpost'}
        </div>
        <div class="card">
          <h1>{title}</h1>
          {lead && <p class="lead">{lead}</p>}
          {client.store.link.value === 'offline' && (
            <p class="note" role="status">
              The server does not answer. Signing in needs it; this page will keep working when it is back.
            </p>
          )}
          {children}
        </div>
        {foot && <div class="foot">{foot}</div>}
      </main>
    </div>
  )
}

function useTask(): [boolean, string, (f: () => Promise<void>) => void] {
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState('')
  const run = (f: () => Promise<void>) => {
    if (busy) return
    setBusy(true)
    setWrong('')
    f()
      .catch((e: unknown) => {
        const needless = e instanceof ApiError && e.kind === 'offline'
        setWrong(needless ? 'The server does not answer. Check the connection and try again.' : explain(e))
      })
      .finally(() => setBusy(false))
  }
  return [busy, wrong, run]
}

const Wrong = ({ text }: { text: string }) =>
  text ? (
    <p class="note bad" role="alert">
      {text}
    </p>
  ) : null

export function SignIn({ client, go }: { client: Client; go: (path: string) => void }) {
  const [id, setId] = useState('')
  const [password, setPassword] = useState('')
  const [mfa, setMfa] = useState('')
  const [needsMfa, setNeedsMfa] = useState(false)
  const [busy, wrong, run] = useTask()
  const noAccounts = client.store.config.value['NoAccounts'] === 'true'
  useEffect(() => {
    if (noAccounts) go('/signup_email')
  }, [noAccounts])
  const submit = () =>
    run(async () => {
      try {
        await client.login(id.trim(), password, mfa)
      } catch (e) {
        if (e instanceof ApiError && e.id === 'mfa.validate_token.authenticate.app_error') {
          setNeedsMfa(true)
          return
        }
        throw e
      }
    })
  return (
    <Door
      client={client}
      title="Sign in"
      foot={
        client.store.config.value['EnableUserCreation'] !== 'false' && (
          <>
            New here?{' '}
            <a
              href="/signup_email"
              onClick={e => {
                e.preventDefault()
                go('/signup_email')
              }}
            >
              Create an account
            </a>
          </>
        )
      }
    >
      {client.sessionEnded.value && (
        <p class="note" role="status">
          Your session has ended. Sign in again; messages not sent yet are kept.
        </p>
      )}
      <form
        class="card-form"
        style={{ display: 'grid', gap: 'var(--s4)' }}
        onSubmit={e => {
          e.preventDefault()
          submit()
        }}
      >
        <Wrong text={wrong} />
        <Field
          label="Username or email"
          name="username"
          autoComplete="username"
          autoFocus
          value={id}
          onInput={setId}
        />
        <Field
          label="Password"
          name="password"
          reveal
          autoComplete="current-password"
          value={password}
          onInput={setPassword}
        />
        {needsMfa && (
          <Field
            label="Code from your authenticator"
            name="code"
            autoComplete="one-time-code"
            value={mfa}
            onInput={setMfa}
          />
        )}
        <Button type="submit" look="primary wide" busy={busy}>
          Sign in
        </Button>
      </form>
    </Door>
  )
}

export function SignUp({ client, go }: { client: Client; go: (path: string) => void }) {
  const [email, setEmail] = useState('')
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [busy, wrong, run] = useTask()
  const config = client.store.config.value
  const first = config['NoAccounts'] === 'true'
  const min = config['PasswordMinimumLength'] ?? '8'
  return (
    <Door
      client={client}
      title={first ? 'Set up this server' : 'Create an account'}
      lead={first ? 'The first account is its administrator.' : ''}
      foot={
        !first && (
          <>
            Have an account?{' '}
            <a
              href="/login"
              onClick={e => {
                e.preventDefault()
                go('/login')
              }}
            >
              Sign in
            </a>
          </>
        )
      }
    >
      <form
        style={{ display: 'grid', gap: 'var(--s4)' }}
        onSubmit={e => {
          e.preventDefault()
          run(async () =>
            client.signUp({ email: email.trim(), username: username.trim().toLowerCase(), password }),
          )
        }}
      >
        <Wrong text={wrong} />
        <Field
          label="Email"
          type="email"
          name="email"
          autoComplete="email"
          autoFocus
          value={email}
          onInput={setEmail}
        />
        <Field
          label="Username"
          name="username"
          autoComplete="username"
          hint="Letters, digits, dots and dashes. Others mention you by it."
          value={username}
          onInput={setUsername}
        />
        <Field
          label="Password"
          name="password"
          reveal
          autoComplete="new-password"
          hint={`At least ${min} characters.`}
          value={password}
          onInput={setPassword}
        />
        <Button type="submit" look="primary wide" busy={busy}>
          Create account
        </Button>
      </form>
    </Door>
  )
}

/** Shown to somebody who is in no team yet. */
export function FirstTeam({
  client,
  go,
  onLogout,
}: {
  client: Client
  go: (path: string) => void
  onLogout: () => void
}) {
  const [name, setName] = useState('')
  const [address, setAddress] = useState('')
  const [open, setOpen] = useState<readonly Team[]>([])
  const [busy, wrong, run] = useTask()
  const admin = client.store.me.value?.roles.includes('system_admin') ?? false
  const [making, make] = useState(admin)
  useEffect(() => {
    client.rest.teams().then(
      list => setOpen(list.filter(t => t.delete_at === 0)),
      () => {},
    )
  }, [])
  const enter = (t: Team) => go(`/${t.name}`)
  return (
    <Door
      client={client}
      title={making ? 'Create a team' : 'Join a team'}
      lead={
        making
          ? 'A team holds the channels of people who work together: a ship, a clinic, a unit.'
          : 'Pick one, or type the last part of its address.'
      }
      foot={
        <>
          <button type="button" onClick={() => make(!making)}>
            {making ? 'Join a team instead' : 'Create a team instead'}
          </button>
          {' · '}
          <button type="button" onClick={onLogout}>
            Log out
          </button>
        </>
      }
    >
      <Wrong text={wrong} />
      {making ? (
        <form
          style={{ display: 'grid', gap: 'var(--s4)' }}
          onSubmit={e => {
            e.preventDefault()
            run(async () => enter(await client.places.createTeam(name.trim(), slug(name))))
          }}
        >
          <Field
            label="Team name"
            name="team"
            autoFocus
            value={name}
            onInput={setName}
            hint={slug(name) ? `${location.host}/${slug(name)}` : 'For example: Northern Light'}
          />
          <Button type="submit" look="primary wide" busy={busy} disabled={slug(name).length < 2}>
            Create team
          </Button>
        </form>
      ) : (
        <>
          {open.length > 0 && (
            <div class="list">
              {open.map(t => (
                <button
                  key={t.id}
                  type="button"
                  onClick={() => run(async () => client.places.joinTeam(t.id).then(() => enter(t)))}
                >
                  <Avatar name={t.display_name} seed={t.id} size="2rem" />
                  <b class="grow cut">{t.display_name}</b>
                </button>
              ))}
            </div>
          )}
          <form
            style={{ display: 'grid', gap: 'var(--s4)' }}
            onSubmit={e => {
              e.preventDefault()
              run(async () =>
                enter(await client.places.joinTeamByName(slug(address.split('/').at(-1) ?? ''))),
              )
            }}
          >
            <Field
              label="Team address"
              name="address"
              value={address}
              onInput={setAddress}
              hint={`${location.host}/…`}
            />
            <Button type="submit" look="primary wide" busy={busy} disabled={!address.trim()}>
              Join
            </Button>
          </form>
        </>
      )}
    </Door>
  )
}
