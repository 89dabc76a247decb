import { slug } from '@fieldpost/core'
import { Asking, useShell } from '@fieldpost/parts'
import { Field } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useState } from 'preact/hooks'

export function CreateChannel({ teamId, onClose }: { teamId: string; onClose: () => void }) {
  const shell = useShell()
  const [name, setName] = useState('')
  const [type, setType] = useState<'O' | 'P'>('O')
  const create = async () => {
    const c = await shell.client.places.createChannel(teamId, name.trim(), slug(name), type)
    onClose()
    shell.go(`/${shell.team()}/channels/${c.name}`)
  }
  return (
    <Asking
      title={t('side.newChannel')}
      act={t('side.createChannel')}
      ready={slug(name) !== ''}
      about="channel"
      onDo={create}
      onClose={onClose}
    >
      <Field label={t('side.name')} name="channel" autoFocus value={name} onInput={setName} />
      <label style={{ display: 'flex', gap: 'var(--s2)', alignItems: 'center' }}>
        <input
          type="checkbox"
          style={{ accentColor: 'var(--accent)', width: '1.1rem', height: '1.1rem' }}
          checked={type === 'P'}
          onChange={e => setType(e.currentTarget.checked ? 'P' : 'O')}
        />
        {t('side.private')}
      </label>
    </Asking>
  )
}
