/** One account: who it is, what it may, where it is signed in, and how it is helped or closed. */
import type { ProfilePatch, User } from '@fieldpost/api'
import {
  displayName,
  hasTokens,
  isGuestAccount,
  OFFICES,
  type Office,
  officeOf,
  rolesWith,
  siteOf,
} from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Avatar, Button, Field } from '@fieldpost/ui'
import { useState } from 'preact/hooks'
import { Go, Head, Part, Select, useAsked, useDeed, useDesk, Waiting } from './desk.tsx'
import { Marks } from './people.tsx'
import { OpenSessions, OwnedTokens, TeamsOf } from './user-parts.tsx'
import { t } from './words.ts'

const FIELDS = ['first_name', 'last_name', 'nickname', 'position', 'username', 'email'] as const
type FieldName = (typeof FIELDS)[number]

interface OfUser {
  user: User
  again: () => Promise<void>
}

function Profile({ user, again }: OfUser) {
  const { rest } = useDesk()
  const { client } = useShell()
  const [typed, type] = useState<Partial<Record<FieldName, string>>>({})
  const [wrong, setWrong] = useState('')
  const old = (f: FieldName) => user[f] ?? ''
  const changes = FIELDS.filter(f => (typed[f] ?? old(f)).trim() !== old(f))
  const save = async () => {
    setWrong('')
    try {
      const patch: ProfilePatch = Object.fromEntries(changes.map(f => [f, (typed[f] ?? '').trim()]))
      await rest.change(user.id, patch)
      type({})
      client.notice(t('done.saved'))
      await again()
    } catch (e) {
      setWrong(explain(e))
    }
  }
  return (
    <Part title={t('user.profile')}>
      <form
        class="fields"
        noValidate
        onSubmit={e => {
          e.preventDefault()
          void save()
        }}
      >
        <div class="pair">
          {FIELDS.filter(f => f !== 'email' || !user.is_bot).map(f => (
            <Field
              key={f}
              label={t(`field.${f}`)}
              required={false}
              autoComplete="off"
              value={typed[f] ?? old(f)}
              onInput={v => type(x => ({ ...x, [f]: v }))}
            />
          ))}
        </div>
        {wrong && (
          <p class="trouble" role="alert">
            {wrong}
          </p>
        )}
        <div class="row">
          <Button type="submit" look="primary" disabled={changes.length === 0}>
            {t('ask.save')}
          </Button>
        </div>
      </form>
    </Part>
  )
}

function Rank({ user, again }: OfUser) {
  const { rest } = useDesk()
  const shell = useShell()
  const store = useStore()
  const deed = useDeed()
  const [office, setOffice] = useState<Office | ''>(officeOf(user) ?? '')
  const [tokens, setTokens] = useState(hasTokens(user))
  const name = displayName(user)
  const same = office === (officeOf(user) ?? '') && tokens === hasTokens(user)
  const guests = store.config.value['EnableGuestAccounts'] === 'true'
  const save = async () => {
    const up = office === 'system_admin' && officeOf(user) !== 'system_admin'
    const sure =
      !up ||
      (await shell.confirm({
        title: t('user.adminTitle', { name }),
        text: t('user.adminText'),
        action: t('user.adminAction'),
        danger: true,
      }))
    if (sure && (await deed(() => rest.setRoles(user.id, rolesWith(user, office, tokens)), t('done.saved'))))
      await again()
  }
  const turn = async (guest: boolean) => {
    const sure = await shell.confirm({
      title: guest ? t('user.demoteTitle', { name }) : t('user.promoteTitle', { name }),
      text: guest ? t('user.demoteText') : t('user.promoteText'),
      action: guest ? t('user.demote') : t('user.promote'),
      danger: guest,
    })
    if (sure && (await deed(() => (guest ? rest.demote(user.id) : rest.promote(user.id)), t('done.saved'))))
      await again()
  }
  if (isGuestAccount(user))
    return (
      <Part title={t('user.role')} lead={t('user.isGuest')}>
        <div class="row">
          <Button onClick={() => void turn(false)}>{t('user.promote')}</Button>
        </div>
      </Part>
    )
  return (
    <Part title={t('user.role')} lead={office ? t(`role.${office}.about`) : t('role.system_user.about')}>
      <Select
        label={t('user.role')}
        value={office}
        options={[
          { value: '' as const, text: t('role.system_user') },
          ...OFFICES.map(o => ({ value: o, text: t(`role.${o}`) })),
        ]}
        onPick={setOffice}
      />
      <label class="check">
        <input type="checkbox" checked={tokens} onChange={e => setTokens(e.currentTarget.checked)} />
        {t('user.mayTokens')}
      </label>
      <div class="row">
        <Button look="primary" disabled={same} onClick={() => void save()}>
          {t('ask.save')}
        </Button>
        {guests && !user.is_bot && !officeOf(user) && (
          <Button onClick={() => void turn(true)}>{t('user.demote')}</Button>
        )}
      </div>
    </Part>
  )
}

function WayIn({ user }: { user: User }) {
  const { rest } = useDesk()
  const shell = useShell()
  const deed = useDeed()
  const [password, setPassword] = useState('')
  const [wrong, setWrong] = useState('')
  const name = displayName(user)
  const change = async () => {
    setWrong('')
    try {
      await rest.setPassword(user.id, password)
      setPassword('')
      shell.client.notice(t('user.passwordSet', { name }))
    } catch (e) {
      setWrong(explain(e))
    }
  }
  const resetMfa = async () => {
    const sure = await shell.confirm({
      title: t('user.mfaTitle', { name }),
      text: t('user.mfaText'),
      action: t('user.mfa'),
      danger: true,
    })
    if (sure) await deed(() => rest.resetMfa(user.id), t('user.mfaDone', { name }))
  }
  return (
    <Part title={t('user.wayIn')} lead={t('user.wayInLead')}>
      <form
        class="row end"
        noValidate
        onSubmit={e => {
          e.preventDefault()
          void change()
        }}
      >
        <Field
          label={t('user.newPassword')}
          reveal
          autoComplete="new-password"
          value={password}
          onInput={setPassword}
          wrong={wrong}
        />
        <Button type="submit" disabled={!password}>
          {t('user.setPassword')}
        </Button>
      </form>
      <div class="row">
        <Button onClick={() => void resetMfa()}>{t('user.mfa')}</Button>
        <Button onClick={() => void deed(() => rest.unlock(user.id), t('user.unlocked', { name }))}>
          {t('user.unlock')}
        </Button>
      </div>
    </Part>
  )
}

function Closing({ user, again }: OfUser) {
  const { rest } = useDesk()
  const shell = useShell()
  const deed = useDeed()
  const gone = user.delete_at > 0
  const name = displayName(user)
  const turn = async () => {
    const sure =
      gone ||
      (await shell.confirm({
        title: t('user.closeTitle', { name }),
        text: t('user.closeText'),
        action: t('user.close'),
        danger: true,
      }))
    const done = gone ? t('user.opened', { name }) : t('user.closed', { name })
    if (sure && (await deed(() => rest.setActive(user.id, gone), done))) await again()
  }
  return (
    <Part
      title={gone ? t('user.isClosed') : t('user.closing')}
      lead={gone ? t('user.isClosedLead') : t('user.closingLead')}
    >
      <div class="row">
        <Button look={gone ? 'primary' : 'danger'} onClick={() => void turn()}>
          {gone ? t('user.open') : t('user.close')}
        </Button>
      </div>
    </Part>
  )
}

export function OneUser({ id }: { id: string }) {
  const desk = useDesk()
  const { client } = useShell()
  const store = useStore()
  const asked = useAsked(async () => {
    const u = await desk.rest.person(id)
    client.store.putUsers([u])
    return u
  }, [id])
  const user = asked.value
  const up = { to: '/admin/users', text: t('users.title') }
  if (!user)
    return (
      <>
        <Head title={t('user.title')} up={up} />
        <Waiting of={asked} />
      </>
    )
  const site = siteOf(user)
  const own = user.id === store.me.value?.id
  const writes = desk.may.has('edit_other_users') && !site
  const of = { user, again: asked.again }
  return (
    <>
      <Head title={displayName(user)} up={up}>
        <Avatar name={displayName(user)} seed={user.id} size="3rem" picture={client.rest.faceUrl(user)} />
      </Head>
      <p class="marks">
        <bdi>@{user.username}</bdi> <Marks user={user} />
        {desk.may.has('read_audits') && (
          <Go to={`/admin/activity?person=${user.id}`}>{t('user.activity')}</Go>
        )}
      </p>
      {asked.wrong && <Waiting of={asked} />}
      {site && <p class="say">{t('user.elsewhere', { site })}</p>}
      {own && <p class="say">{t('user.own')}</p>}
      {writes && <Profile key={user.id + user.update_at} {...of} />}
      {writes && !own && <Rank key={user.roles} {...of} />}
      <TeamsOf user={user} />
      {writes && !user.is_bot && !own && <WayIn user={user} />}
      {writes && !user.is_bot && <OpenSessions user={user} />}
      {writes && <OwnedTokens user={user} />}
      {writes && !own && <Closing {...of} />}
    </>
  )
}
