/** How much a message is to matter, and who has taken note of it. */

import type { Post, Priority } from '@fieldpost/api'
import { displayName, fullText } from '@fieldpost/core'
import { Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useState } from 'preact/hooks'
import { useShell, useStore } from './context.tsx'
import { explain } from './explain.ts'

const NAMES = { flash: 'post.flash', urgent: 'post.urgent', important: 'post.important' } as const
const ICONS = { flash: 'bolt', urgent: 'warn', important: 'flag' } as const

/** How much something matters, in one word; empty for as much as everything. */
export const levelOf = (priority: Priority | null | undefined): keyof typeof NAMES | '' =>
  priority?.priority === 'urgent' && priority.flash ? 'flash' : (priority?.priority ?? '')

/** Says it in words and colour; nothing for what matters as much as everything. */
export function PriorityLine({ priority }: { priority: Priority | null | undefined }) {
  const level = levelOf(priority)
  if (!level || !NAMES[level]) return null
  return (
    <div class="priority">
      <span class={`chip ${level}`}>
        <Icon name={ICONS[level]} /> {t(NAMES[level])}
      </span>
    </div>
  )
}

/** A button to take note, and who did; only of messages that ask for it. */
export function Acknowledge({ post }: { post: Post }) {
  const { client } = useShell()
  const store = useStore()
  const [busy, setBusy] = useState(false)
  if (!post.metadata?.priority?.requested_ack) return null
  const me = store.me.value?.id ?? ''
  const all = post.metadata.acknowledgements ?? []
  const mine = all.find(a => a.user_id === me)
  const who = all.map(a => displayName(store.user(a.user_id).value)).join(', ')
  const press = async () => {
    if (busy) return
    setBusy(true)
    try {
      await client.writing.acknowledge(post.id)
    } catch (e) {
      client.notice(explain(e), 'error')
    } finally {
      setBusy(false)
    }
  }
  return (
    <div class="acknowledge">
      {post.user_id !== me && !mine && (
        <button type="button" class="btn" aria-disabled={busy || undefined} onClick={() => void press()}>
          <Icon name="check" /> {t('post.acknowledge')}
        </button>
      )}
      <span class="state" title={who}>
        {all.length > 0 && <Icon name="ok" />}
        {mine && `${t('post.youAcknowledged', { time: fullText(mine.acknowledged_at) })} `}
        {all.length === 0 ? t('post.noneAcknowledged') : t('post.acknowledgedBy', { who })}
      </span>
    </div>
  )
}
