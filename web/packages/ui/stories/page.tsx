import '../src/ui.css'
import './page.css'
import { render } from 'preact'
import { useState } from 'preact/hooks'
import { STORIES } from './index.ts'

const THEMES = ['system', 'light', 'dark', 'night', 'contrast']

function Choice({
  label,
  of,
  onPick,
}: {
  label: string
  of: readonly string[]
  onPick: (x: string) => void
}) {
  const [first = ''] = of
  const [value, set] = useState(first)
  return (
    <label>
      {label}{' '}
      <select
        class="input"
        value={value}
        onChange={e => {
          set(e.currentTarget.value)
          onPick(e.currentTarget.value)
        }}
      >
        {of.map(x => (
          <option key={x}>{x}</option>
        ))}
      </select>
    </label>
  )
}

function choose(name: 'theme' | 'density', value: string) {
  if (value === 'system' || value === 'roomy') delete document.documentElement.dataset[name]
  else document.documentElement.dataset[name] = value
}

function Page() {
  const names = [...new Set(STORIES.map(s => s.of))]
  return (
    <main>
      <header>
        <h1>Components</h1>
        <Choice label="Theme" of={THEMES} onPick={x => choose('theme', x)} />
        <Choice label="Density" of={['roomy', 'compact']} onPick={x => choose('density', x)} />
        <Choice
          label="Line"
          of={['ltr', 'rtl']}
          onPick={x => {
            document.documentElement.dir = x
          }}
        />
      </header>
      {names.map(name => (
        <section key={name} id={name}>
          <h2>{name}</h2>
          <div class="stories">
            {STORIES.filter(s => s.of === name).map(s => (
              <figure key={s.state}>
                {s.draw()}
                <figcaption>{s.state}</figcaption>
              </figure>
            ))}
          </div>
        </section>
      ))}
    </main>
  )
}

const root = document.getElementById('app')
if (root) render(<Page />, root)
