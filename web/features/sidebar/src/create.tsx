import { slug } from '@fieldpost/core'
import { explain, useShell } from '@fieldpost/parts'
import { Button, Dialog, Field } from '@fieldpost/ui'
import { useState } from 'preact/hooks'

export function CreateChannel({ teamId, onClose }: { teamId: string; onClose: () => void }) {
  const shell = useShell()
  const [name, setName] = useState('')
  const [type, setType] = useState<'O' | 'P'>('O')
  const [wrong, setWrong] = useState('')
  const create = async () => {
    try {
      const c = await shell.client.places.createChannel(teamId, name.trim(), slug(name), type)
      onClose()
      shell.go(`/${shell.team()}/channels/${c.name}`)
    } catch (e) {
      setWrong(explain(e))
    }
  }
  return (
    <Dialog title="New channel" onClose={onClose}>
      <form
        class="side-form"
        onSubmit={e => {
          e.preventDefault()
          void create()
        }}
      >
        <Field label="Name" name="channel" autoFocus value={name} onInput={setName} wrong={wrong} />
        <label style={{ display: 'flex', gap: 'var(--s2)', alignItems: 'center' }}>
          <input
            type="checkbox"
            style={{ accentColor: 'var(--accent)', width: '1.1rem', height: '1.1rem' }}
            checked={type === 'P'}
            onChange={e => setType(e.currentTarget.checked ? 'P' : 'O')}
          />
          Private: only people who are added see it
        </label>
        <footer>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" disabled={slug(name).length < 1}>
            Create channel
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
