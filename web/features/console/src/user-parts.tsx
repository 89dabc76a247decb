/** Lists that belong to one account: its teams, its sessions, its access tokens. */
import { type AccessToken, AccountRest, type SignedInSession, type Team, type User } from '@fieldpost/api'
import { displayName, fullText, sinceText } from '@fieldpost/core'
import { byUse, sessionTitle } from '@fieldpost/core/account'
import { Choose, type Source, useShell } from '@fieldpost/parts'
import { Button } from '@fieldpost/ui'
import { useMemo } from 'preact/hooks'
import { Chip, Go, Part, useAsked, useDeed, useDesk, Waiting } from './desk.tsx'
import { t } from './words.ts'

export function TeamsOf({ user }: { user: User }) {
  const { rest, may } = useDesk()
  const shell = useShell()
  const deed = useDeed()
  const asked = useAsked(async () => {
    const [teams, places] = await Promise.all([rest.teamsOf(user.id), rest.placesOf(user.id)])
    const leads = new Set(places.filter(p => p.scheme_admin).map(p => p.team_id))
    return teams.map(team => ({ team, leads: leads.has(team.id) }))
  }, [user.id])
  const writes = may.has('sysconsole_write_user_management_teams')
  const name = displayName(user)
  const others: Source = async typed =>
    (await (typed ? rest.findTeams(typed, 0) : rest.teams(0))).teams
      .filter(x => x.delete_at === 0 && !asked.value?.some(y => y.team.id === x.id))
      .map(x => ({ value: x.id, text: x.display_name }))
  const leave = async (team: Team) => {
    const sure = await shell.confirm({
      title: t('member.removeTitle', { name, place: team.display_name }),
      text: t('member.removeTeam'),
      action: t('member.remove'),
      danger: true,
    })
    if (sure && (await deed(() => rest.remove('teams', team.id, user.id), t('done.saved'))))
      await asked.again()
  }
  const join = async (id: string) => {
    if (await deed(() => rest.join('teams', id, user.id), t('done.saved'))) await asked.again()
  }
  return (
    <Part title={t('teams.title')}>
      <Waiting of={asked} />
      {asked.value?.length === 0 && <p>{t('user.noTeams')}</p>}
      {asked.value && asked.value.length > 0 && (
        <ul class="rows" aria-label={t('teams.title')}>
          {asked.value.map(({ team, leads }) => (
            <li key={team.id}>
              <span class="grow">
                <Go class="name" to={`/admin/teams/${team.id}`}>
                  {team.display_name}
                </Go>
              </span>
              {leads && <Chip look="on" text={t('role.team_admin')} />}
              {writes && (
                <Button
                  aria-label={t('member.removeFrom', { name, place: team.display_name })}
                  onClick={() => void leave(team)}
                >
                  {t('member.remove')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {writes && user.delete_at === 0 && (
        <Choose label={t('user.addTeam')} chosen="" source={others} onPick={c => void join(c.value)} />
      )}
    </Part>
  )
}

export function OpenSessions({ user }: { user: User }) {
  const { rest } = useDesk()
  const shell = useShell()
  const deed = useDeed()
  const asked = useAsked(async () => byUse(await rest.sessions(user.id)), [user.id])
  const name = displayName(user)
  const end = async (s: SignedInSession | undefined) => {
    const sure = await shell.confirm({
      title: s ? t('session.endTitle') : t('session.endAllTitle', { name }),
      text: s ? t('session.endText', { what: sessionTitle(s), name }) : t('session.endAllText', { name }),
      action: s ? t('session.end') : t('session.endAll'),
      danger: true,
    })
    const run = () => (s ? rest.endSession(user.id, s.id) : rest.endAll(user.id))
    if (sure && (await deed(run, t('session.ended')))) await asked.again()
  }
  const now = Date.now()
  return (
    <Part title={t('session.title')}>
      <Waiting of={asked} />
      {asked.value?.length === 0 && <p>{t('session.none', { name })}</p>}
      {asked.value && asked.value.length > 0 && (
        <>
          <ul class="rows" aria-label={t('session.title')}>
            {asked.value.map(s => (
              <li key={s.id}>
                <span class="grow">
                  <b>{sessionTitle(s)}</b>
                  <small title={fullText(s.last_activity_at)}>
                    {t('session.used', {
                      used: sinceText(s.last_activity_at, now),
                      made: sinceText(s.create_at, now),
                    })}
                  </small>
                </span>
                <Button onClick={() => void end(s)}>{t('session.end')}</Button>
              </li>
            ))}
          </ul>
          <div class="row">
            <Button onClick={() => void end(undefined)}>{t('session.endAll')}</Button>
          </div>
        </>
      )}
    </Part>
  )
}

export function OwnedTokens({ user }: { user: User }) {
  const { rest } = useDesk()
  const shell = useShell()
  const deed = useDeed()
  const account = useMemo(() => new AccountRest(shell.client.rest), [shell])
  const asked = useAsked(() => rest.tokens(user.id), [user.id])
  const set = async (k: AccessToken, to: 'enable' | 'disable' | 'revoke') => {
    const sure =
      to !== 'revoke' ||
      (await shell.confirm({
        title: t('token.dropTitle', { name: k.description }),
        text: t('token.dropText'),
        action: t('ask.delete'),
        danger: true,
      }))
    if (sure && (await deed(() => account.setToken(k.id, to), t('done.saved')))) await asked.again()
  }
  return (
    <Part title={t('token.title')}>
      <Waiting of={asked} />
      {asked.value?.length === 0 && <p>{t('token.none')}</p>}
      {asked.value && asked.value.length > 0 && (
        <ul class="rows" aria-label={t('token.title')}>
          {asked.value.map(k => (
            <li key={k.id}>
              <span class="grow">
                <b>{k.description || k.id}</b>
                {k.is_active === false && <small>{t('token.off')}</small>}
              </span>
              <Button onClick={() => void set(k, k.is_active === false ? 'enable' : 'disable')}>
                {k.is_active === false ? t('token.turnOn') : t('token.turnOff')}
              </Button>
              <Button onClick={() => void set(k, 'revoke')}>{t('ask.delete')}</Button>
            </li>
          ))}
        </ul>
      )}
    </Part>
  )
}
