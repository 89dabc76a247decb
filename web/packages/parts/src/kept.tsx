/** What is kept of what was said: marks on a message, and what its menu offers. */

import type { Post } from '@fieldpost/api'
import { channelRights } from '@fieldpost/core'
import { Icon, type MenuItem } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { type Shell, useShell } from './context.tsx'
import './kept.css'

/** What the menu of a message offers to keep it. */
export function keepItems(shell: Shell, post: Post): MenuItem[] {
  const { store, saved, permissions } = shell.client
  const channel = store.channels.value.get(post.channel_id)
  const may = channel && channelRights(permissions.inChannel(shell.teamId(), channel.id), channel)
  const isSaved = saved.posts.value.has(post.id)
  return [
    { id: 'save', label: isSaved ? t('post.unsave') : t('post.save'), icon: 'bookmark' },
    ...(may?.pin
      ? [{ id: 'pin', label: post.is_pinned ? t('post.unpin') : t('post.pin'), icon: 'pin' } as const]
      : []),
  ]
}

/** Does what was picked of `keepItems`; whether it was one of them. */
export function keep(shell: Shell, post: Post, id: string): boolean {
  const { saved, deeds } = shell.client
  if (id === 'save') void deeds.put({ do: 'save', post: post.id, on: !saved.posts.peek().has(post.id) })
  else if (id === 'pin') void deeds.put({ do: 'pin', post: post.id, on: !post.is_pinned })
  else return false
  return true
}

/** Says that a message is pinned, or saved by the reader. */
export function KeptMarks({ post }: { post: Post }) {
  const saved = useShell().client.saved.posts.value.has(post.id)
  if (!saved && !post.is_pinned) return null
  return (
    <p class="kept-marks">
      {post.is_pinned && (
        <span class="chip mark">
          <Icon name="pin" /> {t('post.pinned')}
        </span>
      )}
      {saved && (
        <span class="chip mark">
          <Icon name="bookmark" /> {t('post.saved')}
        </span>
      )}
    </p>
  )
}
