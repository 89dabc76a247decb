import type { Story } from './story.ts'

const COLOURS = [
  'bg',
  'bg-side',
  'bg-rail',
  'bg-raised',
  'bg-sunken',
  'bg-press',
  'bg-active',
  'line',
  'line-strong',
  'text',
  'text-2',
  'text-3',
  'accent',
  'accent-strong',
  'accent-soft',
  'link',
  'mention-bg',
  'badge',
  'danger',
  'danger-soft',
  'warn-soft',
  'ok',
  'away',
  'focus',
]
const SIZES = ['size', 'size-small', 'size-tiny']
const GAPS = ['s1', 's2', 's3', 's4', 's5', 's6']

export const tokens: readonly Story[] = [
  {
    of: 'tokens',
    state: 'colours',
    draw: () => (
      <ul class="swatches">
        {COLOURS.map(x => (
          <li key={x}>
            <i style={{ background: `var(--${x})` }} />
            {x}
          </li>
        ))}
      </ul>
    ),
  },
  {
    of: 'tokens',
    state: 'letters',
    draw: () =>
      SIZES.map(x => (
        <p key={x} style={{ fontSize: `var(--${x})` }}>
          {x}: Understood, ladder rigged by 16:00.
        </p>
      )),
  },
  {
    of: 'tokens',
    state: 'distances',
    draw: () => (
      <ul class="gaps">
        {GAPS.map(x => (
          <li key={x}>
            <i style={{ inlineSize: `var(--${x})` }} />
            {x}
          </li>
        ))}
      </ul>
    ),
  },
]
