import type { Channel } from '@fieldpost/api'
import { KeptPost, useShell, useStore } from '@fieldpost/parts'
import { Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
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
      {!ids && online && <span class="spin page-wait" role="status" aria-label={t('common.loading')} />}
      {!ids && !online && <p class="none">{t('chan.pinsNeed')}</p>}
      {ids?.length === 0 && (
        <div class="empty">
          <Icon name="pin" />
          <h3>{t('chan.noPins')}</h3>
          <p>{t('chan.pinsText')}</p>
        </div>
      )}
      {ids && ids.length > 0 && (
        <ul class="kept" aria-label={t('common.pinnedMessages')}>
          {ids.map(id => (
            <KeptPost key={id} id={id} />
          ))}
        </ul>
      )}
    </div>
  )
}
