import { VirtualList } from '../src/index.ts'
import type { Story } from './story.ts'

const LINES = Array.from({ length: 2_000 }, (_, i) => ({
  key: String(i),
  text: `${i}: ${'the watch goes on '.repeat(1 + (i % 7))}`,
}))

export const lists: readonly Story[] = [
  {
    of: 'VirtualList',
    state: 'of 2,000 rows, read from its end',
    draw: () => (
      <div class="tall">
        <VirtualList
          items={LINES}
          whole
          label="The log"
          render={x => (
            <p class="line" data-row tabIndex={-1}>
              {x.text}
            </p>
          )}
        />
      </div>
    ),
  },
]
