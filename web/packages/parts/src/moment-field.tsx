/** A field for a day and a time, in a form. */
import { localInput } from '@fieldpost/core'
import { useFault } from '@fieldpost/ui'
import { useId } from 'preact/hooks'

/** What is typed has the form that `localInput` makes and `fromInput` reads; nothing before `now` is offered. */
export function MomentField({
  name,
  label,
  labelled = true,
  now,
  value,
  onInput,
}: {
  /** By it a fault of the form says that it is about this field. */
  name: string
  label: string
  /** Whether the label is on screen; otherwise what stands before the field says what it is for. */
  labelled?: boolean
  now: number
  value: string
  onInput: (value: string) => void
}) {
  const id = useId()
  const wrong = useFault(name)
  return (
    <div class="field">
      {labelled && <label for={id}>{label}</label>}
      <input
        id={id}
        name={name}
        class="input"
        type="datetime-local"
        aria-label={labelled ? undefined : label}
        required
        min={localInput(now)}
        value={value}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={wrong ? `${id}w` : undefined}
        onInput={e => onInput(e.currentTarget.value)}
      />
      {wrong && (
        <span class="wrong" id={`${id}w`} role="alert">
          {wrong}
        </span>
      )}
    </div>
  )
}
