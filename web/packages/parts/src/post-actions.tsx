/** The bar and menu of a message. */

import type { Post } from '@fieldpost/api'
import { isHeldHere } from '@fieldpost/core'
import { Icon, IconButton, Menu, type MenuItem } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { noReacting } from './channel.ts'
import { type Shell, useShell } from './context.tsx'
import { copyText } from './copy.ts'
import { QUICK } from './emoji.ts'
import { keep, keepItems } from './kept.tsx'
import { later } from './later.tsx'
import { Named } from './markdown-view.tsx'
import { followThread, remind, removePost, unreadFrom, withdrawPost } from './post-deeds.ts'

type Extra = { post: Post; onClose: () => void }
const History = later<Extra>(() => import('./history.tsx'))
const Forward = later<Extra>(() => import('./forward.tsx'))
const Reacted = later<Extra>(() => import('./reacted.tsx'))

/** Whether somebody has come near the row of an element, by the pointer or the keyboard. */
function useNear(part: RefObject<HTMLElement | null>): boolean {
  const [near, come] = useState(false)
  useLayoutEffect(() => {
    const row = part.current?.parentElement
    if (!row || near) return
    const heard = new AbortController()
    for (const sign of ['pointerenter', 'focusin'])
      row.addEventListener(sign, () => come(true), { capture: true, signal: heard.signal })
    return () => heard.abort()
  }, [near])
  return near
}

/** Of a thread it is the root that says whether it is followed; `undefined` where there is nothing to follow. */
function following(shell: Shell, post: Post, inThread: boolean): boolean | undefined {
  const root = shell.client.store.post(post.root_id || post.id).value
  return root && (root.reply_count > 0 || inThread) ? root.is_following === true : undefined
}

function menuOf(shell: Shell, post: Post, inThread: boolean): MenuItem[] {
  const mine = post.user_id === shell.client.store.me.value?.id
  const inTeam = shell.client.store.channels.value.get(post.channel_id)?.team_id !== ''
  const follows = following(shell, post, inThread)
  return [
    ...(inThread ? [] : [{ id: 'reply', label: t('post.reply'), icon: 'reply', hint: 'R' } as const]),
    { id: 'forward', label: t('post.forward'), icon: 'forward' },
    ...(post.message ? [{ id: 'copy', label: t('post.copyText'), icon: 'copy' } as const] : []),
    { id: 'link', label: t('common.copyLink'), icon: 'link' },
    { id: 'remind', label: t('post.remindMore'), icon: 'clock' },
    ...keepItems(shell, post),
    ...(follows === undefined
      ? []
      : [
          {
            id: 'follow',
            label: follows ? t('post.unfollow') : t('post.follow'),
            icon: follows ? ('bellOff' as const) : ('bell' as const),
          },
        ]),
    ...(inThread && !post.root_id
      ? []
      : [{ id: 'unread', label: t('post.unreadHere'), icon: 'eye' } as const]),
    ...((post.metadata?.reactions ?? []).length > 0
      ? [{ id: 'reacted', label: t('post.whoReacted'), icon: 'smile' } as const]
      : []),
    ...(!post.root_id && inTeam ? [{ id: 'move', label: t('post.moveMore'), icon: 'out' } as const] : []),
    ...(mine
      ? ([
          { kind: 'line', id: 'l' },
          { id: 'edit', label: t('common.edit'), icon: 'edit', hint: 'E' },
          ...(post.edit_at > 0
            ? [{ id: 'history', label: t('post.historyMore'), icon: 'retry' } as const]
            : []),
          ...(isHeldHere(shell.client.arrivals.of(post.id).value)
            ? [{ id: 'withdraw', label: t('post.withdraw'), icon: 'retry', bad: true } as const]
            : []),
          { id: 'delete', label: t('common.delete'), icon: 'trash', bad: true },
        ] as const)
      : []),
  ]
}

/**
 * Until somebody comes near a message there is only the button of its menu: most rows are scrolled past, and a bar for
 * each of them would be most of what has to be drawn.
 */
export function Actions({ post, inThread, onEdit }: { post: Post; inThread: boolean; onEdit: () => void }) {
  const shell = useShell()
  const { emojiUse, habits } = shell.client
  const [open, setOpen] = useState('')
  const close = () => setOpen('')
  const bar = useRef<HTMLDivElement>(null)
  const near = useNear(bar)
  const pick = (id: string) => {
    if (id === 'reply') shell.openThread(post.id)
    else if (id === 'edit') onEdit()
    else if (id === 'delete') void removePost(shell, post)
    else if (id === 'withdraw') void withdrawPost(shell, post)
    else if (id === 'unread') void unreadFrom(shell, post)
    else if (id === 'move') shell.moveThread(post.id)
    else if (id === 'forward' || id === 'history' || id === 'reacted') setOpen(id)
    else if (id === 'remind') void remind(shell, post)
    else if (id === 'follow') void followThread(shell, post, !following(shell, post, inThread))
    else if (keep(shell, post, id)) return
    else {
      const what = id === 'link' ? `${location.origin}/${shell.team()}/pl/${post.id}` : post.message
      void copyText(shell, what)
    }
  }
  const reacting = near && !noReacting(shell, post.channel_id)
  const react = (name: string) => {
    emojiUse.used(name)
    void shell.client.writing.toggleReaction(post.id, name)
  }
  return (
    <>
      <div ref={bar} class="actions" role="group" aria-label={t('post.actions')}>
        {reacting &&
          habits.has('reactions') &&
          emojiUse.offered(QUICK, 3).map(name => (
            <button
              key={name}
              type="button"
              class="ibtn small quick"
              title={`:${name}:`}
              aria-label={t('post.reactWith', { emoji: name.replaceAll('_', ' ') })}
              onClick={() => react(name)}
            >
              <Named name={name} picture={n => shell.client.emojis.picture(n)} />
            </button>
          ))}
        {reacting && (
          <IconButton
            small
            icon="smile"
            label={t('post.addReaction')}
            onClick={e => shell.pickEmoji(e.currentTarget, react)}
          />
        )}
        {near && !inThread && (
          <IconButton small icon="reply" label={t('post.reply')} onClick={() => shell.openThread(post.id)} />
        )}
        <Menu
          label={t('post.more')}
          items={() => menuOf(shell, post, inThread)}
          onPick={pick}
          class="ibtn small"
        >
          <Icon name="more" />
        </Menu>
      </div>
      {open === 'history' && <History post={post} onClose={close} />}
      {open === 'forward' && <Forward post={post} onClose={close} />}
      {open === 'reacted' && <Reacted post={post} onClose={close} />}
    </>
  )
}
