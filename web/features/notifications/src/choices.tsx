/** A question with a few answers, and what comes of the one that is chosen. */
import type { Way } from '@fieldpost/core/notify-words'
import { useId } from 'preact/hooks'

export function Choices({
  title,
  ways,
  chosen,
  onChoose,
}: {
  title: string
  ways: readonly Way[]
  chosen: string
  onChoose: (id: string) => void
}) {
  const name = useId()
  return (
    <fieldset class="choices">
      <legend>{title}</legend>
      {ways.map(w => (
        <label key={w.id}>
          <input type="radio" name={name} checked={w.id === chosen} onChange={() => onChoose(w.id)} />
          {w.label}
        </label>
      ))}
    </fieldset>
  )
}

export function Check({
  label,
  checked,
  onChange,
}: {
  label: string
  checked: boolean
  onChange: (yes: boolean) => void
}) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={e => onChange(e.currentTarget.checked)} />
      {label}
    </label>
  )
}
