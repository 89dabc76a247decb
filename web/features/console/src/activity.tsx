/** What was done to accounts: by whom, from where, and what came of it. As a list, and as a file. */
import { ADMIN_PAGE, type Audit, type User, WHOLE_PAGE } from '@fieldpost/api'
import { csv, displayName, fullText, noteOf, scan, sinceText } from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
import { useState } from 'preact/hooks'
import {
  Chip,
  download,
  Go,
  Head,
  Nothing,
  Pager,
  Search,
  useAsked,
  useDesk,
  useQuery,
  Waiting,
} from './desk.tsx'
import { t } from './words.ts'

/** So many notes go into one file. */
const MOST_EXPORTED = 50_000

interface Row {
  note: Audit
  who: User | undefined
  by: User | undefined
}

const fits = (term: string) => (r: Row) => {
  const { detail, deed } = noteOf(r.note)
  const names = [r.who, r.by].map(u => (u ? `${u.username} ${displayName(u)}` : ''))
  return [t(`deed.${deed}`), r.note.action, detail, r.note.ip_address, ...names]
    .join(' ')
    .toLowerCase()
    .includes(term.toLowerCase())
}

/** Reads notes with the people in them, whom they name by their ids only. */
function useNotes() {
  const { rest } = useDesk()
  const { client } = useShell()
  return async (page: number, person: string, size: number): Promise<Row[]> => {
    const notes = await rest.audits(page, person, size)
    const ids = [...new Set(notes.flatMap(n => [n.user_id, noteOf(n).by]))].filter(Boolean)
    const strange = ids.filter(id => !client.store.user(id).peek())
    if (strange.length > 0) client.store.putUsers(await client.rest.usersByIds(strange))
    const of = (id: string) => client.store.user(id).peek()
    return notes.map(note => ({ note, who: of(note.user_id), by: of(noteOf(note).by) }))
  }
}

const asCells = ({ note, who, by }: Row): string[] => {
  const n = noteOf(note)
  return [
    new Date(note.create_at).toISOString(),
    who?.username ?? note.user_id,
    note.action,
    n.ok ? 'success' : 'refused',
    n.detail,
    by?.username ?? n.by,
    note.ip_address,
    note.session_id,
  ]
}

const HEADINGS = ['time', 'account', 'action', 'outcome', 'detail', 'by', 'address', 'session']

export function Activity() {
  const shell = useShell()
  const store = useStore()
  const read = useNotes()
  const [query, setQuery] = useQuery()
  const [busy, setBusy] = useState(false)
  const term = query('q').trim()
  const person = query('person')
  const page = Math.max(0, Number.parseInt(query('page') || '1', 10) - 1 || 0)
  const list = useAsked(async () => {
    if (!term) {
      const rows = await read(page, person, ADMIN_PAGE)
      return { rows, more: rows.length === ADMIN_PAGE }
    }
    const enough = (page + 1) * ADMIN_PAGE + 1
    const found = await scan(p => read(p, person, WHOLE_PAGE), WHOLE_PAGE, fits(term), enough)
    return {
      rows: found.slice(page * ADMIN_PAGE, (page + 1) * ADMIN_PAGE),
      more: found.length > (page + 1) * ADMIN_PAGE,
    }
  }, [term, person, page])
  const of = useAsked(async () => (person ? shell.client.rest.usersByIds([person]) : []), [person])
  const save = async () => {
    if (busy) return
    setBusy(true)
    try {
      const all = await scan(p => read(p, person, WHOLE_PAGE), WHOLE_PAGE, fits(term), MOST_EXPORTED)
      const name = `activity-${new Date().toISOString().slice(0, 10)}.csv`
      download(name, 'text/csv;charset=utf-8', csv([HEADINGS, ...all.slice(0, MOST_EXPORTED).map(asCells)]))
    } catch (e) {
      shell.client.notice(explain(e), 'error')
    } finally {
      setBusy(false)
    }
  }
  const now = Date.now()
  const rows = list.value?.rows ?? []
  const about = of.value?.[0]
  return (
    <>
      <Head title={t('activity.title')} lead={t('activity.lead')}>
        <Button busy={busy} onClick={() => void save()}>
          <Icon name="down" /> {t('activity.export')}
        </Button>
      </Head>
      <div class="row" role="search">
        <Search label={t('activity.find')} value={query('q')} onInput={q => setQuery({ q, page: '' })} />
        {about && (
          <Button onClick={() => setQuery({ person: '', page: '' })}>
            {t('activity.of', { name: displayName(about) })} <Icon name="close" />
          </Button>
        )}
      </div>
      <Waiting of={list} />
      {list.value && rows.length === 0 && <Nothing icon="shield" text={t('activity.none')} />}
      {rows.length > 0 && (
        <ul class="rows" aria-label={t('activity.title')}>
          {rows.map(({ note, who, by }) => {
            const n = noteOf(note)
            return (
              <li key={note.id}>
                <b class="what">{t(`deed.${n.deed}`)}</b>
                <span class="grow">
                  <Go class="name" to={`/admin/users/${note.user_id}`}>
                    {displayName(who ?? store.user(note.user_id).value)}
                  </Go>
                  <small>
                    <time dateTime={new Date(note.create_at).toISOString()} title={fullText(note.create_at)}>
                      {sinceText(note.create_at, now)}
                    </time>
                    {note.ip_address && (
                      <>
                        {' · '}
                        <bdi>{note.ip_address}</bdi>
                      </>
                    )}
                    {n.by && ` · ${t('activity.by', { name: displayName(by) })}`}
                    {n.detail && (
                      <>
                        {' · '}
                        <bdi>{n.detail}</bdi>
                      </>
                    )}
                    {n.deed === 'other' && (
                      <>
                        {' · '}
                        <bdi>{note.action}</bdi>
                      </>
                    )}
                  </small>
                </span>
                <Chip look={n.ok ? '' : 'off'} text={n.ok ? t('activity.done') : t('activity.refused')} />
              </li>
            )
          })}
        </ul>
      )}
      {list.value && (
        <Pager page={page} more={list.value.more} onPage={p => setQuery({ page: p ? String(p + 1) : '' })} />
      )}
    </>
  )
}
