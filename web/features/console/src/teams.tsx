/** Every team of the site, archived ones too. */
import { ADMIN_PAGE } from '@fieldpost/api'
import { useShell } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
import { useState } from 'preact/hooks'
import { Chip, Go, Head, Nothing, Pager, Search, useAsked, useDesk, useQuery, Waiting } from './desk.tsx'
import { NewPlace } from './new-place.tsx'
import { t } from './words.ts'

export function Teams() {
  const { rest, may } = useDesk()
  const shell = useShell()
  const [query, setQuery] = useQuery()
  const [making, make] = useState(false)
  const term = query('q').trim()
  const page = Math.max(0, Number.parseInt(query('page') || '1', 10) - 1 || 0)
  const list = useAsked(() => (term ? rest.findTeams(term, page) : rest.teams(page)), [term, page])
  const teams = list.value?.teams ?? []
  return (
    <>
      <Head title={t('teams.title')} lead={list.value && t('teams.count', { count: list.value.total_count })}>
        {may.has('create_team') && (
          <Button look="primary" onClick={() => make(true)}>
            <Icon name="plus" /> {t('teams.new')}
          </Button>
        )}
      </Head>
      <div class="row" role="search">
        <Search label={t('teams.find')} value={query('q')} onInput={q => setQuery({ q, page: '' })} />
      </div>
      <Waiting of={list} />
      {list.value && teams.length === 0 && <Nothing icon="people" text={t('teams.none')} />}
      {teams.length > 0 && (
        <ul class="rows" aria-label={t('teams.title')}>
          {teams.map(x => (
            <li key={x.id}>
              <span class="grow">
                <Go class="name" to={`/admin/teams/${x.id}`}>
                  {x.display_name}
                </Go>
                <small>
                  <bdi>{x.name}</bdi>
                  {x.description && ` · ${x.description}`}
                </small>
              </span>
              <span class="marks">
                {x.delete_at > 0 && <Chip look="off" text={t('place.archived')} />}
                <Chip text={x.type === 'O' ? t('teams.open') : t('teams.invited')} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {list.value && (
        <Pager
          page={page}
          more={(page + 1) * ADMIN_PAGE < list.value.total_count}
          onPage={p => setQuery({ page: p ? String(p + 1) : '' })}
        />
      )}
      {making && (
        <NewPlace
          title={t('teams.new')}
          onClose={() => make(false)}
          make={async (display_name, name) => {
            const made = await shell.client.rest.createTeam({ name, display_name, type: 'I' })
            shell.go(`/admin/teams/${made.id}`)
          }}
        />
      )}
    </>
  )
}
