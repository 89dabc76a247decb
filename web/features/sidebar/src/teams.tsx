/** Coming into teams, making them, and asking others in. */

import { ChannelsRest, type Team } from '@fieldpost/api'
import { inviteRights, slug } from '@fieldpost/core'
import {
  Asking,
  AskingForm,
  attempt,
  copyText,
  explain,
  type Shell,
  useAttempt,
  useShell,
  useStore,
} from '@fieldpost/parts'
import { Avatar, Button, Dialog, Field, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useState } from 'preact/hooks'
import { GuestsByMail, MembersByMail } from './by-mail.tsx'

export function OtherTeams({ onClose }: { onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const [open, setOpen] = useState<readonly Team[] | undefined>(undefined)
  const [address, setAddress] = useState('')
  const [wrong, setWrong] = useState('')
  useEffect(() => {
    shell.client.rest.teams().then(
      list => setOpen(list.filter(x => x.delete_at === 0)),
      (e: unknown) => setWrong(explain(e)),
    )
  }, [shell])
  const { places } = shell.client
  const tries = useAttempt()
  const enter = async (f: () => Promise<{ name: string }>) => {
    const { name } = await f()
    onClose()
    shell.go(`/${name}`)
  }
  const byAddress = async () => {
    const name = slug(address.split('/').at(-1) ?? '')
    if (name) await enter(() => places.joinTeamByName(name))
  }
  const others = open?.filter(x => !store.teams.value.has(x.id))
  return (
    <Dialog title={t('teams.join')} onClose={onClose}>
      {others && others.length > 0 && (
        <ul class="browse scroll" aria-label={t('teams.open')}>
          {others.map(x => (
            <li key={x.id}>
              <Avatar name={x.display_name} seed={x.id} size="2rem" />
              <span class="grow">
                <b class="cut">{x.display_name}</b>
                {x.description && <small class="cut">{x.description}</small>}
              </span>
              <Button
                aria-label={t('entry.joinNamed', { team: x.display_name })}
                onClick={() => void tries.run(() => enter(() => places.joinTeam(x.id).then(() => x)))}
              >
                {t('entry.join')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {others?.length === 0 && <p class="quiet-hint">{t('teams.none')}</p>}
      <AskingForm
        act={t('teams.joinByAddress')}
        ready={address.trim() !== ''}
        trouble={wrong}
        attempt={tries}
        onDo={byAddress}
        onClose={onClose}
      >
        <Field
          label={t('teams.address')}
          name="address"
          value={address}
          onInput={setAddress}
          hint={`${location.host}/…`}
        />
      </AskingForm>
    </Dialog>
  )
}

export function NewTeam({ onClose }: { onClose: () => void }) {
  const shell = useShell()
  const [name, setName] = useState('')
  const create = async () => {
    const made = await shell.client.places.createTeam(name.trim(), slug(name))
    onClose()
    shell.go(`/${made.name}`)
  }
  return (
    <Asking
      title={t('entry.createTeamTitle')}
      act={t('entry.createTeam')}
      about="team"
      ready={slug(name).length >= 2}
      onDo={create}
      onClose={onClose}
    >
      <Field
        label={t('entry.teamName')}
        name="team"
        autoFocus
        value={name}
        onInput={setName}
        hint={slug(name) ? `${location.host}/${slug(name)}` : t('teams.example')}
      />
    </Asking>
  )
}

export async function leaveTeam(shell: Shell, team: Team): Promise<void> {
  const sure = await shell.confirm({
    title: t('side.leaveTitle', { name: team.display_name }),
    text: t('side.leaveTeamText'),
    action: t('side.leaveTeam'),
    danger: true,
  })
  if (sure) await attempt(shell, () => shell.client.places.leaveTeam(team.id))
}

/** A link that anybody can pass on. */
function Link({ team }: { team: Team }) {
  const shell = useShell()
  const may = shell.client.permissions.in(team.id).value
  const rest = new ChannelsRest(shell.client.rest)
  const [code, setCode] = useState(team.invite_id ?? '')
  const [wrong, setWrong] = useState('')
  useEffect(() => {
    // Events about a team leave its link out; the team itself says it.
    rest.team(team.id).then(
      x => setCode(x.invite_id ?? ''),
      (e: unknown) => setWrong(explain(e)),
    )
  }, [team.id])
  const link = code && `${location.origin}/signup_user_complete/?id=${code}`
  const renew = async () => {
    const sure = await shell.confirm({
      title: t('teams.renewTitle'),
      text: t('teams.renewText'),
      action: t('teams.renew'),
    })
    if (sure) await attempt(shell, async () => setCode((await rest.renewLink(team.id)).invite_id ?? ''))
  }
  return (
    <section class="side-form">
      <Field
        label={t('teams.link')}
        name="link"
        value={link}
        onInput={() => {}}
        readOnly
        wrong={link ? '' : wrong}
        hint={t('teams.linkHint')}
      />
      <footer>
        {may.has('manage_team') && (
          <Button look="quiet" onClick={() => void renew()}>
            {t('teams.newLink')}
          </Button>
        )}
        <Button look="primary" disabled={!link} onClick={() => void copyText(shell, link)}>
          <Icon name="copy" /> {t('common.copyLink')}
        </Button>
      </footer>
    </section>
  )
}

/** Asks others into the team: members by a link and by mail, guests by mail. */
export function Invite({ team, onClose }: { team: Team; onClose: () => void }) {
  const store = useStore()
  const may = inviteRights(useShell().client.permissions.in(team.id).value, store.config.value)
  const [asked, ask] = useState<'members' | 'guests'>('members')
  const guests = may.guests && (asked === 'guests' || !may.members)
  return (
    <Dialog title={t('teams.inviteTo', { team: team.display_name })} onClose={onClose}>
      {may.guests && may.members && (
        <div class="tabs" role="group" aria-label={t('guests.whom')}>
          <button type="button" aria-pressed={!guests} onClick={() => ask('members')}>
            {t('common.members')}
          </button>
          <button type="button" aria-pressed={guests} onClick={() => ask('guests')}>
            {t('guests.guests')}
          </button>
        </div>
      )}
      {guests && <GuestsByMail team={team} />}
      {!guests && may.members && <Link team={team} />}
      {!guests && may.byMail && <MembersByMail team={team} />}
    </Dialog>
  )
}
