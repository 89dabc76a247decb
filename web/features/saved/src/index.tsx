/** The messages that somebody saved for later, of all teams. */
import { KeptPost, useShell, useStore } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
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
      {!shown && online && <span class="spin page-wait" role="status" aria-label="Loading" />}
      {!shown && !online && (
        <div class="empty">
          <Icon name="offline" />
          <h2>Not on this device yet</h2>
          <p>What you saved is shown once the server is back.</p>
        </div>
      )}
      {shown?.length === 0 && (
        <div class="empty">
          <Icon name="bookmark" />
          <h2>Nothing saved yet</h2>
          <p>Save a message by its menu, and you find it here. Only you see what you saved.</p>
        </div>
      )}
      {shown && shown.length > 0 && (
        <ul class="kept" aria-label="Saved messages">
          {shown.map(id => (
            <KeptPost key={id} id={id} place />
          ))}
        </ul>
      )}
      {savedList.more.value && (
        <p class="older">
          <Button onClick={() => void savedList.next()}>Earlier ones</Button>
        </p>
      )}
    </div>
  )
}
