/** The channels of a team: what can be joined, what is archived, and the private ones of the reader. */

import type { Channel } from '@fieldpost/api'
import { Directory, type Which } from '@fieldpost/core'
import { attempt, explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Dialog, Icon } from '@fieldpost/ui'
import { type Key, t } from '@fieldpost/words'
import { useEffect, useMemo, useState } from 'preact/hooks'

const KINDS = [
  { id: 'public', label: 'browse.public' },
  { id: 'private', label: 'browse.private' },
  { id: 'archived', label: 'browse.archived' },
] as const satisfies readonly { id: Which; label: Key }[]

function Row({ c, count, onOpen }: { c: Channel; count: number | undefined; onOpen: () => void }) {
  const joined = useStore().members.value.has(c.id)
  const archived = c.delete_at > 0
  const name = c.display_name
  const told = joined
    ? t('browse.openNamed', { name })
    : archived
      ? t('browse.readNamed', { name })
      : t('entry.joinNamed', { team: name })
  return (
    <li>
      <Icon name={archived ? 'archive' : c.type === 'P' ? 'lock' : 'hash'} />
      <span class="grow">
        <b class="cut">{name}</b>
        <small>
          {joined && (
            <span class="joined">
              <Icon name="check" /> {t('browse.joined')}
            </span>
          )}
          {count !== undefined && <span>{t('browse.members', { count })}</span>}
          {c.purpose && <span class="cut">{c.purpose}</span>}
        </small>
      </span>
      <Button onClick={onOpen} aria-label={told}>
        {joined ? t('side.open') : archived ? t('browse.read') : t('entry.join')}
      </Button>
    </li>
  )
}

export function Browse({ teamId, onClose }: { teamId: string; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const { client } = shell
  const directory = useMemo(() => new Directory({ p: client.platform, store }), [client, store])
  const [which, setWhich] = useState<Which>('public')
  const [term, setTerm] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => void directory.open(teamId, which, term), term ? 150 : 0)
    return () => clearTimeout(timer)
  }, [directory, teamId, which, term])
  const open = async (c: Channel) => {
    const there = store.channels.peek().has(c.id)
    if (!there && !(await attempt(shell, () => client.places.joinChannel(c.id)))) return
    onClose()
    shell.go(`/${shell.team()}/channels/${c.name}`)
  }
  const list = directory.list.value
  const problem = directory.problem.value
  return (
    <Dialog title={t('side.browse')} onClose={onClose}>
      <input
        class="input"
        type="search"
        aria-label={t('browse.search')}
        placeholder={t('browse.hint')}
        autofocus
        value={term}
        onInput={e => setTerm(e.currentTarget.value)}
      />
      <div class="tabs" role="group" aria-label={t('browse.which')}>
        {KINDS.map(k => (
          <button key={k.id} type="button" aria-pressed={which === k.id} onClick={() => setWhich(k.id)}>
            {t(k.label)}
          </button>
        ))}
      </div>
      {problem && (
        <p class="trouble" role="alert">
          <Icon name="offline" />
          {problem.kind === 'offline' ? t('browse.offline') : explain(problem)}
        </p>
      )}
      {!list && !problem && <span class="spin" role="status" aria-label={t('common.loading')} />}
      {list && list.length === 0 && <p class="quiet-hint">{t('browse.none')}</p>}
      {list && list.length > 0 && (
        <ul class="browse scroll" aria-label={t('side.channels')} tabIndex={-1}>
          {list.map(c => (
            <Row key={c.id} c={c} count={directory.counts.value.get(c.id)} onOpen={() => void open(c)} />
          ))}
          {directory.more.value && (
            <li class="older">
              <Button look="quiet" onClick={() => void directory.next()}>
                {t('browse.more')}
              </Button>
            </li>
          )}
        </ul>
      )}
    </Dialog>
  )
}
