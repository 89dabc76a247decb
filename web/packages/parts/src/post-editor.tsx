/** A message that its author changes where it stands. */
import type { Post } from '@fieldpost/api'
import { Button } from '@fieldpost/ui'
import { useState } from 'preact/hooks'
import { useShell } from './context.tsx'
import { explain } from './say.ts'

export function Editor({ post, onDone }: { post: Post; onDone: () => void }) {
  const shell = useShell()
  const [text, set] = useState(post.message)
  const [busy, setBusy] = useState(false)
  const save = async () => {
    if (!text.trim() || text === post.message) return onDone()
    setBusy(true)
    try {
      await shell.client.writing.edit(post.id, text)
      onDone()
    } catch (e) {
      shell.client.notice(explain(e), 'error')
      setBusy(false)
    }
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
            void save()
          }
        }}
      />
      <div class="row">
        <Button look="primary" busy={busy} onClick={() => void save()}>
          Save
        </Button>
        <Button look="quiet" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </div>
  )
}
