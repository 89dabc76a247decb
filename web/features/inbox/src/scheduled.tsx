/** Messages that the server is to send later. */

import type { ScheduledPost } from '@fieldpost/api'
import { channelTitle, momentText, plain, whyNotSent } from '@fieldpost/core'
import { explain, PriorityLine, useShell, useStore } from '@fieldpost/parts'
import { Icon, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect } from 'preact/hooks'
import { Kinds } from './kinds.tsx'

function Row({ post }: { post: ScheduledPost }) {
  const shell = useShell()
  const store = useStore()
  const { drafts, scheduled, writing } = shell.client
  const channel = store.channels.value.get(post.channel_id)
  const place = channel ? channelTitle(store, channel) : t('kept.notIn')
  const why = whyNotSent(post.error_code)
  const attempt = async (f: () => Promise<void>) => {
    try {
      await f()
    } catch (e) {
      shell.client.notice(explain(e), 'error')
    }
  }
  const later = async () => {
    const at = await shell.askWhen({ title: t('inbox.otherTime'), action: t('inbox.reschedule') })
    if (at !== undefined) await attempt(() => scheduled.change(post, { scheduled_at: at }))
  }
  const now = () =>
    attempt(async () => {
      const files = await scheduled.filesOf(post)
      // Taken from the server first: better not sent yet than sent twice.
      await scheduled.remove(post.id)
      await writing.send(post.channel_id, post.message, post.root_id, {
        files,
        priority: post.priority ?? post.metadata?.priority ?? undefined,
      })
    })
  const edit = () =>
    attempt(async () => {
      await scheduled.remove(post.id)
      const key = post.root_id ? `${post.channel_id}:${post.root_id}` : post.channel_id
      const begun = store.draft(key).peek().trim()
      drafts.write(key, { text: begun ? `${begun}\n\n${post.message}` : post.message })
      shell.go(`/${shell.team()}/drafts`)
    })
  const discard = async () => {
    const text = plain(post.message).slice(0, 160)
    if (await shell.confirm({ title: t('inbox.doNotSend'), text, action: t('common.delete'), danger: true }))
      await attempt(() => scheduled.remove(post.id))
  }
  return (
    <li class="with-deeds planned">
      <div class="entry" tabIndex={-1}>
        <span class="grow">
          <span class="line">
            <b class="cut">{place}</b>
            {post.root_id && <small>{t('inbox.inThread')}</small>}
            <small class="grow" />
            <span class="chip">
              <Icon name="clock" /> {momentText(post.scheduled_at)}
            </span>
          </span>
          <PriorityLine priority={post.priority ?? post.metadata?.priority} />
          <span class="excerpt">{post.message.slice(0, 240)}</span>
          {(post.file_ids ?? []).length > 0 && (
            <small>{t('inbox.files', { count: post.file_ids?.length ?? 0 })}</small>
          )}
          {why && (
            <span class="wrong">
              <Icon name="warn" /> {why}
            </span>
          )}
        </span>
      </div>
      <div class="deeds" role="group" aria-label={t('inbox.whatToDo', { name: place })}>
        <IconButton icon="send" label={t('inbox.sendNow')} onClick={() => void now()} />
        <IconButton icon="clock" label={t('inbox.another')} onClick={() => void later()} />
        {/* A draft keeps no files. */}
        {(post.file_ids ?? []).length === 0 && (
          <IconButton icon="edit" label={t('inbox.toDrafts')} onClick={() => void edit()} />
        )}
        <IconButton icon="trash" label={t('common.delete')} onClick={() => void discard()} />
      </div>
    </li>
  )
}

export function ScheduledPosts({ teamId }: { teamId: string }) {
  const shell = useShell()
  const store = useStore()
  const { scheduled } = shell.client
  const online = store.link.value === 'online'
  useEffect(() => {
    void scheduled.load(teamId)
  }, [scheduled, teamId, online])
  const items = scheduled.items.value
  return (
    <div class="inbox">
      <Kinds at="scheduled_posts" />
      <div class="scroll" tabIndex={-1}>
        {items.length === 0 ? (
          <div class="empty">
            <Icon name="calendar" />
            <h2>{t('inbox.noScheduled')}</h2>
            <p>{t('inbox.scheduledText')}</p>
          </div>
        ) : (
          <ul aria-label={t('inbox.scheduledList')}>
            {items.map(p => (
              <Row key={p.id} post={p} />
            ))}
          </ul>
        )}
      </div>
    </div>
  )
}
