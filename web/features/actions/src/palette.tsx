import { type Action, findActions } from '@fieldpost/core'
import { Keys, useShell } from '@fieldpost/parts'
import { Dialog } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useMemo, useState } from 'preact/hooks'
import './actions.css'

/** Everything that can be done now, by typing. */
export function Palette({ onClose }: { onClose: () => void }) {
  const { actions } = useShell()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  // What made sense when it was opened: the palette itself has the focus now.
  const possible = useMemo(() => actions.possible().filter(a => a.id !== 'palette'), [])
  const found = findActions(possible, text.replace(/^>\s*/, ''))
  const chosen = found[at]
  const act = (a: Action | undefined) => {
    if (!a) return
    onClose()
    // Once the focus is back where it was.
    requestAnimationFrame(() => actions.run(a.id))
  }
  const move = (to: number) => {
    setAt(to)
    document.getElementById(`do-${found[to]?.id}`)?.scrollIntoView({ block: 'nearest' })
  }
  return (
    <Dialog title={t('do.palette')} onClose={onClose}>
      <div class="palette">
        <input
          class="input"
          role="combobox"
          aria-label={t('do.palette')}
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={chosen ? `do-${chosen.id}` : undefined}
          autofocus
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={e => {
            setText(e.currentTarget.value)
            setAt(0)
          }}
          onKeyDown={e => {
            if (e.isComposing) return
            if (e.key === 'ArrowDown') move(Math.min(found.length - 1, at + 1))
            else if (e.key === 'ArrowUp') move(Math.max(0, at - 1))
            else if (e.key === 'Enter') act(chosen)
            else return
            e.preventDefault()
          }}
        />
        <div id="palette-list" role="listbox" aria-label={t('side.found')} class="scroll" tabIndex={-1}>
          {found.map((a, i) => (
            <div
              key={a.id}
              id={`do-${a.id}`}
              role="option"
              aria-selected={i === at}
              tabIndex={-1}
              onClick={() => act(a)}
              onKeyDown={() => {}}
            >
              <span class="grow">{a.name()}</span>
              {a.keys?.[0] && <Keys stroke={a.keys[0]} />}
            </div>
          ))}
        </div>
        {found.length === 0 && <p>{t('side.nothing')}</p>}
      </div>
    </Dialog>
  )
}
