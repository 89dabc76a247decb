/** Every channel of every team, archived ones too. */
import { ADMIN_PAGE, type Id, type ListedChannel, WHOLE_PAGE } from '@fieldpost/api'
import { scan } from '@fieldpost/core'
import { Choose, type Source, useShell } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
import { useState } from 'preact/hooks'
import {
  Chip,
  type Desk,
  Go,
  Head,
  Nothing,
  Pager,
  Search,
  Select,
  useAsked,
  useDesk,
  useQuery,
  Waiting,
} from './desk.tsx'
import { NewPlace } from './new-place.tsx'
import { t } from './words.ts'

export const KINDS = ['all', 'open', 'private', 'archived'] as const
type KindName = (typeof KINDS)[number]

interface Wanted {
  term: string
  team: Id
  kind: KindName
}

const isKind: Record<KindName, (c: ListedChannel) => boolean> = {
  all: () => true,
  open: c => c.type === 'O' && c.delete_at === 0,
  private: c => c.type === 'P' && c.delete_at === 0,
  archived: c => c.delete_at > 0,
}

const fits = (w: Wanted) => (c: ListedChannel) =>
  isKind[w.kind](c) &&
  (!w.team || c.team_id === w.team) &&
  `${c.display_name} ${c.name}`.toLowerCase().includes(w.term.toLowerCase())

/** The list of all is the server's; what is wanted of it is picked here, as far as it is needed for this page. */
async function listed({ rest }: Desk, w: Wanted, page: number) {
  if (!w.term && !w.team && w.kind === 'all') {
    const told = await rest.channels(page)
    return { channels: told.channels, more: (page + 1) * ADMIN_PAGE < told.total_count }
  }
  const read = async (p: number) => (await rest.channels(p, WHOLE_PAGE)).channels
  const found = await scan(read, WHOLE_PAGE, fits(w), (page + 1) * ADMIN_PAGE + 1)
  return {
    channels: found.slice(page * ADMIN_PAGE, (page + 1) * ADMIN_PAGE),
    more: found.length > (page + 1) * ADMIN_PAGE,
  }
}

function NewChannel({ onClose }: { onClose: () => void }) {
  const { rest } = useDesk()
  const shell = useShell()
  const [team, setTeam] = useState({ text: '', value: '' })
  const [type, setType] = useState<'O' | 'P'>('O')
  const teams: Source = async typed =>
    (await (typed ? rest.findTeams(typed, 0) : rest.teams(0))).teams
      .filter(x => x.delete_at === 0)
      .map(x => ({ value: x.id, text: x.display_name }))
  return (
    <NewPlace
      title={t('channels.new')}
      onClose={onClose}
      make={async (display_name, name) => {
        const made = await shell.client.rest.createChannel({ team_id: team.value, name, display_name, type })
        shell.go(`/admin/channels/${made.id}`)
      }}
    >
      <Choose label={t('channels.team')} chosen={team.text} source={teams} onPick={setTeam} />
      <Select
        seen
        label={t('channel.kind')}
        value={type}
        options={[
          { value: 'O', text: t('channels.isOpen') },
          { value: 'P', text: t('channels.isPrivate') },
        ]}
        onPick={setType}
      />
    </NewPlace>
  )
}

export function Channels() {
  const desk = useDesk()
  const [query, setQuery] = useQuery()
  const [making, make] = useState(false)
  const kind = KINDS.find(k => k === query('show')) ?? 'all'
  const wanted: Wanted = { term: query('q').trim(), team: query('team'), kind }
  const page = Math.max(0, Number.parseInt(query('page') || '1', 10) - 1 || 0)
  const list = useAsked(() => listed(desk, wanted, page), [wanted.term, wanted.team, kind, page])
  const team = useAsked(async () => (wanted.team ? desk.rest.team(wanted.team) : undefined), [wanted.team])
  const channels = list.value?.channels ?? []
  return (
    <>
      <Head title={t('channels.title')} lead={t('channels.lead')}>
        {desk.may.has('manage_system') && (
          <Button look="primary" onClick={() => make(true)}>
            <Icon name="plus" /> {t('channels.new')}
          </Button>
        )}
      </Head>
      <div class="row" role="search">
        <Search label={t('channels.find')} value={query('q')} onInput={q => setQuery({ q, page: '' })} />
        <Select
          label={t('users.show')}
          value={kind}
          options={KINDS.map(k => ({ value: k, text: t(`channels.${k}`) }))}
          onPick={k => setQuery({ show: k === 'all' ? '' : k, page: '' })}
        />
        {team.value && (
          <Button onClick={() => setQuery({ team: '', page: '' })}>
            {t('channels.of', { team: team.value.display_name })} <Icon name="close" />
          </Button>
        )}
      </div>
      <Waiting of={list} />
      {list.value && channels.length === 0 && <Nothing icon="hash" text={t('channels.none')} />}
      {channels.length > 0 && (
        <ul class="rows" aria-label={t('channels.title')}>
          {channels.map(c => (
            <li key={c.id}>
              <Icon name={c.type === 'P' ? 'lock' : 'hash'} />
              <span class="grow">
                <Go class="name" to={`/admin/channels/${c.id}`}>
                  {c.display_name}
                </Go>
                <small>
                  {c.team_display_name && `${c.team_display_name} · `}
                  <bdi>{c.name}</bdi>
                </small>
              </span>
              <span class="marks">
                {c.delete_at > 0 && <Chip look="off" text={t('place.archived')} />}
                <Chip text={c.type === 'P' ? t('channels.isPrivate') : t('channels.isOpen')} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {list.value && (
        <Pager page={page} more={list.value.more} onPage={p => setQuery({ page: p ? String(p + 1) : '' })} />
      )}
      {making && <NewChannel onClose={() => make(false)} />}
    </>
  )
}
