import type { Group } from '@fieldpost/api'
import { GroupList, groupRights, type WhichGroups } from '@fieldpost/core/user-groups'
import { useShell, useStore } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { groupPath, wrongText } from './deeds.ts'
import { MakeGroup } from './form.tsx'
import { t } from './words.ts'

const KINDS = [
  { id: 'all', label: 'list.all' },
  { id: 'mine', label: 'list.mine' },
  { id: 'archived', label: 'list.archived' },
] as const satisfies readonly { id: WhichGroups; label: string }[]

function Row({ g, mine }: { g: Group; mine: boolean }) {
  const shell = useShell()
  const to = groupPath(shell, g.id)
  return (
    <li>
      <a
        href={to}
        onClick={e => {
          if (e.ctrlKey || e.metaKey || e.shiftKey) return
          e.preventDefault()
          shell.go(to)
        }}
      >
        <span class="groupface">
          <Icon name={g.delete_at > 0 ? 'archive' : 'people'} />
        </span>
        <span class="grow">
          <b class="cut">{g.display_name}</b>
          <small class="cut">
            <bdi>@{g.name}</bdi>
            {g.member_count !== undefined && ` · ${t('list.people', { count: g.member_count })}`}
          </small>
        </span>
        {mine && (
          <span class="chip">
            <Icon name="check" /> {t('list.joined')}
          </span>
        )}
      </a>
    </li>
  )
}

/** What stands where there are none. */
function Nothing({ which, term }: { which: WhichGroups; term: string }) {
  const said = {
    all: [t('list.none'), t('list.noneText')],
    mine: [t('list.noMine'), t('list.noMineText')],
    archived: [t('list.noArchived'), ''],
  }[which]
  const [title, text] = term ? [t('list.notFound'), ''] : said
  return (
    <div class="empty" role="status">
      <Icon name={term ? 'search' : 'people'} />
      <h2>{title}</h2>
      {text && <p>{text}</p>}
    </div>
  )
}

export function List({ teamId }: { teamId: string }) {
  const shell = useShell()
  const store = useStore()
  const { client } = shell
  const groups = useMemo(() => new GroupList({ p: client.platform, store }), [client, store])
  const [which, setWhich] = useState<WhichGroups>('all')
  const [term, setTerm] = useState('')
  const [making, make] = useState(false)
  const online = store.link.value === 'online'
  useEffect(() => client.groups.follow(e => groups.heard(e)), [client, groups])
  useEffect(() => {
    const timer = setTimeout(() => void groups.open(which, term), term ? 150 : 0)
    return () => clearTimeout(timer)
  }, [groups, which, term, online])
  const may = groupRights(client.permissions.in(teamId).value)
  const list = groups.list.value
  const problem = groups.problem.value
  const mine = groups.mine.value
  return (
    <>
      <div class="intro">
        <p class="grow">{t('list.about')}</p>
        {may.make && (
          <Button look="primary" onClick={() => make(true)}>
            <Icon name="plus" /> {t('make.act')}
          </Button>
        )}
      </div>
      <div class="tools">
        <input
          class="input grow"
          type="search"
          aria-label={t('list.find')}
          placeholder={t('list.find')}
          autocapitalize="none"
          spellcheck={false}
          value={term}
          onInput={e => setTerm(e.currentTarget.value)}
        />
        <div class="tabs" role="group" aria-label={t('list.which')}>
          {KINDS.map(k => (
            <button key={k.id} type="button" aria-pressed={which === k.id} onClick={() => setWhich(k.id)}>
              {t(k.label)}
            </button>
          ))}
        </div>
      </div>
      {problem && list && (
        <p class="trouble" role="alert">
          <Icon name="offline" /> {problem.kind === 'offline' ? t('list.kept') : wrongText(problem)}
        </p>
      )}
      {problem && !list && (
        <div class="empty" role="alert">
          <Icon name="offline" />
          <h2>{problem.kind === 'offline' ? t('list.need') : wrongText(problem)}</h2>
          {problem.kind === 'offline' && <p>{t('list.needText')}</p>}
        </div>
      )}
      {!list && !problem && <span class="spin page-wait" role="status" aria-label={t('list.title')} />}
      {list?.length === 0 && !problem && <Nothing which={which} term={term.trim()} />}
      {list && list.length > 0 && (
        <ul class="groups" aria-label={t('list.title')}>
          {list.map(g => (
            <Row key={g.id} g={g} mine={mine.has(g.id)} />
          ))}
        </ul>
      )}
      {groups.more.value && (
        <p class="older">
          <Button onClick={() => void groups.next()}>{t('list.more')}</Button>
        </p>
      )}
      {making && <MakeGroup onClose={() => make(false)} />}
    </>
  )
}
