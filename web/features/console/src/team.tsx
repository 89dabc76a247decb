/** One team: what is written of it, who may come in, who is in it, and archiving it. */
import type { Team } from '@fieldpost/api'
import { mailAddresses } from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button } from '@fieldpost/ui'
import { useId, useState } from 'preact/hooks'
import { Chip, Go, Head, Part, Select, useAsked, useDeed, useDesk, Waiting } from './desk.tsx'
import { EditPlace } from './edit-place.tsx'
import { Members } from './members.tsx'
import { t } from './words.ts'

interface Sent {
  good: number
  bad: readonly { email: string; why: string }[]
}

function Invite({ team }: { team: Team }) {
  const { rest } = useDesk()
  const store = useStore()
  const id = useId()
  const [typed, type] = useState('')
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState('')
  const [sent, setSent] = useState<Sent | undefined>(undefined)
  if (store.config.value['EnableEmailInvitations'] !== 'true')
    return (
      <Part title={t('invite.title')}>
        <p>{t('invite.off')}</p>
      </Part>
    )
  const send = async () => {
    const { good, bad } = mailAddresses(typed)
    if (busy || good.length === 0) return setWrong(t('invite.noAddress'))
    setBusy(true)
    setWrong('')
    try {
      const told = await rest.invite(team.id, good)
      const refused = told.flatMap(r => (r.error ? [{ email: r.email, why: r.error.message }] : []))
      setSent({
        good: good.length - refused.length,
        bad: [...refused, ...bad.map(email => ({ email, why: t('invite.noAddress') }))],
      })
      type([...refused.map(r => r.email), ...bad].join('\n'))
    } catch (e) {
      setWrong(explain(e))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Part title={t('invite.title')} lead={t('invite.lead')}>
      <form
        class="fields"
        onSubmit={e => {
          e.preventDefault()
          void send()
        }}
      >
        <div class="field">
          <label for={id}>{t('invite.addresses')}</label>
          <textarea
            id={id}
            class="input tall"
            rows={4}
            value={typed}
            onInput={e => type(e.currentTarget.value)}
          />
        </div>
        {wrong && (
          <p class="trouble" role="alert">
            {wrong}
          </p>
        )}
        {sent && (
          <div role="status">
            <p>{t('invite.sent', { count: sent.good })}</p>
            {sent.bad.map(b => (
              <p key={b.email} class="bad">
                <bdi>{b.email}</bdi>: {b.why}
              </p>
            ))}
          </div>
        )}
        <div class="row">
          <Button type="submit" look="primary" busy={busy} disabled={!typed.trim()}>
            {t('invite.send')}
          </Button>
        </div>
      </form>
    </Part>
  )
}

export function OneTeam({ id }: { id: string }) {
  const { rest, may } = useDesk()
  const shell = useShell()
  const deed = useDeed()
  const asked = useAsked(() => rest.team(id), [id])
  const team = asked.value
  const up = { to: '/admin/teams', text: t('teams.title') }
  if (!team)
    return (
      <>
        <Head title={t('team.title')} up={up} />
        <Waiting of={asked} />
      </>
    )
  const closed = team.delete_at > 0
  const writes = may.has('sysconsole_write_user_management_teams')
  const then = async (f: () => Promise<unknown>, done: string) => {
    if (await deed(f, done)) await asked.again()
  }
  const archive = async () => {
    const sure = await shell.confirm({
      title: t('place.archiveTitle', { place: team.display_name }),
      text: t('team.archiveText'),
      action: t('place.archive'),
      danger: true,
    })
    if (sure) await then(() => rest.archiveTeam(id), t('place.nowArchived'))
  }
  return (
    <>
      <Head title={team.display_name} up={up} />
      <p class="marks">
        <bdi>{team.name}</bdi>
        {closed && <Chip look="off" text={t('place.archived')} />}
        <Go to={`/admin/channels?team=${team.id}`}>{t('team.channels')}</Go>
      </p>
      <EditPlace
        key={team.id}
        readOnly={!writes || closed}
        fields={[
          { key: 'display_name', label: t('place.name'), value: team.display_name },
          { key: 'description', label: t('place.description'), value: team.description },
        ]}
        save={async changed => {
          await rest.changeTeam(id, changed)
          await asked.again()
        }}
      />
      {writes && !closed && (
        <Part title={t('team.entry')} lead={team.type === 'O' ? t('team.openLead') : t('team.invitedLead')}>
          <div class="row">
            <Select
              label={t('team.entry')}
              value={team.type}
              options={[
                { value: 'O', text: t('teams.open') },
                { value: 'I', text: t('teams.invited') },
              ]}
              onPick={v => void then(() => rest.setTeamPrivacy(id, v), t('done.saved'))}
            />
          </div>
        </Part>
      )}
      <Members circle="teams" id={id} place={team.display_name} writes={writes} closed={closed} />
      {may.has('manage_system') && !closed && <Invite team={team} />}
      {writes && (
        <Part
          title={closed ? t('place.isArchived') : t('place.archiving')}
          lead={closed ? t('team.restoreLead') : t('team.archiveText')}
        >
          <div class="row">
            {closed ? (
              <Button look="primary" onClick={() => void then(() => rest.restoreTeam(id), t('place.back'))}>
                {t('place.restore')}
              </Button>
            ) : (
              <Button look="danger" onClick={() => void archive()}>
                {t('place.archive')}
              </Button>
            )}
          </div>
        </Part>
      )}
    </>
  )
}
