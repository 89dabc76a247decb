/** The channels of a team: what can be joined, what is archived, and the private ones of the reader. */
import type { Channel } from '@fieldpost/api'
import { Directory, type Which } from '@fieldpost/core'
import { attempt, explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Dialog, Icon } from '@fieldpost/ui'
import { useEffect, useMemo, useState } from 'preact/hooks'

const KINDS: readonly { id: Which; label: string }[] = [
  { id: 'public', label: 'Public' },
  { id: 'private', label: 'Private' },
  { id: 'archived', label: 'Archived' },
]

function Row({ c, count, onOpen }: { c: Channel; count: number | undefined; onOpen: () => void }) {
  const joined = useStore().members.value.has(c.id)
  const archived = c.delete_at > 0
  return (
    <li>
      <Icon name={archived ? 'archive' : c.type === 'P' ? 'lock' : 'hash'} />
      <span class="grow">
        <b class="cut">{c.display_name}</b>
        <small>
          {joined && (
            <span class="joined">
              <Icon name="check" /> Joined
            </span>
          )}
          {count !== undefined && <span>{count === 1 ? '1 member' : `${count} members`}</span>}
          {c.purpose && <span class="cut">{c.purpose}</span>}
        </small>
      </span>
      <Button
        onClick={onOpen}
        aria-label={`${joined ? 'Open' : archived ? 'Read' : 'Join'} ${c.display_name}`}
      >
        {joined ? 'Open' : archived ? 'Read' : 'Join'}
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
    <Dialog title="Browse channels" onClose={onClose}>
      <input
        class="input"
        type="search"
        aria-label="Search channels"
        placeholder="Name or purpose"
        autofocus
        value={term}
        onInput={e => setTerm(e.currentTarget.value)}
      />
      <div class="tabs" role="group" aria-label="Which channels">
        {KINDS.map(k => (
          <button key={k.id} type="button" aria-pressed={which === k.id} onClick={() => setWhich(k.id)}>
            {k.label}
          </button>
        ))}
      </div>
      {problem && (
        <p class="trouble" role="alert">
          <Icon name="offline" />
          {problem.kind === 'offline'
            ? 'The server is out of reach. These are the channels you are in.'
            : explain(problem)}
        </p>
      )}
      {!list && !problem && <span class="spin" role="status" aria-label="Loading" />}
      {list && list.length === 0 && <p class="quiet-hint">No such channel here.</p>}
      {list && list.length > 0 && (
        <ul class="browse scroll" aria-label="Channels" tabIndex={-1}>
          {list.map(c => (
            <Row key={c.id} c={c} count={directory.counts.value.get(c.id)} onOpen={() => void open(c)} />
          ))}
          {directory.more.value && (
            <li class="older">
              <Button look="quiet" onClick={() => void directory.next()}>
                More channels
              </Button>
            </li>
          )}
        </ul>
      )}
    </Dialog>
  )
}
