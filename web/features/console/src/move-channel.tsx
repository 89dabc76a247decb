/** Takes a channel to another team, with everything in it. */
import { ApiError, type Channel, type Choice, type Team } from '@fieldpost/api'
import { Asking, Choose, type Source, useShell } from '@fieldpost/parts'
import { useState } from 'preact/hooks'
import { useDesk } from './desk.tsx'
import { t } from './words.ts'

/** Some of its members are not in that team. */
const OUTSIDE = 'app.channel.move_channel.members_do_not_match.error'

/** The channels with which every team begins, and which it keeps. */
const KEPT = ['town-square', 'off-topic']

export const staysInTeam = (c: Pick<Channel, 'name'>): boolean => KEPT.includes(c.name)

export function MoveChannel({
  channel,
  onDone,
  onClose,
}: {
  channel: Channel
  onDone: () => void
  onClose: () => void
}) {
  const { rest } = useDesk()
  const { client } = useShell()
  const [to, choose] = useState<Choice | undefined>(undefined)
  const [outside, setOutside] = useState(false)
  const teams: Source = async typed => {
    const { teams } = await (typed ? rest.findTeams(typed, 0) : rest.teams(0))
    const other = (x: Team) => x.id !== channel.team_id && x.delete_at === 0
    return teams.filter(other).map(x => ({ value: x.id, text: x.display_name }))
  }
  const move = async () => {
    if (!to) return
    try {
      await rest.moveChannel(channel.id, to.value, outside)
      client.notice(t('move.done', { team: to.text }))
      onDone()
      onClose()
    } catch (e) {
      if (!(e instanceof ApiError && e.id === OUTSIDE)) throw e
      setOutside(true)
    }
  }
  return (
    <Asking
      title={t('move.title', { place: channel.display_name })}
      act={outside ? t('move.without') : t('move.move')}
      look={outside ? 'danger' : 'primary'}
      ready={to !== undefined}
      onDo={move}
      onClose={onClose}
      trouble={outside ? t('move.outside') : ''}
    >
      <p>{t('move.text')}</p>
      <Choose
        label={t('move.to')}
        chosen={to?.text ?? ''}
        source={teams}
        onPick={c => {
          choose(c)
          setOutside(false)
        }}
      />
    </Asking>
  )
}
