/** A message. */

import type { Post } from '@fieldpost/api'
import {
  displayName,
  fromText,
  fullText,
  keyOf,
  linkedPost,
  type Outside,
  plain,
  shownAs,
  siteOf,
  timeText,
} from '@fieldpost/core'
import { Avatar } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useState } from 'preact/hooks'
import { useShell, useStore } from './context.tsx'
import { Deeds } from './deeds.tsx'
import { Face, SayingMark } from './face.tsx'
import { KeptMarks } from './kept.tsx'
import { later } from './later.tsx'
import { Markdown, type Names } from './markdown-view.tsx'
import { useNames } from './names.ts'
import { Actions } from './post-actions.tsx'
import { removePost } from './post-deeds.ts'
import { Editor } from './post-editor.tsx'
import { Files } from './post-files.tsx'
import { Acknowledge, PriorityLine } from './priority.tsx'
import { Reactions } from './reactions.tsx'
import { ArrivalMark, GuestMark, LateMark, SiteMark } from './site.tsx'
import { Tall } from './tall.tsx'

/** What comes with a message beside its text and files is drawn by a part of its own, once there is any. */
const Attachments = later<{ post: Post; names: Names }>(() => import('./attachments.tsx'))
const OutsideNote = later<{ post: string; outside: Outside }>(() => import('./outside.tsx'))
const Quoted = later<{ id: string }>(() => import('./quoted.tsx'))
const hasMore = (p: Post): boolean =>
  Array.isArray(p.props?.['attachments']) || (p.metadata?.embeds ?? []).some(e => e.type !== 'link')

/** Whom the reader named here in vain. */
function Named({ post }: { post: string }) {
  const outside = useShell().client.outsiders.of(post)
  return outside ? <OutsideNote post={post} outside={outside} /> : null
}

function ThreadLine({ post }: { post: Post }) {
  const shell = useShell()
  const store = useStore()
  if (post.reply_count <= 0) return null
  const news = store.threadNews.value.get(post.id) ?? 0
  return (
    <button
      type="button"
      class={news > 0 ? 'threadline news' : 'threadline'}
      onClick={() => shell.openThread(post.id)}
    >
      {(post.participants ?? []).length > 0 && (
        <span class="faces">
          {(post.participants ?? []).slice(0, 4).map(u => (
            <Face key={u.id} user={u.id} size="1.35rem" />
          ))}
        </span>
      )}
      <b>{t('post.replies', { count: post.reply_count })}</b>
      {news > 0 && <span class="chip new">{t('post.new', { count: news })}</span>}
      {post.last_reply_at > 0 && <small>{t('post.last', { time: timeText(post.last_reply_at) })}</small>}
    </button>
  )
}

export function PostRow({
  id,
  compact = false,
  late = false,
  inThread = false,
}: {
  id: string
  compact?: boolean
  late?: boolean
  inThread?: boolean
}) {
  const shell = useShell()
  const store = useStore()
  const names = useNames()
  // What the editor begins with, while it is open.
  const [editing, edit] = useState<string | undefined>(undefined)
  const post = store.post(id).value
  const user = store.user(post?.user_id ?? '').value
  if (!post) return null
  // The server's answer to a command is addressed to whoever typed it, and kept nowhere.
  const only = post.type === 'system_ephemeral'
  const answer = only && post.user_id === store.me.value?.id
  const shown = shownAs(post)
  const name = answer ? 'Fieldpost' : shown.name || displayName(user)
  const mine = !only && post.user_id === store.me.value?.id
  const onKeyDown = (e: KeyboardEvent) => {
    if (only || e.target !== e.currentTarget || e.ctrlKey || e.metaKey || e.altKey) return
    const key = keyOf(e)
    if ((key === 'r' || key === 'enter') && !inThread) shell.openThread(post.root_id || post.id)
    else if (key === 'e' && mine) edit(post.message)
    else if (key === '+')
      shell.pickEmoji(e.currentTarget as Element, x => void shell.client.writing.toggleReaction(post.id, x))
    else if ((key === 'delete' || key === 'backspace') && mine) void removePost(shell, post)
    else return
    e.preventDefault()
  }
  const files = post.metadata?.files ?? []
  const linked = linkedPost(post, [location.origin, store.config.value['SiteURL'] ?? ''])
  const site = siteOf(user)
  const who = [name, site && fromText(site), late && t('post.arrivedLate')].filter(Boolean).join(', ')
  return (
    <article
      class={compact ? 'post compact' : 'post'}
      data-row
      data-late={late || undefined}
      data-post={post.id}
      tabIndex={-1}
      aria-label={t('post.label', {
        name: who,
        time: timeText(post.create_at),
        text: plain(post.message).slice(0, 200),
      })}
      onKeyDown={onKeyDown}
    >
      <div class="gutter">
        {compact ? (
          <time dateTime={new Date(post.create_at).toISOString()} title={fullText(post.create_at)}>
            {timeText(post.create_at)}
          </time>
        ) : (
          <button
            type="button"
            class="who"
            tabIndex={-1}
            aria-hidden="true"
            onClick={e => !answer && shell.showProfile(post.user_id, e.currentTarget)}
          >
            <Avatar
              name={name}
              seed={answer ? 'fieldpost' : shown.name || post.user_id}
              picture={answer || shown.name ? '' : shell.client.rest.faceUrl(user)}
            />
          </button>
        )}
      </div>
      <div class="grow">
        {!compact && (
          <header>
            {answer ? (
              <span class="name">{name}</span>
            ) : (
              <button
                type="button"
                class="name"
                onClick={e => shell.showProfile(post.user_id, e.currentTarget)}
              >
                {name}
              </button>
            )}
            {(user?.is_bot || shown.program) && <span class="chip">{t('post.bot')}</span>}
            {!answer && <SiteMark user={user} />}
            <GuestMark user={user} />
            {!answer && !shown.program && <SayingMark user={user} />}
            <time dateTime={new Date(post.create_at).toISOString()} title={fullText(post.create_at)}>
              {timeText(post.create_at)}
            </time>
            {only && <span class="chip">{t('post.onlyYou')}</span>}
          </header>
        )}
        <PriorityLine priority={post.metadata?.priority} />
        <KeptMarks post={post} />
        {late && <LateMark site={site} />}
        {editing !== undefined ? (
          <Editor post={post} from={editing} onDone={() => edit(undefined)} />
        ) : (
          (post.message || post.edit_at > 0) && (
            <Tall id={post.id}>
              <Markdown source={post.message} names={names} edited={post.edit_at > 0} />
            </Tall>
          )
        )}
        {linked && linked !== post.id && <Quoted id={linked} />}
        {hasMore(post) && <Attachments post={post} names={names} />}
        {files.length > 0 && <Files of={post} files={files} />}
        <Deeds post={post.id} onEdit={edit} />
        <Acknowledge post={post} />
        {mine && <Named post={post.id} />}
        <Reactions post={post} />
        {!inThread && <ThreadLine post={post} />}
        {!site && !only && <ArrivalMark post={post} mine={mine} />}
      </div>
      {editing === undefined && !only && (
        <Actions post={post} inThread={inThread} onEdit={() => edit(post.message)} />
      )}
    </article>
  )
}
