/** The roles there are, and what each may do. */
import type { Role } from '@fieldpost/api'
import { Head, Nothing, Search, useAsked, useDesk, useQuery, Waiting } from './desk.tsx'
import { t } from './words.ts'

/** Those that people meet, in the order of where they hold: on the server, in a team, in a channel. */
const NAMED = [
  'system_admin',
  'system_manager',
  'system_user_manager',
  'system_read_only_admin',
  'system_user',
  'system_guest',
  'team_admin',
  'team_user',
  'team_guest',
  'channel_admin',
  'channel_user',
  'channel_guest',
] as const
type Named = (typeof NAMED)[number]
const isNamed = (name: string): name is Named => NAMED.some(n => n === name)

export const roleText = (name: string): string => (isNamed(name) ? t(`role.${name}`) : name)

const rank = (r: Role): number => (isNamed(r.name) ? NAMED.indexOf(r.name) : NAMED.length)

export function Roles() {
  const { rest } = useDesk()
  const [query, setQuery] = useQuery()
  const term = query('q').trim().toLowerCase()
  const list = useAsked(() => rest.roles(), [])
  const shown = [...(list.value ?? [])]
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .map(role => ({
      role,
      all: role.permissions?.length ?? 0,
      may: (role.permissions ?? []).filter(p => p.includes(term)).sort(),
    }))
    .filter(x => x.may.length > 0 || !term || roleText(x.role.name).toLowerCase().includes(term))
  return (
    <>
      <Head title={t('roles.title')} lead={t('roles.lead')} />
      <div class="row" role="search">
        <Search label={t('roles.find')} value={query('q')} onInput={q => setQuery({ q })} />
      </div>
      <Waiting of={list} />
      {list.value && shown.length === 0 && <Nothing icon="key" text={t('roles.none')} />}
      {shown.length > 0 && (
        <ul class="rows" aria-label={t('roles.title')}>
          {shown.map(({ role, all, may }) => (
            <li key={role.id}>
              <details open={term !== '' && may.length > 0}>
                <summary>
                  <b>{roleText(role.name)}</b> <small>{t('roles.count', { count: all })}</small>
                </summary>
                {isNamed(role.name) && <p>{t(`role.${role.name}.about`)}</p>}
                <ul class="permissions">
                  {may.map(p => (
                    <li key={p}>
                      <code>{p}</code>
                    </li>
                  ))}
                </ul>
              </details>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
