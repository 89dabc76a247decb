import type { Channel, Post } from '@fieldpost/api'
import {
  addDays,
  channelRows,
  channelTitle,
  countSince,
  dayStart,
  dayText,
  firstSince,
  keyOf,
  movedTo,
  type Row,
} from '@fieldpost/core'
import { explain, later, Markdown, PendingRow, PostRow, useNames, useShell, useStore } from '@fieldpost/parts'
import { Button, Icon, VirtualList, type VirtualListHandle } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useComputed } from '@preact/signals'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { NewsToast } from './news.tsx'
import './timeline.css'

/** What the server says of a channel, with a way to a thread that was moved. */
function Said({ post }: { post: Post }) {
  const shell = useShell()
  const names = useNames()
  const moved = movedTo(post)
  if (!moved) return <Markdown source={post.message} names={names} />
  const path = `/${moved.team}/pl/${moved.post}`
  const count = Number(post.props['NumMessages']) || 1
  return (
    <>
      {count === 1 ? t('line.movedOne') : t('line.movedThread', { count })}{' '}
      <a
        href={path}
        onClick={e => {
          if (e.ctrlKey || e.metaKey || e.shiftKey) return
          e.preventDefault()
          shell.go(path)
        }}
      >
        {t('line.showWhere')}
      </a>
    </>
  )
}

function Notice({ ids }: { ids: readonly string[] }) {
  const store = useStore()
  const posts = ids.flatMap(id => store.post(id).value ?? [])
  const last = posts.at(-1)
  if (!last) return null
  if (posts.length === 1)
    return (
      <div class="sysline" data-post={last.id}>
        <Said post={last} />
      </div>
    )
  return (
    <details class="sysline">
      <summary>{t('line.cameWent', { count: posts.length })}</summary>
      {posts.map(p => (
        <div key={p.id}>{p.message}</div>
      ))}
    </details>
  )
}

function Begin({ channel: id }: { channel: string }) {
  const store = useStore()
  const channel = store.channels.value.get(id)
  if (!channel) return null
  const direct = channel.type === 'D' || channel.type === 'G'
  const title = channelTitle(store, channel)
  return (
    <div class="beginning">
      <h2>{title}</h2>
      <p>
        {channel.purpose ||
          (direct ? t('line.beginWith', { name: title }) : t('line.beginOf', { name: title }))}
      </p>
    </div>
  )
}

/** Where older messages will be. */
function Earlier() {
  const store = useStore()
  return (
    <div class="loading">
      {store.link.value === 'offline' ? (
        <span class="sysline">{t('line.earlierNeed')}</span>
      ) : (
        <span class="spin" />
      )}
    </div>
  )
}

export const JumpToDate = later<{
  channel: string
  start?: number
  anchor?: Element | undefined
  onClose: () => void
}>(() => import('./jump.tsx'))

/** The day that messages are of; a press opens the calendar. */
function DateLine({ channel, at }: { channel: string; at: number }) {
  const [anchor, open] = useState<Element | undefined>(undefined)
  const [, pass] = useState(0)
  // Today is yesterday from midnight on.
  useEffect(() => {
    const t = setTimeout(() => pass(n => n + 1), addDays(dayStart(Date.now()), 1) + 1_000 - Date.now())
    return () => clearTimeout(t)
  })
  return (
    <div class="dateline">
      <button
        type="button"
        aria-haspopup="dialog"
        aria-expanded={anchor !== undefined}
        title={t('line.jump')}
        onClick={e => open(anchor ? undefined : e.currentTarget)}
      >
        {dayText(at, Date.now())}
        <Icon name="calendar" />
      </button>
      {anchor && <JumpToDate channel={channel} start={at} anchor={anchor} onClose={() => open(undefined)} />}
    </div>
  )
}

/** Draws the rows of a channel. It stays the same function, so that rows which did not change are not drawn again. */
const drawing = (channel: string) => (r: Row) => {
  switch (r.kind) {
    case 'begin':
      return <Begin channel={channel} />
    case 'more':
      return <Earlier />
    case 'date':
      return <DateLine channel={channel} at={r.at} />
    case 'new':
      return (
        <div class="dateline new" role="separator">
          {t('line.new')}
        </div>
      )
    case 'notice':
      return <Notice ids={r.ids} />
    case 'post':
      return <PostRow id={r.id} compact={r.compact} late={r.late} />
    case 'pending':
      return <PendingRow entry={r.entry} compact={r.compact} />
  }
}

export function Timeline({
  channel,
  target,
  handle,
}: {
  channel: Channel
  target: string
  handle: { current: VirtualListHandle | null }
}) {
  const shell = useShell()
  const { client } = shell
  const store = useStore()
  const log = store.log(channel.id)
  const rows = useComputed(() => channelRows(store, channel.id, client.habits.has('comings'))).value
  const [bottom, setBottom] = useState(true)
  const [top, setTop] = useState('')
  /** Of which new messages it was seen where they begin. */
  const [seen, see] = useState(0)
  const newest = useRef(0)
  const opened = useRef(false)
  const loaded = log.window.value !== undefined
  const own = useRef(handle)
  own.current = handle

  // The first unread message, when there is one and its reader wants to go on there; otherwise the end.
  const goesOn = log.newAfter.peek() > 0 && client.habits.start.peek() === 'left'
  const marks = useRef(goesOn ? 'new' : undefined)
  useEffect(() => {
    if (!target || !loaded) return
    const key = store.rowKey(target)
    handle.current?.toKey(key)
    const t = setTimeout(() => {
      const el = document.querySelector(`[data-post="${CSS.escape(target)}"]`)
      el?.classList.add('target')
      setTimeout(() => el?.classList.remove('target'), 2_000)
    }, 80)
    return () => clearTimeout(t)
  }, [target, loaded])
  useEffect(() => {
    opened.current = loaded
  }, [loaded])

  const render = useMemo(() => drawing(channel.id), [channel.id])
  const ids = log.window.value?.ids ?? []
  const me = store.me.value?.id ?? ''
  const postOf = (id: string) => store.post(id).peek()
  if (bottom && log.window.value?.atEnd) newest.current = postOf(ids.at(-1) ?? '')?.create_at ?? 0
  const unseen = bottom ? 0 : countSince(ids, postOf, newest.current, me)

  const newAt = rows.findIndex(r => r.kind === 'new')
  const newAbove = newAt >= 0 && rows.findIndex(r => r.key === top) > newAt
  const since = log.newAfter.value
  const onTop = (key: string) => {
    if (newAt < 0) return
    setTop(key)
    if (rows.findIndex(r => r.key === key) <= newAt) see(since)
  }
  const toNew = async () => {
    see(since)
    // Older messages that are new, too, may not be here yet.
    if (log.window.value?.atStart || (postOf(ids[0] ?? '')?.create_at ?? 0) <= since)
      return handle.current?.toKey('new')
    try {
      const first = await firstSince(client.rest, channel.id, since + 1)
      if (first) shell.go(`/${shell.team()}/pl/${first.id}`)
    } catch (e) {
      client.notice(explain(e), 'error')
    }
  }

  const sent = rows.at(-1)?.kind === 'pending' ? rows.at(-1)?.key : ''
  useEffect(() => {
    if (sent) handle.current?.toBottom()
  }, [sent])

  if (!loaded) {
    const offline = store.link.value === 'offline'
    return (
      <div class="timeline">
        {log.problem.value || offline ? (
          <div class="empty" style={{ margin: 'auto' }}>
            <Icon name={offline ? 'offline' : 'warn'} />
            <h2>{offline ? t('line.notHereYet') : t('line.notOpened')}</h2>
            <p>{offline ? t('line.openedBefore') : log.problem.value}</p>
          </div>
        ) : (
          <div class="skeleton" role="status" aria-label={t('line.loading')}>
            {['55%', '78%', '40%', '66%', '50%', '72%'].map(w => (
              <i key={w} style={{ '--w': w }} />
            ))}
          </div>
        )}
      </div>
    )
  }
  return (
    <div
      class="timeline"
      onKeyDown={e => {
        if (
          e.target instanceof HTMLTextAreaElement ||
          e.target instanceof HTMLInputElement ||
          e.altKey ||
          e.ctrlKey ||
          e.metaKey
        )
          return
        if (e.key === 'ArrowUp' || keyOf(e) === 'k') handle.current?.step(document.activeElement, -1)
        else if (e.key === 'ArrowDown' || keyOf(e) === 'j') handle.current?.step(document.activeElement, 1)
        else if (e.key === 'End') handle.current?.toBottom()
        else return
        e.preventDefault()
      }}
    >
      {newAbove && seen !== since && (
        <NewsToast
          count={countSince(ids, postOf, since, me)}
          since={since}
          onJump={() => void toNew()}
          onDismiss={() => see(since)}
        />
      )}
      <VirtualList
        key={channel.id}
        items={rows}
        label={t('line.messages')}
        whole={log.window.value?.atEnd ?? true}
        startAt={marks.current && rows.some(r => r.kind === 'new') ? marks.current : undefined}
        render={render}
        handle={handle}
        onNearTop={() => void client.reading.loadOlder(channel.id)}
        onNearBottom={() => void client.reading.loadNewer(channel.id)}
        onTop={onTop}
        onAtBottom={yes => {
          setBottom(yes)
          client.reading.setAtBottom(channel.id, yes)
        }}
      />
      {(!bottom || !log.window.value?.atEnd) && (
        <Button
          look="tolatest"
          onClick={() => {
            void client.reading.jumpToLatest(channel.id).then(() => handle.current?.toBottom())
          }}
        >
          <Icon name="down" /> {unseen > 0 ? t('line.newestNew', { count: unseen }) : t('line.newest')}
        </Button>
      )}
    </div>
  )
}

/** The reader's own newest message here, for editing with the arrow key. */
export function lastOwn(
  ids: readonly string[],
  post: (id: string) => Post | undefined,
  me: string,
): string | undefined {
  return ids.findLast(id => {
    const p = post(id)
    return p?.user_id === me && !p.type
  })
}
