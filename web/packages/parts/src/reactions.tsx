/** What people said of a message with one sign. */

import type { Post } from '@fieldpost/api'
import { displayName, reactionGroups } from '@fieldpost/core'
import { IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useState } from 'preact/hooks'
import { noReacting } from './channel.ts'
import { useShell, useStore } from './context.tsx'
import { later } from './later.tsx'
import { Named } from './markdown-view.tsx'

const Reacted = later<{ post: Post; onClose: () => void }>(() => import('./reacted.tsx'))

export function Reactions({ post }: { post: Post }) {
  const shell = useShell()
  const store = useStore()
  const [all, setAll] = useState(false)
  const groups = reactionGroups(post, store.me.value?.id ?? '')
  if (groups.length === 0) return null
  const looking = noReacting(shell, post.channel_id)
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
            aria-disabled={looking || undefined}
            onClick={() => !looking && void shell.client.writing.toggleReaction(post.id, g.emoji)}
            // A long press on a phone, or the other button of a mouse.
            onContextMenu={e => {
              e.preventDefault()
              setAll(true)
            }}
          >
            <Named name={g.emoji} picture={n => shell.client.emojis.picture(n)} />
            <span class="n">{g.count}</span>
          </button>
        )
      })}
      {!looking && (
        <IconButton
          small
          icon="smile"
          label={t('post.addReaction')}
          onClick={e =>
            shell.pickEmoji(e.currentTarget, name => void shell.client.writing.toggleReaction(post.id, name))
          }
        />
      )}
      {all && <Reacted post={post} onClose={() => setAll(false)} />}
    </div>
  )
}
