/** The message that another one links to, in short. A press goes there. */

import { channelTitle, displayName, momentText, plain } from '@fieldpost/core'
import { t } from '@fieldpost/words/far'
import { useEffect } from 'preact/hooks'
import { useShell, useStore } from './context.tsx'
import { Face } from './face.tsx'
import './post-extras.css'

const SHOWN = 300

export default function Quoted({ id, still = false }: { id: string; still?: boolean }) {
  const shell = useShell()
  const store = useStore()
  const post = store.post(id).value
  const user = store.user(post?.user_id ?? '').value
  const online = store.link.value === 'online'
  useEffect(() => {
    if (post || !online) return
    // Of what the reader may not read there is no preview.
    shell.client.rest.post(id).then(
      p => store.putPosts([p], false),
      () => {},
    )
  }, [id, online])
  if (!post) return null
  const channel = store.channels.value.get(post.channel_id)
  const files = post.metadata?.files?.length ?? 0
  const inside = (
    <>
      <span class="from">
        <Face user={post.user_id} size="1.3rem" />
        <b>{displayName(user)}</b>
        <small>
          {channel
            ? t('out.from', { place: channelTitle(store, channel), time: momentText(post.create_at) })
            : momentText(post.create_at)}
        </small>
      </span>
      <span class="said">{plain(post.message).slice(0, SHOWN)}</span>
      {files > 0 && <small>{t('out.withFiles', { count: files })}</small>}
    </>
  )
  const path = `/${shell.team()}/pl/${id}`
  return still ? (
    <div class="quoted">{inside}</div>
  ) : (
    <a
      class="quoted"
      href={path}
      onClick={e => {
        if (e.ctrlKey || e.metaKey || e.shiftKey) return
        e.preventDefault()
        shell.go(path)
      }}
    >
      {inside}
    </a>
  )
}
