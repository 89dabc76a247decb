/** The pages to which mails lead: a new password, a confirmed address, an invitation. */

import { ApiError } from '@fieldpost/api'
import type { Client } from '@fieldpost/core'
import { Button, Field } from '@fieldpost/ui'
import { pieces, t } from '@fieldpost/words'
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Door, Form, Link, useTask, Wrong } from './door.tsx'

type Go = (path: string) => void

const Back = ({ go }: { go: Go }) => (
  <Link to="/login" go={go}>
    {t('entry.backToSignIn')}
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
        <Said>{pieces('entry.mailOnItsWay', { address: <b>{sent}</b> })}</Said>
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
            label={t('entry.email')}
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
    title={t('entry.forgot')}
    lead={t('entry.forgotLead')}
    action={t('entry.sendTheLink')}
    send={email => client.rest.sendReset(email)}
  />
)

/** Somebody who has the link of a mail chooses a new password. */
export function NewPassword({ client, go, token }: { client: Client; go: Go; token: string }) {
  const [password, setPassword] = useState('')
  const [done, setDone] = useState(false)
  const [busy, wrong, run] = useTask()
  const min = Number(client.store.config.value['PasswordMinimumLength'] ?? '8')
  return (
    <Door
      client={client}
      title={done ? t('entry.passwordChanged') : t('entry.choosePassword')}
      foot={
        done ? undefined : (
          <Link to="/reset_password" go={go}>
            {t('entry.anotherLink')}
          </Link>
        )
      }
    >
      {done ? (
        <>
          <Said>{t('entry.signedOutEverywhere')}</Said>
          <Button look="primary wide" onClick={() => go('/login')}>
            {t('entry.signIn')}
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
            label={t('entry.newPassword')}
            name="password"
            reveal
            autoComplete="new-password"
            autoFocus
            hint={t('entry.atLeast', { count: min })}
            value={password}
            onInput={setPassword}
          />
          <Button type="submit" look="primary wide" busy={busy} disabled={!password}>
            {t('entry.changePassword')}
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
        title={token ? t('entry.linkWorksNoMore') : t('entry.confirmAddress')}
        lead={token ? t('entry.linkOld') : t('entry.linkToConfirm')}
        action={t('entry.sendALink')}
        known={email}
        send={address => client.rest.sendVerify(address)}
      />
    )
  return (
    <Door client={client} title={state === 'done' ? t('entry.addressConfirmed') : t('entry.oneMoment')}>
      {state === 'done' && (
        <Button look="primary wide" onClick={() => go('/')}>
          {t('entry.goOn')}
        </Button>
      )}
    </Door>
  )
}

/** After sign-up, where addresses are confirmed first. */
export const CheckMail = ({ client, go, email }: { client: Client; go: Go; email: string }) => (
  <Door
    client={client}
    title={t('entry.lookAtMail')}
    foot={
      <Link to={`/do_verify_email?email=${encodeURIComponent(email)}`} go={go}>
        {t('entry.sendAgain')}
      </Link>
    }
  >
    <Said>{pieces('entry.mailSent', { address: <b>{email}</b> })}</Said>
    <Button look="primary wide" onClick={() => go('/login')}>
      {t('entry.signIn')}
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
  const team = invitation.team || t('entry.theTeam')
  return (
    <Door
      client={client}
      title={t('entry.joinNamed', { team })}
      lead={t('entry.signedInAs', { name: client.store.me.value?.username ?? '' })}
      foot={
        <Link to="/" go={go}>
          {t('entry.notNow')}
        </Link>
      }
    >
      <Wrong text={wrong} />
      <Button
        look="primary wide"
        busy={busy}
        onClick={() => run(async () => go(`/${await client.places.accept(invitation)}`))}
      >
        {t('entry.join')}
      </Button>
    </Door>
  )
}

/** Whether somebody was refused because their address is not confirmed. */
export const isUnconfirmed = (error: unknown): boolean =>
  error instanceof ApiError && error.id === 'api.user.login.not_verified.app_error'
