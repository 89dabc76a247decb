/** The marks of footnotes in a message, and the notes under it: each leads to the other. */
import { Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import type { ComponentChildren } from 'preact'
import './notes.css'

export { withNotes } from '@fieldpost/core/notes'

export interface NotesProps {
  /** What the ids of this message begin with. */
  of: string
  items: readonly { marks: number; c: ComponentChildren }[]
}

const noteId = (of: string, n: number): string => `${of}-${n}`
const markId = (of: string, n: number, mark: number): string => `${of}-${n}-m${mark}`

/** Takes the focus there: a folded message unfolds for it. */
function jump(id: string): void {
  const to = document.getElementById(id)
  to?.focus()
  to?.scrollIntoView({ block: 'nearest' })
}

export function NoteMark({ of, n, mark }: { of: string; n: number; mark: number }) {
  return (
    <sup>
      <button
        type="button"
        id={markId(of, n, mark)}
        class="notemark"
        aria-label={t('note.mark', { n })}
        onClick={() => jump(noteId(of, n))}
      >
        {n}
      </button>
    </sup>
  )
}

export function NoteList({ of, items }: NotesProps) {
  return (
    <ol class="notes" aria-label={t('note.list')}>
      {items.map((x, i) => (
        <li key={i} id={noteId(of, i + 1)} tabIndex={-1}>
          {x.c}
          <span class="backs">
            {Array.from({ length: x.marks }, (_, k) => (
              <button
                key={k}
                type="button"
                class="noteback"
                aria-label={
                  x.marks > 1 ? t('note.backOf', { n: i + 1, place: k + 1 }) : t('note.back', { n: i + 1 })
                }
                onClick={() => jump(markId(of, i + 1, k + 1))}
              >
                <Icon name="up" />
                {x.marks > 1 && k + 1}
              </button>
            ))}
          </span>
        </li>
      ))}
    </ol>
  )
}
