/** A message that its author changes where it stands. */

import type { Post } from '@fieldpost/api'
import { sends } from '@fieldpost/core'
import { Button } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useState } from 'preact/hooks'
import { useShell } from './context.tsx'

export function Editor({ post, from, onDone }: { post: Post; from: string; onDone: () => void }) {
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
        aria-label={t('post.editMessage')}
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
          const before = text.slice(0, e.currentTarget.selectionStart)
          if (!e.isComposing && sends(e, shell.client.habits.sending.peek(), before)) {
            e.preventDefault()
            save()
          }
        }}
      />
      <div class="row">
        <Button look="primary" onClick={save}>
          {t('common.save')}
        </Button>
        <Button look="quiet" onClick={onDone}>
          {t('common.cancel')}
        </Button>
      </div>
    </div>
  )
}
