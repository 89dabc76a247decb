import { everyPlace, type SidebarItem } from '@fieldpost/core'
import { Face, SiteMark, useShell, useStore } from '@fieldpost/parts'
import { Badge, Dialog, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useState } from 'preact/hooks'

/** Ctrl K: everything that can be opened, by typing. */
export function Switcher({ teamId, onClose }: { teamId: string; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const q = text.trim().toLowerCase()
  const items = everyPlace(store, teamId)
  const found = items
    .filter(i => `${i.title} ${i.channel.name}`.toLowerCase().includes(q))
    .sort((a, b) => Number(b.unread) - Number(a.unread) || b.channel.last_post_at - a.channel.last_post_at)
    .slice(0, 12)
  const open = (i: SidebarItem | undefined) => {
    if (!i) return
    onClose()
    shell.go(i.path)
  }
  const commands = () => {
    onClose()
    shell.actions.run('palette')
  }
  return (
    <Dialog title={t('side.finder')} onClose={onClose}>
      <div class="switcher">
        <input
          class="input"
          role="combobox"
          aria-label={t('side.find')}
          aria-expanded="true"
          aria-controls="switcher-list"
          aria-activedescendant={found[at] ? `sw-${found[at].id}` : undefined}
          autofocus
          value={text}
          onInput={e => {
            if (e.currentTarget.value.trim() === '>') return commands()
            setText(e.currentTarget.value)
            setAt(0)
          }}
          onKeyDown={e => {
            if (e.key === 'ArrowDown') setAt(Math.min(found.length - 1, at + 1))
            else if (e.key === 'ArrowUp') setAt(Math.max(0, at - 1))
            else if (e.key === 'Enter') open(found[at])
            else return
            e.preventDefault()
          }}
        />
        <div id="switcher-list" role="listbox" aria-label={t('side.found')} class="scroll" tabIndex={-1}>
          {found.map((i, k) => (
            <div
              key={i.id}
              id={`sw-${i.id}`}
              role="option"
              aria-selected={k === at}
              tabIndex={-1}
              onClick={() => open(i)}
              onKeyDown={() => {}}
            >
              {i.mate ? (
                <Face user={i.mate} size="1.4rem" />
              ) : (
                <Icon name={i.channel.type === 'P' ? 'lock' : 'hash'} />
              )}
              <span class="grow cut">{i.title}</span>
              {i.mate && <SiteMark user={store.user(i.mate).value} />}
              <Badge count={i.mentions} label={t('side.mentions', { count: i.mentions })} />
            </div>
          ))}
        </div>
        {found.length === 0 && <p>{t('side.nothing')}</p>}
        <small>{t('side.commandsHint')}</small>
      </div>
    </Dialog>
  )
}
