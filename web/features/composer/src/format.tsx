/** Marks of Markdown by buttons and by keys. */

import { type Format, format } from '@fieldpost/core'
import { IconButton, type IconName } from '@fieldpost/ui'
import { type Key, t } from '@fieldpost/words'

type FormatKey = Extract<Key, `write.${Format}`>

const BUTTONS: readonly { kind: Format; icon: IconName; label: FormatKey }[] = [
  { kind: 'bold', icon: 'bold', label: 'write.bold' },
  { kind: 'italic', icon: 'italic', label: 'write.italic' },
  { kind: 'strike', icon: 'strike', label: 'write.strike' },
  { kind: 'heading', icon: 'heading', label: 'write.heading' },
  { kind: 'link', icon: 'link', label: 'write.link' },
  { kind: 'code', icon: 'code', label: 'write.code' },
  { kind: 'quote', icon: 'quote', label: 'write.quote' },
  { kind: 'bullets', icon: 'bullets', label: 'write.bullets' },
  { kind: 'numbers', icon: 'numbers', label: 'write.numbers' },
]

export function FormatBar({ onFormat }: { onFormat: (kind: Format) => void }) {
  return (
    <div class="format" role="toolbar" aria-label={t('write.formatting')}>
      {BUTTONS.map(b => (
        <IconButton
          key={b.kind}
          icon={b.icon}
          label={t(b.label)}
          // The selection is what is formatted, so it must not be lost.
          onMouseDown={e => e.preventDefault()}
          onClick={() => onFormat(b.kind)}
        />
      ))}
    </div>
  )
}

const PLAIN: Readonly<Record<string, Format>> = { KeyB: 'bold', KeyI: 'italic' }
const SHIFT: Readonly<Record<string, Format>> = {
  KeyX: 'strike',
  Digit7: 'numbers',
  Digit8: 'bullets',
  Digit9: 'quote',
}
const ALT: Readonly<Record<string, Format>> = { KeyK: 'link', KeyC: 'code', KeyH: 'heading' }

/** The format that a key stands for, if any. */
export function formatOf(e: KeyboardEvent): Format | undefined {
  // On many keyboards a letter is typed with this key, which also counts as Ctrl and Alt.
  if ((!e.ctrlKey && !e.metaKey) || e.getModifierState('AltGraph')) return undefined
  if (e.altKey) return e.shiftKey ? undefined : ALT[e.code]
  return e.shiftKey ? SHIFT[e.code] : PLAIN[e.code]
}

/** Formats what is selected, so that the browser can undo it. Says whether it could. */
export function applyFormat(el: HTMLTextAreaElement, kind: Format): boolean {
  const before = el.value
  const next = format({ text: before, from: el.selectionStart, to: el.selectionEnd }, kind)
  let head = 0
  while (head < before.length && before[head] === next.text[head]) head++
  let tail = 0
  const most = Math.min(before.length, next.text.length) - head
  while (tail < most && before.at(-1 - tail) === next.text.at(-1 - tail)) tail++
  const put = next.text.slice(head, next.text.length - tail)
  el.focus()
  el.setSelectionRange(head, before.length - tail)
  const done = put ? document.execCommand('insertText', false, put) : document.execCommand('delete')
  el.setSelectionRange(next.from, next.to)
  return done
}
