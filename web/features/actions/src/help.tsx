import { ACTION_GROUPS, type Action, type ActionGroup, findActions } from '@fieldpost/core'
import { Keys, useShell } from '@fieldpost/parts'
import { Dialog } from '@fieldpost/ui'
import { type Key, t } from '@fieldpost/words'
import { useState } from 'preact/hooks'
import './actions.css'

const TITLES = {
  go: 'keys.go',
  channel: 'keys.channel',
  read: 'keys.read',
  message: 'keys.message',
  write: 'keys.write',
  app: 'keys.app',
} as const satisfies Record<ActionGroup, Key>

function Row({ action }: { action: Action }) {
  return (
    <div>
      <dt>{action.name()}</dt>
      <dd>
        {action.keys?.map(k => (
          <Keys key={k} stroke={k} />
        ))}
      </dd>
    </div>
  )
}

/** Every key there is, drawn from the list that the keyboard itself goes by. */
export function Help({ onClose }: { onClose: () => void }) {
  const { actions } = useShell()
  const [text, setText] = useState('')
  const found = findActions(
    actions.all.filter(a => a.keys),
    text,
  )
  return (
    <Dialog title={t('keys.title')} onClose={onClose}>
      <div class="key-help">
        <input
          class="input"
          aria-label={t('keys.find')}
          placeholder={t('keys.find')}
          autofocus
          value={text}
          onInput={e => setText(e.currentTarget.value)}
        />
        {ACTION_GROUPS.map(g => {
          const list = found.filter(a => a.group === g)
          return (
            list.length > 0 && (
              <section key={g}>
                <h3>{t(TITLES[g])}</h3>
                <dl>
                  {list.map(a => (
                    <Row key={a.id} action={a} />
                  ))}
                </dl>
              </section>
            )
          )
        })}
        {found.length === 0 && <p>{t('keys.none')}</p>}
      </div>
    </Dialog>
  )
}
