import { channelTitle, dayText } from '@fieldpost/core'
import { t } from '@fieldpost/words'
import { useShell, useStore } from './context.tsx'
import { PostRow } from './post.tsx'
import './kept.css'

/** A message in a list of kept ones, with the way to where it was said. */
export function KeptPost({ id, place = false }: { id: string; place?: boolean }) {
  const shell = useShell()
  const store = useStore()
  const post = store.post(id).value
  if (!post) return null
  const channel = store.channels.value.get(post.channel_id)
  const path = `/${shell.team()}/pl/${id}`
  return (
    <li>
      <p class="where">
        <span class="grow cut ours">
          {place && <b>{channel ? channelTitle(store, channel) : t('kept.notIn')} · </b>}
          {dayText(post.create_at, Date.now())}
        </span>
        <a
          href={path}
          onClick={e => {
            if (e.ctrlKey || e.metaKey || e.shiftKey) return
            e.preventDefault()
            shell.go(path)
          }}
        >
          {t('kept.show')}
        </a>
      </p>
      <PostRow id={id} inThread />
    </li>
  )
}
