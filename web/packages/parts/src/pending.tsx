/** A message that is not sent yet. */

import { displayName, type OutboxEntry, timeText } from '@fieldpost/core'
import { Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useShell, useStore } from './context.tsx'
import { Face } from './face.tsx'
import { Markdown } from './markdown-view.tsx'
import { useNames } from './names.ts'
import { Files } from './post-files.tsx'
import { PriorityLine } from './priority.tsx'

export function PendingRow({ entry, compact = false }: { entry: OutboxEntry; compact?: boolean }) {
  const shell = useShell()
  const store = useStore()
  const names = useNames()
  const me = store.me.value
  const offline = store.link.value === 'offline'
  return (
    <article
      class={compact ? 'post compact pending' : 'post pending'}
      data-row
      data-pending={entry.pending_post_id}
      tabIndex={-1}
    >
      <div class="gutter">{!compact && <Face user={me?.id ?? ''} />}</div>
      <div class="grow">
        {!compact && (
          <header>
            <span class="name">{displayName(me)}</span>
            <time>{timeText(entry.written_at)}</time>
          </header>
        )}
        <div class="dim">
          <PriorityLine priority={entry.priority} />
          <Markdown source={entry.message} names={names} />
          {entry.files.length > 0 && (
            <Files of={{ ...entry, id: '', create_at: entry.written_at }} files={entry.files} />
          )}
        </div>
        {entry.refused ? (
          <div class="unsent bad" role="alert">
            <Icon name="warn" /> {t('post.notSentWhy', { why: entry.refused })}
            <button
              type="button"
              class="textlink"
              onClick={() => void shell.client.writing.retry(entry.pending_post_id)}
            >
              {t('common.tryAgain')}
            </button>
            <button
              type="button"
              class="textlink"
              onClick={() => void shell.client.writing.discard(entry.pending_post_id)}
            >
              {t('common.discard')}
            </button>
          </div>
        ) : entry.unkept ? (
          <div class="unsent bad" role="alert">
            <Icon name="warn" /> {t('post.noRoom')}
          </div>
        ) : offline && !entry.unsaved ? (
          <div class="unsent">
            <Icon name="clock" /> {t('post.notSentYet')}
            <button
              type="button"
              class="textlink"
              onClick={() => void shell.client.writing.discard(entry.pending_post_id)}
            >
              {t('common.discard')}
            </button>
          </div>
        ) : (
          <span class="vh">{entry.unsaved ? t('post.keeping') : t('post.sending')}</span>
        )}
      </div>
    </article>
  )
}
