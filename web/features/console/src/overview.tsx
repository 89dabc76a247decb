/** How the site is: whether its parts work, how many of everything there are, how its links stand. */
import { LinkRest } from '@fieldpost/api'
import { useShell, useStore } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
import { useMemo } from 'preact/hooks'
import { Go, Head, Part, useAsked, useDesk, Waiting } from './desk.tsx'
import { t } from './words.ts'

interface Figure {
  label: string
  value: number
  to: string
}

function Figures({ list, title }: { list: readonly Figure[]; title: string }) {
  return (
    <ul class="figures" aria-label={title}>
      {list.map(f => (
        <li key={f.to}>
          <Go to={f.to}>
            <b>{t('overview.number', { number: f.value })}</b>
            <span>{f.label}</span>
          </Go>
        </li>
      ))}
    </ul>
  )
}

function People() {
  const { rest } = useDesk()
  const asked = useAsked(async () => {
    const [active, all, bots, admins, guests] = await Promise.all([
      rest.count(),
      rest.count({ include_deleted: 'true' }),
      rest.count({ include_bots: 'true' }),
      rest.count({ roles: 'system_admin' }),
      rest.count({ roles: 'system_guest' }),
    ])
    return { active, gone: all - active, bots: bots - active, admins, guests }
  }, [])
  const v = asked.value
  return (
    <Part title={t('users.title')}>
      <Waiting of={asked} />
      {v && (
        <Figures
          title={t('users.title')}
          list={[
            { label: t('users.active'), value: v.active, to: '/admin/users?show=active' },
            { label: t('users.deactivated'), value: v.gone, to: '/admin/users?show=deactivated' },
            { label: t('users.admins'), value: v.admins, to: '/admin/users?show=admins' },
            { label: t('users.guests'), value: v.guests, to: '/admin/users?show=guests' },
            { label: t('users.bots'), value: v.bots, to: '/admin/users?show=bots' },
          ]}
        />
      )}
    </Part>
  )
}

function Places() {
  const { rest } = useDesk()
  const asked = useAsked(async () => {
    const [teams, channels] = await Promise.all([rest.teams(0, 1), rest.channels(0, 1)])
    return { teams: teams.total_count, channels: channels.total_count }
  }, [])
  return (
    <Part title={t('overview.places')}>
      <Waiting of={asked} />
      {asked.value && (
        <Figures
          title={t('overview.places')}
          list={[
            { label: t('teams.title'), value: asked.value.teams, to: '/admin/teams' },
            { label: t('channels.title'), value: asked.value.channels, to: '/admin/channels' },
          ]}
        />
      )}
    </Part>
  )
}

const State = ({ ok, text }: { ok: boolean; text: string }) => (
  <span class={ok ? 'state ok' : 'state bad'}>
    <Icon name={ok ? 'ok' : 'warn'} /> {text}
  </span>
)

function Health() {
  const { rest } = useDesk()
  const store = useStore()
  const asked = useAsked(() => rest.state(), [])
  const config = store.config.value
  const word = (s: string | undefined) => (
    <State ok={s === 'OK'} text={s === 'OK' ? t('overview.works') : (s ?? t('overview.unknown'))} />
  )
  return (
    <Part title={t('overview.health')}>
      <Waiting of={asked} />
      {asked.value && (
        <dl class="facts">
          <dt>{t('overview.server')}</dt>
          <dd>{word(asked.value.status)}</dd>
          <dt>{t('overview.database')}</dt>
          <dd>{word(asked.value.database_status)}</dd>
          <dt>{t('overview.files')}</dt>
          <dd>{word(asked.value.filestore_status)}</dd>
          <dt>{t('overview.api')}</dt>
          <dd>
            <bdi>{config['Version']}</bdi>
          </dd>
          <dt>{t('overview.name')}</dt>
          <dd>{config['SiteName']}</dd>
          <dt>{t('overview.url')}</dt>
          <dd>{config['SiteURL'] ? <bdi>{config['SiteURL']}</bdi> : t('overview.noUrl')}</dd>
          <dt>{t('overview.id')}</dt>
          <dd>
            <code>{config['DiagnosticId']}</code>
          </dd>
        </dl>
      )}
      <div class="row">
        <Button onClick={() => void asked.again()}>
          <Icon name="retry" /> {t('overview.look')}
        </Button>
      </div>
    </Part>
  )
}

function LinksAtAGlance() {
  const { client } = useShell()
  const links = useMemo(() => new LinkRest(client.rest), [client])
  const asked = useAsked(() => links.report(), [])
  const peers = asked.value?.peers ?? []
  return (
    <Part title={t('overview.links')}>
      <Waiting of={asked} />
      {asked.value && peers.length === 0 && <p>{t('overview.noLinks')}</p>}
      {peers.length > 0 && (
        <ul class="rows" aria-label={t('overview.links')}>
          {peers.map(p => (
            <li key={p.id}>
              <b class="grow">{p.site}</b>
              <State ok={p.state === 'connected'} text={t(`link.${p.state}`)} />
              <small>{t('overview.backlog', { count: p.backlog.changes })}</small>
            </li>
          ))}
        </ul>
      )}
      <Go to="/admin/links">{t('overview.toLinks')}</Go>
    </Part>
  )
}

export function Overview() {
  const { may } = useDesk()
  return (
    <>
      <Head title={t('overview.title')} lead={t('overview.lead')} />
      <Health />
      {may.has('sysconsole_read_user_management_users') && <People />}
      {may.has('sysconsole_read_user_management_channels') && <Places />}
      {may.has('manage_system') && <LinksAtAGlance />}
    </>
  )
}
