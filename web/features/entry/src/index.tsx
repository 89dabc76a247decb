import { ApiError, type Team } from '@fieldpost/api'
import { type Client, slug } from '@fieldpost/core'
import { Avatar, Button, Field } from '@fieldpost/ui'
import { useEffect, useState } from 'preact/hooks'
import { Door, Link, useTask, Wrong } from './door.tsx'
import { CheckMail, type Invitation, isUnconfirmed } from './mail.tsx'

export { Logo } from './door.tsx'
export { Confirm, Forgotten, type Invitation, JoinTeam, NewPassword } from './mail.tsx'

export function SignIn({ client, go }: { client: Client; go: (path: string) => void }) {
  const [id, setId] = useState('')
  const [password, setPassword] = useState('')
  const [mfa, setMfa] = useState('')
  const [needsMfa, setNeedsMfa] = useState(false)
  const [unconfirmed, setUnconfirmed] = useState(false)
  const [busy, wrong, run] = useTask()
  const noAccounts = client.store.config.value['NoAccounts'] === 'true'
  useEffect(() => {
    if (noAccounts) go('/signup_email')
  }, [noAccounts])
  const submit = () =>
    run(async () => {
      setUnconfirmed(false)
      try {
        await client.login(id.trim(), password, mfa)
      } catch (e) {
        setUnconfirmed(isUnconfirmed(e))
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
            <Link to="/signup_email" go={go}>
              Create an account
            </Link>
          </>
        )
      }
    >
      {client.sessionEnded.value && (
        <p class="note" role="status">
          Your session has ended, and what this device kept was deleted. Sign in again: what you wrote and was
          not sent yet is still here.
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
        {unconfirmed && (
          <p class="aside">
            <Link
              to={`/do_verify_email?email=${encodeURIComponent(id.includes('@') ? id.trim() : '')}`}
              go={go}
            >
              Have the mail to confirm it sent again
            </Link>
          </p>
        )}
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
        <p class="aside">
          <Link to="/reset_password" go={go}>
            Forgot your password?
          </Link>
        </p>
      </form>
    </Door>
  )
}

const NOBODY: Invitation = { token: '', invite: '', email: '', team: '' }

export function SignUp({
  client,
  go,
  invitation = NOBODY,
}: {
  client: Client
  go: (path: string) => void
  invitation?: Invitation
}) {
  const [email, setEmail] = useState(invitation.email)
  const [waits, setWaits] = useState(false)
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [busy, wrong, run] = useTask()
  const config = client.store.config.value
  const first = config['NoAccounts'] === 'true'
  const min = config['PasswordMinimumLength'] ?? '8'
  const invited = Boolean(invitation.token || invitation.invite)
  if (waits) return <CheckMail client={client} go={go} email={email.trim()} />
  const submit = () =>
    run(async () => {
      const account = { email: email.trim(), username: username.trim().toLowerCase(), password }
      try {
        await client.signUp(account, invitation)
      } catch (e) {
        if (!isUnconfirmed(e)) throw e
        setWaits(true)
        return
      }
      if (invited) go('/')
    })
  const lead = invitation.team ? `You are invited to ${invitation.team}.` : ''
  return (
    <Door
      client={client}
      title={first ? 'Set up this server' : 'Create an account'}
      lead={first ? 'The first account is its administrator.' : lead}
      foot={
        !first && (
          <>
            Have an account?{' '}
            <Link to="/login" go={go}>
              Sign in
            </Link>
          </>
        )
      }
    >
      <form
        style={{ display: 'grid', gap: 'var(--s4)' }}
        onSubmit={e => {
          e.preventDefault()
          submit()
        }}
      >
        <Wrong text={wrong} />
        <Field
          label="Email"
          type="email"
          name="email"
          autoComplete="email"
          autoFocus={!invitation.email}
          readOnly={Boolean(invitation.token && invitation.email)}
          value={email}
          onInput={setEmail}
        />
        <Field
          label="Username"
          name="username"
          autoComplete="username"
          autoFocus={Boolean(invitation.email)}
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
