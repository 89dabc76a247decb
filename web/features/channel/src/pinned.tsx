import type { Channel } from '@fieldpost/api'
import { KeptPost, useShell, useStore } from '@fieldpost/parts'
import { Icon } from '@fieldpost/ui'
import { useEffect } from 'preact/hooks'

export function Pinned({ channel }: { channel: Channel }) {
  const { pins } = useShell().client
  const store = useStore()
  const online = store.link.value === 'online'
  useEffect(() => {
    void pins.load(channel.id)
  }, [pins, channel.id, online])
  const ids = pins.of(channel.id).value
  return (
    <div class="scroll" tabIndex={-1}>
      {!ids && online && <span class="spin page-wait" role="status" aria-label="Loading" />}
      {!ids && !online && <p class="none">What is pinned here is shown once the server is back.</p>}
      {ids?.length === 0 && (
        <div class="empty">
          <Icon name="pin" />
          <h3>Nothing pinned yet</h3>
          <p>Pin a message by its menu, and everybody here finds it in this list.</p>
        </div>
      )}
      {ids && ids.length > 0 && (
        <ul class="kept" aria-label="Pinned messages">
          {ids.map(id => (
            <KeptPost key={id} id={id} />
          ))}
        </ul>
      )}
    </div>
  )
}
