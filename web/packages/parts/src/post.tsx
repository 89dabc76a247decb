import type { FileInfo, Post } from '@fieldpost/api'
import {
  channelPath,
  displayName,
  fromText,
  fullText,
  keyOf,
  momentText,
  type OutboxEntry,
  plain,
  reactionGroups,
  shownAs,
  siteOf,
  timeText,
} from '@fieldpost/core'
import { Avatar, Button, Icon, IconButton, Menu, type MenuItem } from '@fieldpost/ui'
import { useMemo, useState } from 'preact/hooks'
import { type Shell, useShell, useStore } from './context.tsx'
import { Deeds } from './deeds.tsx'
import { emojiFor, QUICK } from './emoji.ts'
import { explain } from './explain.ts'
import { Face, SayingMark } from './face.tsx'
import { KeptMarks, keep, keepItems } from './kept.tsx'
import { later } from './later.tsx'
import { Markdown, Named, type Names } from './markdown-view.tsx'
import { Acknowledge, PriorityLine } from './priority.tsx'
import { GuestMark, LateMark, SiteMark } from './site.tsx'
import { Tall } from './tall.tsx'

/** Files are drawn by a part of their own, which most messages do without. */
const Files = later<{
  of: Pick<Post, 'id' | 'channel_id' | 'user_id' | 'create_at'>
  files: readonly FileInfo[]
}>(() => import('./files.tsx'))
/** What comes with a message beside its text and files is drawn by a part of its own, once there is any. */
const Attachments = later<{ post: Post; names: Names }>(() => import('./attachments.tsx'))
const hasMore = (p: Post): boolean =>
  Array.isArray(p.props?.['attachments']) || (p.metadata?.embeds ?? []).some(e => e.type !== 'link')

export function useNames(): Names {
  const shell = useShell()
  const { store } = shell.client
  return useMemo(() => {
    return {
      me: store.me.peek()?.username ?? '',
      user: name => store.knownUsers().find(u => u.username === name.toLowerCase())?.id,
      channel: name => {
        const team = shell.teamId()
        const c = [...store.channels.peek().values()].find(x => x.name === name && x.team_id === team)
        return c && { path: channelPath(store, shell.team(), c), title: c.display_name }
      },
      showUser: shell.showProfile,
      group: name => shell.client.groups.of(name.toLowerCase())?.id,
      showGroup: shell.showGroup,
      emoji: name => shell.client.emojis.picture(name),
      tag: tag => {
        const enough = Number(store.config.peek()['MinimumHashtagLength'] ?? 3)
        return tag.length > enough ? `/${shell.team()}/search?q=${encodeURIComponent(tag)}` : ''
      },
      copy: text => void copyText(shell, text),
      get latex() {
        const { EnableLatex, EnableInlineLatex } = store.config.value
        const block = EnableLatex === 'true'
        return { block, inline: block && EnableInlineLatex === 'true' }
      },
      go: shell.go,
    }
  }, [store, shell])
}

function Reactions({ post }: { post: Post }) {
  const shell = useShell()
  const store = useStore()
  const groups = reactionGroups(post, store.me.value?.id ?? '')
  if (groups.length === 0) return null
  return (
    <div class="reactions">
      {groups.map(g => {
        const who = g.users
          .slice(0, 8)
          .map(u => displayName(store.user(u).value))
          .join(', ')
        return (
          <button
            key={g.emoji}
            type="button"
            class="reaction"
            aria-pressed={g.mine}
            aria-label={`${g.emoji.replaceAll('_', ' ')}: ${g.count}, ${who}`}
            title={`${who} · :${g.emoji}:`}
            onClick={() => void shell.client.writing.toggleReaction(post.id, g.emoji)}
          >
            <Named name={g.emoji} picture={n => shell.client.emojis.picture(n)} />
            <span class="n">{g.count}</span>
          </button>
        )
      })}
      <IconButton
        small
        icon="smile"
        label="Add a reaction"
        onClick={e =>
          shell.pickEmoji(e.currentTarget, name => void shell.client.writing.toggleReaction(post.id, name))
        }
      />
    </div>
  )
}

/** Copies, and says whether it worked. Without encryption browsers offer nothing but the old way. */
export async function copyText(shell: Shell, text: string): Promise<void> {
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(text)
    else {
      const area = document.createElement('textarea')
      area.value = text
      ;(document.querySelector('dialog[open]') ?? document.body).append(area)
      area.select()
      const done = document.execCommand('copy')
      area.remove()
      if (!done) throw new Error('not allowed')
    }
    shell.client.notice('Copied.')
  } catch {
    shell.client.notice('The browser did not allow copying.', 'error')
  }
}

export async function removePost(shell: Shell, post: Post): Promise<void> {
  const sure = await shell.confirm({
    title: 'Delete message?',
    text: plain(post.message).slice(0, 160) || 'The message and its files will be gone for everyone.',
    action: 'Delete',
    danger: true,
  })
  if (!sure) return
  await shell.client.writing.remove(post.id)
}

async function remind(shell: Shell, post: Post): Promise<void> {
  const at = await shell.askWhen({ title: 'Remind me of this message', action: 'Remind me', soon: true })
  if (at === undefined) return
  try {
    await shell.client.writing.remind(post.id, at)
    shell.client.notice(`You will be reminded ${momentText(at)}.`)
  } catch (e) {
    shell.client.notice(explain(e), 'error')
  }
}

async function followThread(shell: Shell, post: Post, yes: boolean): Promise<void> {
  const { store, threads } = shell.client
  const team = store.channels.peek().get(post.channel_id)?.team_id || shell.teamId()
  try {
    await threads.follow(team, post.root_id || post.id, yes)
    shell.client.notice(yes ? 'You follow this thread.' : 'You no longer follow this thread.')
  } catch (e) {
    shell.client.notice(explain(e), 'error')
  }
}

async function unreadFrom(shell: Shell, post: Post): Promise<void> {
  const { store, threads } = shell.client
  const team = store.channels.peek().get(post.channel_id)?.team_id || shell.teamId()
  try {
    await threads.unreadFrom(team, post.root_id, post.id)
    shell.closeThread()
  } catch (e) {
    shell.client.notice(explain(e), 'error')
  }
}

function Actions({ post, inThread, onEdit }: { post: Post; inThread: boolean; onEdit: () => void }) {
  const shell = useShell()
  const mine = post.user_id === shell.client.store.me.value?.id
  // Of a thread it is the root that says whether it is followed.
  const root = shell.client.store.post(post.root_id || post.id).value
  const inTeam = shell.client.store.channels.value.get(post.channel_id)?.team_id !== ''
  const follows = root && (root.reply_count > 0 || inThread) ? root.is_following === true : undefined
  const items: MenuItem[] = [
    ...(inThread ? [] : [{ id: 'reply', label: 'Reply in thread', icon: 'reply', hint: 'R' } as const]),
    { id: 'copy', label: 'Copy text', icon: 'copy' },
    { id: 'link', label: 'Copy link', icon: 'link' },
    { id: 'remind', label: 'Remind me…', icon: 'clock' },
    ...keepItems(shell, post),
    ...(follows === undefined
      ? []
      : [
          {
            id: 'follow',
            label: follows ? 'Unfollow thread' : 'Follow thread',
            icon: follows ? ('bellOff' as const) : ('bell' as const),
          },
        ]),
    ...(inThread && post.root_id ? [{ id: 'unread', label: 'Unread from here', icon: 'eye' } as const] : []),
    ...(!post.root_id && inTeam ? [{ id: 'move', label: 'Move thread…', icon: 'out' } as const] : []),
    ...(mine
      ? ([
          { kind: 'line', id: 'l' },
          { id: 'edit', label: 'Edit', icon: 'edit', hint: 'E' },
          { id: 'delete', label: 'Delete', icon: 'trash', bad: true },
        ] as const)
      : []),
  ]
  const pick = (id: string) => {
    if (id === 'reply') shell.openThread(post.id)
    else if (id === 'edit') onEdit()
    else if (id === 'delete') void removePost(shell, post)
    else if (id === 'unread') void unreadFrom(shell, post)
    else if (id === 'move') shell.moveThread(post.id)
    else if (id === 'remind') void remind(shell, post)
    else if (id === 'follow') void followThread(shell, post, !follows)
    else if (keep(shell, post, id)) return
    else {
      const what = id === 'link' ? `${location.origin}/${shell.team()}/pl/${post.id}` : post.message
      void copyText(shell, what)
    }
  }
  const react = (name: string) => void shell.client.writing.toggleReaction(post.id, name)
  return (
    <div class="actions" role="group" aria-label="Message actions">
      {QUICK.slice(0, 3).map(name => (
        <button
          key={name}
          type="button"
          class="ibtn small quick"
          title={`:${name}:`}
          aria-label={`React with ${name.replaceAll('_', ' ')}`}
          onClick={() => react(name)}
        >
          {emojiFor(name)}
        </button>
      ))}
      <IconButton
        small
        icon="smile"
        label="Add a reaction"
        onClick={e => shell.pickEmoji(e.currentTarget, react)}
      />
      {!inThread && (
        <IconButton small icon="reply" label="Reply in thread" onClick={() => shell.openThread(post.id)} />
      )}
      <Menu label="More actions" items={items} onPick={pick} class="ibtn small">
        <Icon name="more" />
      </Menu>
    </div>
  )
}

function Editor({ post, from, onDone }: { post: Post; from: string; onDone: () => void }) {
  const shell = useShell()
  const [text, set] = useState(from)
  const save = () => {
    if (text.trim() && text !== post.message) void shell.client.writing.edit(post.id, text)
    onDone()
  }
  return (
    <div class="editor">
      <textarea
        class="box"
        aria-label="Edit message"
        value={text}
        ref={el => {
          if (el && document.activeElement !== el) {
            el.focus()
            el.setSelectionRange(el.value.length, el.value.length)
          }
        }}
        onInput={e => set(e.currentTarget.value)}
        onKeyDown={e => {
          e.stopPropagation()
          if (e.key === 'Escape') onDone()
          if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) {
            e.preventDefault()
            save()
          }
        }}
      />
      <div class="row">
        <Button look="primary" onClick={save}>
          Save
        </Button>
        <Button look="quiet" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </div>
  )
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
      <b>{post.reply_count === 1 ? '1 reply' : `${post.reply_count} replies`}</b>
      {news > 0 && <span class="chip new">{news} new</span>}
      {post.last_reply_at > 0 && <small>last {timeText(post.last_reply_at)}</small>}
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
  const site = siteOf(user)
  const origin = (site && `, ${fromText(site)}`) + (late ? ', arrived late' : '')
  return (
    <article
      class={compact ? 'post compact' : 'post'}
      data-row
      data-late={late || undefined}
      data-post={post.id}
      tabIndex={-1}
      aria-label={`${name}${origin}, ${timeText(post.create_at)}: ${plain(post.message).slice(0, 200)}`}
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
            {(user?.is_bot || shown.program) && <span class="chip">bot</span>}
            {!answer && <SiteMark user={user} />}
            <GuestMark user={user} />
            {!answer && !shown.program && <SayingMark user={user} />}
            <time dateTime={new Date(post.create_at).toISOString()} title={fullText(post.create_at)}>
              {timeText(post.create_at)}
            </time>
            {only && <span class="chip">only visible to you</span>}
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
        {hasMore(post) && <Attachments post={post} names={names} />}
        {files.length > 0 && <Files of={post} files={files} />}
        <Deeds post={post.id} onEdit={edit} />
        <Acknowledge post={post} />
        <Reactions post={post} />
        {!inThread && <ThreadLine post={post} />}
      </div>
      {editing === undefined && !only && (
        <Actions post={post} inThread={inThread} onEdit={() => edit(post.message)} />
      )}
    </article>
  )
}

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
            <Icon name="warn" /> Not sent: {entry.refused}
            <button
              type="button"
              class="textlink"
              onClick={() => void shell.client.writing.retry(entry.pending_post_id)}
            >
              Try again
            </button>
            <button
              type="button"
              class="textlink"
              onClick={() => void shell.client.writing.discard(entry.pending_post_id)}
            >
              Discard
            </button>
          </div>
        ) : entry.unkept ? (
          <div class="unsent bad" role="alert">
            <Icon name="warn" /> This device has no room to keep this message. Leave the page open until it is
            sent.
          </div>
        ) : offline && !entry.unsaved ? (
          <div class="unsent">
            <Icon name="clock" /> Not sent yet. It goes out when the server is back.
            <button
              type="button"
              class="textlink"
              onClick={() => void shell.client.writing.discard(entry.pending_post_id)}
            >
              Discard
            </button>
          </div>
        ) : (
          <span class="vh">{entry.unsaved ? 'Keeping on this device' : 'Sending'}</span>
        )}
      </div>
    </article>
  )
}
