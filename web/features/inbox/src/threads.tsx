/** The threads that the reader follows in a team, with what is new in them. */

import type { ThreadItem } from '@fieldpost/api'
import { channelTitle, dayText, displayName, plain, timeText } from '@fieldpost/core'
import { explain, Face, PriorityLine, useShell, useStore } from '@fieldpost/parts'
import { Badge, Button, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useState } from 'preact/hooks'
import { stepThrough } from './step.ts'

function when(at: number, now: number): string {
  const day = dayText(at, now)
  return day === t('time.today') ? timeText(at) : day
}

function Row({ item, open }: { item: ThreadItem; open: boolean }) {
  const shell = useShell()
  const store = useStore()
  const root = store.post(item.id).value ?? item.post
  const channel = store.channels.value.get(root.channel_id)
  const author = displayName(store.user(root.user_id).value)
  const unread = item.unread_replies > 0
  return (
    <li>
      <a
        class={unread ? 'entry unread' : 'entry'}
        href={`/${shell.team()}/threads?thread=${item.id}`}
        aria-current={open ? 'true' : undefined}
        onClick={e => {
          if (e.ctrlKey || e.metaKey || e.shiftKey) return
          e.preventDefault()
          shell.openThread(item.id)
        }}
      >
        <Face user={root.user_id} />
        <span class="grow">
          <span class="line">
            <b class="cut">{author}</b>
            <small class="grow cut">{channel ? channelTitle(store, channel) : ''}</small>
            <small>{when(item.last_reply_at, Date.now())}</small>
          </span>
          <PriorityLine priority={root.metadata?.priority} />
          <span class="excerpt">{plain(root.message).slice(0, 240) || t('notice.noWords')}</span>
          <span class="line">
            <span class="faces">
              {(item.participants ?? []).slice(-4).map(u => (
                <Face key={u.id} user={u.id} size="1.35rem" />
              ))}
            </span>
            <small>{t('post.replies', { count: item.reply_count })}</small>
            {unread && <span class="chip new">{t('inbox.new', { count: item.unread_replies })}</span>}
            <Badge count={item.unread_mentions} label={t('side.mentions', { count: item.unread_mentions })} />
          </span>
        </span>
      </a>
    </li>
  )
}

export function Threads({ teamId, thread }: { teamId: string; thread: string }) {
  const shell = useShell()
  const store = useStore()
  const { client } = shell
  const [onlyUnread, setOnly] = useState(false)
  const online = store.link.value === 'online'
  useEffect(() => {
    void client.threads.load(teamId)
  }, [client, teamId, online])
  const book = client.threads.of(teamId)
  const all = book.items.value
  // The one that is open stays, although it is read by now.
  const shown = all?.filter(t => !onlyUnread || t.unread_replies > 0 || t.id === thread)
  const readAll = async () => {
    try {
      await client.threads.readAll(teamId)
    } catch (e) {
      client.notice(explain(e), 'error')
    }
  }
  return (
    <div class="inbox">
      <div class="bar">
        <div class="tabs" role="group" aria-label={t('inbox.whichThreads')}>
          <button type="button" aria-pressed={!onlyUnread} onClick={() => setOnly(false)}>
            {t('inbox.all')}
          </button>
          <button type="button" aria-pressed={onlyUnread} onClick={() => setOnly(true)}>
            {t('inbox.unread')}
            {book.totals.value.threads > 0 && ` (${book.totals.value.threads})`}
          </button>
        </div>
        <span class="grow" />
        <Button look="quiet" disabled={book.totals.value.threads === 0} onClick={() => void readAll()}>
          <Icon name="check" /> {t('inbox.markAll')}
        </Button>
      </div>
      <div class="scroll" tabIndex={-1} onKeyDown={stepThrough}>
        {!shown && online && <span class="spin page-wait" role="status" aria-label={t('common.loading')} />}
        {!shown && !online && (
          <div class="empty">
            <Icon name="offline" />
            <h2>{t('inbox.notHere')}</h2>
            <p>{t('inbox.threadsNeed')}</p>
          </div>
        )}
        {shown && shown.length === 0 && (
          <div class="empty">
            <Icon name="threads" />
            <h2>{onlyUnread ? t('inbox.allRead') : t('inbox.noThreads')}</h2>
            <p>{onlyUnread ? t('inbox.newAppear') : t('inbox.howFollow')}</p>
          </div>
        )}
        {shown && shown.length > 0 && (
          <ul aria-label={t('side.threads')}>
            {shown.map(t => (
              <Row key={t.id} item={t} open={t.id === thread} />
            ))}
          </ul>
        )}
        {book.more.value && !onlyUnread && (
          <p class="older">
            <Button onClick={() => void client.threads.loadMore(teamId)}>{t('inbox.earlierThreads')}</Button>
          </p>
        )}
      </div>
    </div>
  )
}
