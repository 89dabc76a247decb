/** Webhooks and commands of a team: what programs may say, what they are told, and what people may type. */

import { managesIntegrations } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useState } from 'preact/hooks'
import { APPS, COMMANDS, INCOMING, OUTGOING } from './kinds.ts'
import { List } from './list.tsx'
import './integrations.css'

const KINDS = [INCOMING, OUTGOING, COMMANDS, APPS] as const

export default function Integrations({ teamId }: { teamId: string }) {
  const shell = useShell()
  const store = useStore()
  const may = shell.client.permissions.in(teamId).value
  const config = store.config.value
  const offered = KINDS.filter(k => may.has(k.permission) && (!k.setting || config[k.setting] === 'true'))
  const [picked, pick] = useState('')
  const kind = offered.find(k => k.id === picked) ?? offered[0]
  if (!managesIntegrations(may) || !kind)
    return (
      <div class="empty">
        <Icon name={store.link.value === 'offline' ? 'offline' : 'plug'} />
        <h2>{store.link.value === 'offline' ? t('hook.offline') : t('hook.managers')}</h2>
        <p>{t('hook.managersText')}</p>
      </div>
    )
  return (
    <div class="integrations scroll" tabIndex={-1}>
      <div class="tabs" role="group" aria-label={t('hook.kind')}>
        {offered.map(k => (
          <button key={k.id} type="button" aria-pressed={k === kind} onClick={() => pick(k.id)}>
            {t(k.title)}
          </button>
        ))}
      </div>
      <List key={`${teamId}/${kind.id}`} kind={kind} teamId={teamId} />
    </div>
  )
}
