import type { User } from '@fieldpost/api'
import { channelPath, displayName } from '@fieldpost/core'
import { explain, Face, SiteMark, useShell, useStore } from '@fieldpost/parts'
import { Dialog, Field } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useEffect, useState } from 'preact/hooks'

export function NewDirect({ teamId, onClose }: { teamId: string; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const [text, setText] = useState('')
  const [people, setPeople] = useState<readonly User[]>(store.knownUsers())
  const [wrong, setWrong] = useState('')
  useEffect(() => {
    shell.client.rest.users({ in_team: teamId, per_page: 200 }).then(
      list => {
        store.putUsers(list)
        setPeople(list)
      },
      () => {},
    )
  }, [])
  const q = text.trim().replace(/^@/, '').toLowerCase()
  // Whoever is in no team of the reader's, as people of another site may be, is found by name.
  useEffect(() => {
    if (q.length < 2) return
    let current = true
    const asked = setTimeout(() => {
      shell.client.rest.autocompleteUsers({ name: q, limit: 30 }).then(
        ({ users }) => {
          store.putUsers(users)
          if (current) setPeople(known => [...known, ...users.filter(u => known.every(k => k.id !== u.id))])
        },
        () => {},
      )
    }, 200)
    return () => {
      current = false
      clearTimeout(asked)
    }
  }, [q])
  const found = people
    .filter(u => u.delete_at === 0 && `${u.username} ${displayName(u)}`.toLowerCase().includes(q))
    .slice(0, 30)
  const write = async (u: User) => {
    try {
      const c = await shell.client.places.openDirect(u.id)
      onClose()
      shell.go(channelPath(store, shell.team(), c))
    } catch (e) {
      setWrong(explain(e))
    }
  }
  const byName = async () => {
    const known = found[0]
    if (known) return write(known)
    try {
      const u = await shell.client.rest.userByName(q)
      store.putUsers([u])
      await write(u)
    } catch (e) {
      setWrong(explain(e))
    }
  }
  return (
    <Dialog title={t('side.newDirect')} onClose={onClose}>
      <form
        class="switcher"
        onSubmit={e => {
          e.preventDefault()
          void byName()
        }}
      >
        <Field
          label={t('side.to')}
          name="to"
          autoFocus
          value={text}
          onInput={setText}
          wrong={wrong}
          hint={t('side.toHint')}
        />
        <div class="scroll" style={{ maxBlockSize: '18rem' }}>
          {found.map(u => (
            <button
              key={u.id}
              type="button"
              class="chan"
              style={{ inlineSize: '100%' }}
              onClick={() => void write(u)}
            >
              <Face user={u.id} size="1.6rem" />
              <span class="grow cut">
                {displayName(u)} <small>@{u.username}</small>
              </span>
              <SiteMark user={u} />
            </button>
          ))}
        </div>
      </form>
    </Dialog>
  )
}
