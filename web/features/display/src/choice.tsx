import type { ComponentChildren } from 'preact'

export function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section>
      <h2>{title}</h2>
      {children}
    </section>
  )
}

interface Option<T extends string> {
  id: T
  title: string
  hint?: string | undefined
  /** The theme of which a bit is shown beside it. */
  swatch?: string
}

/** One of a few: radio buttons that are large enough for fingers. */
export function Choice<T extends string>({
  name,
  label,
  value,
  options,
  onPick,
}: {
  name: string
  label: string
  value: T
  options: readonly Option<T>[]
  onPick: (id: T) => void
}) {
  return (
    <div class="choice" role="radiogroup" aria-label={label}>
      {options.map(o => (
        <label key={o.id}>
          <input
            type="radio"
            name={name}
            value={o.id}
            checked={o.id === value}
            onChange={() => onPick(o.id)}
          />
          {o.swatch && <i class="swatch" data-swatch={o.swatch} aria-hidden="true" />}
          <span>
            {o.title}
            {o.hint && <small>{o.hint}</small>}
          </span>
        </label>
      ))}
    </div>
  )
}
