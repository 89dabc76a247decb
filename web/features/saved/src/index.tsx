/** The messages that somebody saved for later, of all teams. */

import { KeptPost, useShell, useStore } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect } from 'preact/hooks'
import './saved.css'

export default function SavedPage() {
  const { saved, savedList } = useShell().client
  const store = useStore()
  const online = store.link.value === 'online'
  useEffect(() => {
    void savedList.load()
  }, [savedList, online])
  const shown = savedList.posts.value?.filter(id => saved.posts.value.has(id))
  return (
    <div class="saved scroll" tabIndex={-1}>
      {!shown && online && <span class="spin page-wait" role="status" aria-label={t('common.loading')} />}
      {!shown && !online && (
        <div class="empty">
          <Icon name="offline" />
          <h2>{t('inbox.notHere')}</h2>
          <p>{t('saved.need')}</p>
        </div>
      )}
      {shown?.length === 0 && (
        <div class="empty">
          <Icon name="bookmark" />
          <h2>{t('saved.none')}</h2>
          <p>{t('saved.text')}</p>
        </div>
      )}
      {shown && shown.length > 0 && (
        <ul class="kept" aria-label={t('app.savedMessages')}>
          {shown.map(id => (
            <KeptPost key={id} id={id} place />
          ))}
        </ul>
      )}
      {savedList.more.value && (
        <p class="older">
          <Button onClick={() => void savedList.next()}>{t('kept.earlier')}</Button>
        </p>
      )}
    </div>
  )
}
