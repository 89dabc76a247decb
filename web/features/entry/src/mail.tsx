/** The pages to which mails lead: a new password, a confirmed address, an invitation. */
import { ApiError } from '@fieldpost/api'
import type { Client } from '@fieldpost/core'
import { Button, Field } from '@fieldpost/ui'
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Door, Form, Link, useTask, Wrong } from './door.tsx'

type Go = (path: string) => void

const Back = ({ go }: { go: Go }) => (
  <Link to="/login" go={go}>
    Back to sign-in
  </Link>
)

const Said = ({ children }: { children: ComponentChildren }) => (
  <p class="lead" role="status">
    {children}
  </p>
)

/** Asks for the address of an account, to which something is sent. Whether there is one, nobody learns. */
function Ask({
  client,
  go,
  title,
  lead,
  action,
  known = '',
  send,
}: {
  client: Client
  go: Go
  title: string
  lead: string
  action: string
  known?: string
  send: (email: string) => Promise<unknown>
}) {
  const [email, setEmail] = useState(known)
  const [sent, setSent] = useState('')
  const [busy, wrong, run] = useTask()
  return (
    <Door client={client} title={title} lead={sent ? '' : lead} foot={<Back go={go} />}>
      {sent ? (
        <Said>
          If <b>{sent}</b> is the address of an account, a mail is on its way there. The link in it works
          once, for a day.
        </Said>
      ) : (
        <Form
          onSubmit={() =>
            run(async () => {
              await send(email.trim())
              setSent(email.trim())
            })
          }
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
          <Button type="submit" look="primary wide" busy={busy} disabled={!email.trim()}>
            {action}
          </Button>
        </Form>
      )}
    </Door>
  )
}

export const Forgotten = ({ client, go }: { client: Client; go: Go }) => (
  <Ask
    client={client}
    go={go}
    title="Forgot your password?"
    lead="Type the address of your account. A link to choose a new password is sent there."
    action="Send the link"
    send={email => client.rest.sendReset(email)}
  />
)

/** Somebody who has the link of a mail chooses a new password. */
export function NewPassword({ client, go, token }: { client: Client; go: Go; token: string }) {
  const [password, setPassword] = useState('')
  const [done, setDone] = useState(false)
  const [busy, wrong, run] = useTask()
  const min = client.store.config.value['PasswordMinimumLength'] ?? '8'
  return (
    <Door
      client={client}
      title={done ? 'Your password is changed' : 'Choose a new password'}
      foot={
        done ? undefined : (
          <Link to="/reset_password" go={go}>
            Have another link sent
          </Link>
        )
      }
    >
      {done ? (
        <>
          <Said>Wherever you were signed in, you are not any more.</Said>
          <Button look="primary wide" onClick={() => go('/login')}>
            Sign in
          </Button>
        </>
      ) : (
        <Form
          onSubmit={() =>
            run(async () => {
              await client.rest.resetPassword(token, password)
              setDone(true)
            })
          }
        >
          <Wrong text={wrong} />
          <Field
            label="New password"
            name="password"
            reveal
            autoComplete="new-password"
            autoFocus
            hint={`At least ${min} characters.`}
            value={password}
            onInput={setPassword}
          />
          <Button type="submit" look="primary wide" busy={busy} disabled={!password}>
            Change the password
          </Button>
        </Form>
      )}
    </Door>
  )
}

/** Somebody who has the link of a mail has thereby shown that the address is theirs. */
export function Confirm({
  client,
  go,
  token,
  email,
}: {
  client: Client
  go: Go
  token: string
  email: string
}) {
  const [state, setState] = useState<'asking' | 'done' | 'bad'>(token ? 'asking' : 'bad')
  useEffect(() => {
    if (!token) return
    client.rest.verifyEmail(token).then(
      () => setState('done'),
      () => setState('bad'),
    )
  }, [token])
  if (state === 'bad')
    return (
      <Ask
        client={client}
        go={go}
        title={token ? 'This link works no more' : 'Confirm your address'}
        lead={
          token
            ? 'It was used, or it is older than a day. Another one can be sent to the address of your account.'
            : 'A link to confirm it is sent to the address of your account.'
        }
        action="Send a link"
        known={email}
        send={address => client.rest.sendVerify(address)}
      />
    )
  return (
    <Door client={client} title={state === 'done' ? 'Your address is confirmed' : 'One moment…'}>
      {state === 'done' && (
        <Button look="primary wide" onClick={() => go('/')}>
          Go on
        </Button>
      )}
    </Door>
  )
}

/** After sign-up, where addresses are confirmed first. */
export const CheckMail = ({ client, go, email }: { client: Client; go: Go; email: string }) => (
  <Door
    client={client}
    title="Look at your mail"
    foot={
      <Link to={`/do_verify_email?email=${encodeURIComponent(email)}`} go={go}>
        Have it sent again
      </Link>
    }
  >
    <Said>
      A mail was sent to <b>{email}</b>. Press the link in it, and your account is ready.
    </Said>
    <Button look="primary wide" onClick={() => go('/login')}>
      Sign in
    </Button>
  </Door>
)

export interface Invitation {
  /** The secret of an invitation that was sent by mail. */
  readonly token: string
  /** The id of a team's link. */
  readonly invite: string
  readonly email: string
  readonly team: string
}

/** Somebody who is signed in already joins the team of an invitation. */
export function JoinTeam({ client, go, invitation }: { client: Client; go: Go; invitation: Invitation }) {
  const [busy, wrong, run] = useTask()
  const team = invitation.team || 'the team'
  return (
    <Door
      client={client}
      title={`Join ${team}`}
      lead={`You are signed in as ${client.store.me.value?.username ?? ''}.`}
      foot={
        <Link to="/" go={go}>
          Not now
        </Link>
      }
    >
      <Wrong text={wrong} />
      <Button
        look="primary wide"
        busy={busy}
        onClick={() => run(async () => go(`/${await client.places.accept(invitation)}`))}
      >
        Join
      </Button>
    </Door>
  )
}

/** Whether somebody was refused because their address is not confirmed. */
export const isUnconfirmed = (error: unknown): boolean =>
  error instanceof ApiError && error.id === 'api.user.login.not_verified.app_error'
