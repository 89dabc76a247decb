import { channelTitle, stillPending, voiceOf } from '@fieldpost/core'
import { PendingRow, PostRow, useShell, useStore } from '@fieldpost/parts'
import { IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import './thread.css'

const GROUP_MS = 5 * 60_000

export function ThreadPane({
  root,
  composer,
}: {
  root: string
  composer: (channel: string) => ComponentChildren
}) {
  const shell = useShell()
  const store = useStore()
  const post = store.post(root).value
  const ids = store.replies(root).value.filter(id => store.post(id).value)
  const pending = stillPending(
    store.outbox.value.filter(e => e.root_id === root),
    ids,
    id => store.rowKey(id),
  )
  const scroll = useRef<HTMLDivElement>(null)
  const online = store.link.value === 'online'
  // Again when the server is back: replies may have been missed.
  useEffect(() => {
    void shell.client.reading.openThread(root)
  }, [root, online])
  const count = ids.length + pending.length
  useLayoutEffect(() => {
    scroll.current?.scrollTo(0, scroll.current.scrollHeight)
  }, [count, root])
  const channel = post && store.channels.value.get(post.channel_id)
  return (
    <aside class="thread" aria-label={t('thread.title')}>
      <header>
        <div class="grow cut">
          <h2>{t('thread.title')}</h2>
          {channel && <small class="cut">{channelTitle(store, channel)}</small>}
        </div>
        <IconButton icon="close" label={t('thread.close')} onClick={shell.closeThread} />
      </header>
      <div class="scroll" ref={scroll} tabIndex={0} role="log" aria-label={t('thread.replies')}>
        {post ? <PostRow id={root} inThread /> : <p class="sysline">{t('thread.gone')}</p>}
        {count > 0 && <div class="count">{t('post.replies', { count })}</div>}
        {ids.map((id, i) => {
          const p = store.post(id).peek()
          const before = i > 0 ? store.post(ids[i - 1] ?? '').peek() : undefined
          const compact =
            before !== undefined &&
            p !== undefined &&
            voiceOf(before) === voiceOf(p) &&
            before.type !== 'system_ephemeral' &&
            p.type !== 'system_ephemeral' &&
            p.create_at - before.create_at < GROUP_MS
          return <PostRow key={store.rowKey(id)} id={id} inThread compact={compact} />
        })}
        {pending.map(e => (
          <PendingRow key={e.pending_post_id} entry={e} />
        ))}
      </div>
      {post && composer(post.channel_id)}
    </aside>
  )
}
