/** Who belongs to a team or a channel: found, added, put in charge, taken out. */
import { ADMIN_PAGE, type Circle, type User } from '@fieldpost/api'
import { displayName } from '@fieldpost/core'
import { Choose, type Source, useShell } from '@fieldpost/parts'
import { Button } from '@fieldpost/ui'
import { useState } from 'preact/hooks'
import { Chip, Pager, Part, Search, useAsked, useDeed, useDesk, Waiting } from './desk.tsx'
import { PersonRow } from './people.tsx'
import { t } from './words.ts'

export function Members({
  circle,
  id,
  place,
  writes,
  closed,
}: {
  circle: Circle
  id: string
  place: string
  /** Whether the reader may change who is in it. */
  writes: boolean
  /** Whether it is archived: people can be seen, and nothing be changed. */
  closed: boolean
}) {
  const { rest } = useDesk()
  const shell = useShell()
  const deed = useDeed()
  const [term, setTerm] = useState('')
  const [page, setPage] = useState(0)
  const typed = term.trim()
  const team = circle === 'teams'
  const asked = useAsked(async () => {
    const found = typed
      ? await rest.findPeople(typed, team ? { team_id: id } : { in_channel_id: id })
      : await rest.people(team ? { in_team: id } : { in_channel: id }, page)
    shell.client.store.putUsers(found)
    const shown = typed ? found.slice(0, ADMIN_PAGE) : found
    const places = await rest.places(
      circle,
      id,
      shown.map(u => u.id),
    )
    return {
      people: shown.map(user => ({ user, at: places.find(p => p.user_id === user.id) })),
      more: !typed && found.length === ADMIN_PAGE,
    }
  }, [circle, id, typed, page])
  const outside: Source = async q =>
    (await (q ? rest.findPeople(q) : rest.people({ active: 'true' }, 0)))
      .filter(u => u.delete_at === 0 && !asked.value?.people.some(p => p.user.id === u.id))
      .map(u => ({ value: u.id, text: `${displayName(u)} (@${u.username})` }))
  const then = async (f: () => Promise<unknown>) => {
    if (await deed(f, t('done.saved'))) await asked.again()
  }
  const remove = async (user: User) => {
    const sure = await shell.confirm({
      title: t('member.removeTitle', { name: displayName(user), place }),
      text: team ? t('member.removeTeam') : t('member.removeChannel'),
      action: t('member.remove'),
      danger: true,
    })
    if (sure) await then(() => rest.remove(circle, id, user.id))
  }
  const changes = writes && !closed
  const leads = team ? t('role.team_admin') : t('role.channel_admin')
  return (
    <Part title={t('member.title')}>
      <div class="row" role="search">
        <Search
          label={t('member.find')}
          value={term}
          onInput={q => {
            setTerm(q)
            setPage(0)
          }}
        />
        {changes && (
          <Choose
            label={t('member.add')}
            chosen=""
            source={outside}
            onPick={c => void then(() => rest.join(circle, id, c.value))}
          />
        )}
      </div>
      <Waiting of={asked} />
      {asked.value?.people.length === 0 && <p role="status">{t('users.none')}</p>}
      {asked.value && asked.value.people.length > 0 && (
        <ul class="rows" aria-label={t('member.title')}>
          {asked.value.people.map(({ user, at }) => (
            <PersonRow key={user.id} user={user}>
              {at?.scheme_admin && <Chip look="on" text={leads} />}
              {changes && (
                <span class="deeds">
                  {!at?.scheme_guest && (
                    <Button
                      aria-label={
                        at?.scheme_admin
                          ? t('member.unleadNamed', { name: displayName(user) })
                          : t('member.leadNamed', { name: displayName(user) })
                      }
                      onClick={() => void then(() => rest.setLeader(circle, id, user.id, !at?.scheme_admin))}
                    >
                      {at?.scheme_admin ? t('member.unlead') : t('member.lead')}
                    </Button>
                  )}
                  <Button
                    aria-label={t('member.removeFrom', { name: displayName(user), place })}
                    onClick={() => void remove(user)}
                  >
                    {t('member.remove')}
                  </Button>
                </span>
              )}
            </PersonRow>
          ))}
        </ul>
      )}
      {asked.value && <Pager page={page} more={asked.value.more} onPage={setPage} />}
    </Part>
  )
}
