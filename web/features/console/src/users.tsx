/** Everybody who has an account here: found by name or address, told apart by what they are. */
import { ADMIN_PAGE, type User, WHOLE_PAGE } from '@fieldpost/api'
import { isOfKind, PEOPLE_KINDS, type PeopleKind, scan } from '@fieldpost/core'
import { useShell } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
import { useState } from 'preact/hooks'
import {
  type Desk,
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
import { NewUser } from './new-user.tsx'
import { PersonRow } from './people.tsx'
import { t } from './words.ts'

interface Listed {
  users: readonly User[]
  more: boolean
}

/** What the server can filter itself. */
const SERVED: Partial<Record<PeopleKind, Record<string, string>>> = {
  everybody: {},
  active: { active: 'true' },
  deactivated: { inactive: 'true' },
}

const cut = (all: readonly User[], page: number): Listed => ({
  users: all.slice(page * ADMIN_PAGE, (page + 1) * ADMIN_PAGE),
  more: all.length > (page + 1) * ADMIN_PAGE,
})

async function listed({ rest }: Desk, term: string, shown: PeopleKind, page: number): Promise<Listed> {
  if (term)
    return cut(
      (await rest.findPeople(term)).filter(u => isOfKind(shown, u)),
      page,
    )
  const served = SERVED[shown]
  if (served || shown === 'bots') {
    const users = await (served ? rest.people(served, page) : rest.bots(page))
    return { users, more: users.length === ADMIN_PAGE }
  }
  const enough = (page + 1) * ADMIN_PAGE + 1
  const keep = (u: User) => isOfKind(shown, u)
  return cut(await scan(p => rest.people({}, p, WHOLE_PAGE), WHOLE_PAGE, keep, enough), page)
}

export function Users() {
  const { client } = useShell()
  const desk = useDesk()
  const [query, setQuery] = useQuery()
  const [making, make] = useState(false)
  const term = query('q').trim()
  const shown = PEOPLE_KINDS.find(s => s === query('show')) ?? 'everybody'
  const page = Math.max(0, Number.parseInt(query('page') || '1', 10) - 1 || 0)
  const list = useAsked(async () => {
    const told = await listed(desk, term, shown, page)
    client.store.putUsers(told.users)
    return told
  }, [term, shown, page])
  return (
    <>
      <Head title={t('users.title')} lead={t('users.lead')}>
        {desk.may.has('manage_system') && (
          <Button look="primary" onClick={() => make(true)}>
            <Icon name="plus" /> {t('users.new')}
          </Button>
        )}
      </Head>
      <div class="row" role="search">
        <Search label={t('users.find')} value={query('q')} onInput={q => setQuery({ q, page: '' })} />
        <Select
          label={t('users.show')}
          value={shown}
          options={PEOPLE_KINDS.map(s => ({ value: s, text: t(`users.${s}`) }))}
          onPick={s => setQuery({ show: s === 'everybody' ? '' : s, page: '' })}
        />
      </div>
      <Waiting of={list} />
      {list.value?.users.length === 0 && <Nothing icon="people" text={t('users.none')} />}
      {list.value && list.value.users.length > 0 && (
        <ul class="rows" aria-label={t('users.title')}>
          {list.value.users.map(u => (
            <PersonRow key={u.id} user={u} />
          ))}
        </ul>
      )}
      {list.value && (
        <Pager page={page} more={list.value.more} onPage={p => setQuery({ page: p ? String(p + 1) : '' })} />
      )}
      {making && (
        <NewUser
          onClose={() => make(false)}
          onMade={u => {
            make(false)
            client.notice(t('new.made', { name: u.username }))
            void list.again()
          }}
        />
      )}
    </>
  )
}
