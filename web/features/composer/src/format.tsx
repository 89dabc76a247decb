/** Marks of Markdown by buttons and by keys. */
import { type Format, format } from '@fieldpost/core'
import { IconButton, type IconName } from '@fieldpost/ui'

const BUTTONS: readonly { kind: Format; icon: IconName; label: string }[] = [
  { kind: 'bold', icon: 'bold', label: 'Bold (Ctrl B)' },
  { kind: 'italic', icon: 'italic', label: 'Italic (Ctrl I)' },
  { kind: 'strike', icon: 'strike', label: 'Strike through (Ctrl Shift X)' },
  { kind: 'heading', icon: 'heading', label: 'Heading (Ctrl Alt H)' },
  { kind: 'link', icon: 'link', label: 'Link (Ctrl Alt K)' },
  { kind: 'code', icon: 'code', label: 'Code (Ctrl Alt C)' },
  { kind: 'quote', icon: 'quote', label: 'Quote (Ctrl Shift 9)' },
  { kind: 'bullets', icon: 'bullets', label: 'List (Ctrl Shift 8)' },
  { kind: 'numbers', icon: 'numbers', label: 'Numbered list (Ctrl Shift 7)' },
]

export function FormatBar({ onFormat }: { onFormat: (kind: Format) => void }) {
  return (
    <div class="format" role="toolbar" aria-label="Formatting">
      {BUTTONS.map(b => (
        <IconButton
          key={b.kind}
          icon={b.icon}
          label={b.label}
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
