import type { Channel } from '@fieldpost/api'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Dialog, Icon } from '@fieldpost/ui'
import { useEffect, useState } from 'preact/hooks'

export function Browse({ teamId, onClose }: { teamId: string; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const [list, setList] = useState<readonly Channel[] | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  useEffect(() => {
    shell.client.rest.publicChannels(teamId).then(setList, (e: unknown) => setWrong(explain(e)))
  }, [])
  const join = async (c: Channel) => {
    try {
      if (!store.channels.peek().has(c.id)) await shell.client.places.joinChannel(c.id)
      onClose()
      shell.go(`/${shell.team()}/channels/${c.name}`)
    } catch (e) {
      setWrong(explain(e))
    }
  }
  return (
    <Dialog title="Browse channels" onClose={onClose}>
      {wrong && <p role="alert">{wrong}</p>}
      {!list && !wrong && <span class="spin" />}
      <div class="switcher">
        {list?.map(c => (
          <div key={c.id} style={{ display: 'flex', alignItems: 'center', gap: 'var(--s3)' }}>
            <Icon name="hash" />
            <span class="grow cut">
              {c.display_name} <small>{c.purpose}</small>
            </span>
            <Button onClick={() => void join(c)}>{store.channels.value.has(c.id) ? 'Open' : 'Join'}</Button>
          </div>
        ))}
      </div>
    </Dialog>
  )
}
