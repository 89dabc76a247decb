import { ApiError, type Team } from '@fieldpost/api'
import { type Client, slug } from '@fieldpost/core'
import { Avatar, Button, Field } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
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
      title={t('entry.signIn')}
      foot={
        client.store.config.value['EnableUserCreation'] !== 'false' && (
          <>
            {t('entry.newHere')}{' '}
            <Link to="/signup_email" go={go}>
              {t('entry.createAnAccount')}
            </Link>
          </>
        )
      }
    >
      {client.sessionEnded.value && (
        <p class="note" role="status">
          {t('entry.ended')}
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
              {t('entry.sendConfirmation')}
            </Link>
          </p>
        )}
        <Field
          label={t('entry.usernameOrEmail')}
          name="username"
          autoComplete="username"
          autoFocus
          value={id}
          onInput={setId}
        />
        <Field
          label={t('entry.password')}
          name="password"
          reveal
          autoComplete="current-password"
          value={password}
          onInput={setPassword}
        />
        {needsMfa && (
          <Field
            label={t('entry.code')}
            name="code"
            autoComplete="one-time-code"
            value={mfa}
            onInput={setMfa}
          />
        )}
        <Button type="submit" look="primary wide" busy={busy}>
          {t('entry.signIn')}
        </Button>
        <p class="aside">
          <Link to="/reset_password" go={go}>
            {t('entry.forgot')}
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
  const min = Number(config['PasswordMinimumLength'] ?? '8')
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
  const lead = invitation.team ? t('entry.invited', { team: invitation.team }) : ''
  return (
    <Door
      client={client}
      title={first ? t('entry.setUp') : t('entry.createAnAccount')}
      lead={first ? t('entry.firstIsAdmin') : lead}
      foot={
        !first && (
          <>
            {t('entry.haveAccount')}{' '}
            <Link to="/login" go={go}>
              {t('entry.signIn')}
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
          label={t('entry.email')}
          type="email"
          name="email"
          autoComplete="email"
          autoFocus={!invitation.email}
          readOnly={Boolean(invitation.token && invitation.email)}
          value={email}
          onInput={setEmail}
        />
        <Field
          label={t('entry.username')}
          name="username"
          autoComplete="username"
          autoFocus={Boolean(invitation.email)}
          hint={t('entry.usernameHint')}
          value={username}
          onInput={setUsername}
        />
        <Field
          label={t('entry.password')}
          name="password"
          reveal
          autoComplete="new-password"
          hint={t('entry.atLeast', { count: min })}
          value={password}
          onInput={setPassword}
        />
        <Button type="submit" look="primary wide" busy={busy}>
          {t('entry.createAccount')}
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
      list => setOpen(list.filter(x => x.delete_at === 0)),
      () => {},
    )
  }, [])
  const enter = (team: Team) => go(`/${team.name}`)
  return (
    <Door
      client={client}
      title={making ? t('entry.createTeamTitle') : t('entry.joinTeamTitle')}
      lead={making ? t('entry.teamIs') : t('entry.pickTeam')}
      foot={
        <>
          <button type="button" onClick={() => make(!making)}>
            {making ? t('entry.joinInstead') : t('entry.createInstead')}
          </button>
          {' · '}
          <button type="button" onClick={onLogout}>
            {t('entry.logOut')}
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
            label={t('entry.teamName')}
            name="team"
            autoFocus
            value={name}
            onInput={setName}
            hint={slug(name) ? `${location.host}/${slug(name)}` : t('entry.teamExample')}
          />
          <Button type="submit" look="primary wide" busy={busy} disabled={slug(name).length < 2}>
            {t('entry.createTeam')}
          </Button>
        </form>
      ) : (
        <>
          {open.length > 0 && (
            <div class="list">
              {open.map(x => (
                <button
                  key={x.id}
                  type="button"
                  onClick={() => run(async () => client.places.joinTeam(x.id).then(() => enter(x)))}
                >
                  <Avatar name={x.display_name} seed={x.id} size="2rem" />
                  <b class="grow cut">{x.display_name}</b>
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
              label={t('entry.teamAddress')}
              name="address"
              value={address}
              onInput={setAddress}
              hint={`${location.host}/…`}
            />
            <Button type="submit" look="primary wide" busy={busy} disabled={!address.trim()}>
              {t('entry.join')}
            </Button>
          </form>
        </>
      )}
    </Door>
  )
}
