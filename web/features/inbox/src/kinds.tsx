/** The two lists of what is not sent, beside each other. */

import { useShell, useStore } from '@fieldpost/parts'
import { t } from '@fieldpost/words/far'

const KINDS = [
  { id: 'drafts', title: 'side.drafts' },
  { id: 'scheduled_posts', title: 'side.scheduled' },
] as const

export function Kinds({ at }: { at: (typeof KINDS)[number]['id'] }) {
  const shell = useShell()
  const store = useStore()
  const counts = {
    drafts: store.drafted.value.size,
    scheduled_posts: shell.client.scheduled.items.value.length,
  }
  return (
    <nav class="bar" aria-label={t('inbox.kinds')}>
      <div class="tabs">
        {KINDS.map(k => (
          <a
            key={k.id}
            href={`/${shell.team()}/${k.id}`}
            aria-current={k.id === at ? 'page' : undefined}
            onClick={e => {
              if (e.ctrlKey || e.metaKey || e.shiftKey) return
              e.preventDefault()
              shell.go(`/${shell.team()}/${k.id}`)
            }}
          >
            {t(k.title)}
            {counts[k.id] > 0 && ` (${counts[k.id]})`}
          </a>
        ))}
      </div>
    </nav>
  )
}
