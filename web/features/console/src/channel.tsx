/** One channel: what is written of it, whether it is private, who is in it, and archiving it. */
import { ChannelsRest } from '@fieldpost/api'
import { useShell } from '@fieldpost/parts'
import { Button } from '@fieldpost/ui'
import { useMemo } from 'preact/hooks'
import { Chip, Go, Head, Part, useAsked, useDeed, useDesk, useQuery, Waiting } from './desk.tsx'
import { EditPlace } from './edit-place.tsx'
import { Members } from './members.tsx'
import { MoveChannel, staysInTeam } from './move-channel.tsx'
import { t } from './words.ts'

export function OneChannel({ id }: { id: string }) {
  const { rest, may } = useDesk()
  const shell = useShell()
  const deed = useDeed()
  const [query, setQuery] = useQuery()
  const ways = useMemo(() => new ChannelsRest(shell.client.rest), [shell])
  const asked = useAsked(async () => {
    const channel = await shell.client.rest.channel(id)
    return { channel, team: await rest.team(channel.team_id) }
  }, [id])
  const up = { to: '/admin/channels', text: t('channels.title') }
  if (!asked.value)
    return (
      <>
        <Head title={t('channel.title')} up={up} />
        <Waiting of={asked} />
      </>
    )
  const { channel, team } = asked.value
  const closed = channel.delete_at > 0
  const secret = channel.type === 'P'
  const first = channel.name === 'town-square'
  const moves = may.has('manage_system') && !closed && !staysInTeam(channel)
  const writes = may.has('sysconsole_write_user_management_channels')
  const then = async (f: () => Promise<unknown>, done: string) => {
    if (await deed(f, done)) await asked.again()
  }
  const convert = async () => {
    const sure = await shell.confirm({
      title: secret
        ? t('channel.openTitle', { place: channel.display_name })
        : t('channel.hideTitle', { place: channel.display_name }),
      text: secret ? t('channel.openText') : t('channel.hideText'),
      action: secret ? t('channel.makeOpen') : t('channel.makePrivate'),
      danger: secret,
    })
    if (sure) await then(() => ways.privacy(id, secret ? 'O' : 'P'), t('done.saved'))
  }
  const archive = async () => {
    const sure = await shell.confirm({
      title: t('place.archiveTitle', { place: channel.display_name }),
      text: t('channel.archiveText'),
      action: t('place.archive'),
      danger: true,
    })
    if (sure) await then(() => ways.archive(id), t('place.nowArchived'))
  }
  return (
    <>
      <Head title={channel.display_name} up={up} />
      <p class="marks">
        <bdi>{channel.name}</bdi>
        <Chip text={secret ? t('channels.isPrivate') : t('channels.isOpen')} />
        {closed && <Chip look="off" text={t('place.archived')} />}
        <Go to={`/admin/teams/${team.id}`}>{team.display_name}</Go>
      </p>
      <EditPlace
        key={channel.id}
        readOnly={!writes || closed}
        fields={[
          { key: 'display_name', label: t('place.name'), value: channel.display_name },
          { key: 'name', label: t('place.address'), value: channel.name },
          { key: 'purpose', label: t('channel.purpose'), value: channel.purpose },
          { key: 'header', label: t('channel.header'), value: channel.header },
        ]}
        save={async changed => {
          await ways.patch(id, changed)
          await asked.again()
        }}
      />
      {writes && !closed && !first && (
        <Part title={t('channel.kind')} lead={secret ? t('channel.isPrivateLead') : t('channel.isOpenLead')}>
          <div class="row">
            <Button onClick={() => void convert()}>
              {secret ? t('channel.makeOpen') : t('channel.makePrivate')}
            </Button>
          </div>
        </Part>
      )}
      {moves && (
        <Part
          title={t('channels.team')}
          lead={channel.shared ? t('move.isShared') : t('move.lead', { team: team.display_name })}
        >
          {!channel.shared && (
            <div class="row">
              <Button onClick={() => setQuery({ move: 'yes' })}>{t('move.more')}</Button>
            </div>
          )}
        </Part>
      )}
      {moves && !channel.shared && query('move') && (
        <MoveChannel
          channel={channel}
          onDone={() => void asked.again()}
          onClose={() => setQuery({ move: '' })}
        />
      )}
      <Members circle="channels" id={id} place={channel.display_name} writes={writes} closed={closed} />
      {writes && !first && (
        <Part
          title={closed ? t('place.isArchived') : t('place.archiving')}
          lead={closed ? t('channel.restoreLead') : t('channel.archiveText')}
        >
          <div class="row">
            {closed ? (
              <Button look="primary" onClick={() => void then(() => ways.restore(id), t('place.back'))}>
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
