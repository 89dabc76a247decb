/** Webhooks and commands of a team: what programs may say, what they are told, and what people may type. */
import { managesIntegrations } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { Icon } from '@fieldpost/ui'
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
        <h2>
          {store.link.value === 'offline' ? 'The server is out of reach' : 'For those who manage this team'}
        </h2>
        <p>
          Webhooks and commands are made and changed by the administrators of a team, and by whom they let.
        </p>
      </div>
    )
  return (
    <div class="integrations scroll" tabIndex={-1}>
      <div class="tabs" role="group" aria-label="Kind of integration">
        {offered.map(k => (
          <button key={k.id} type="button" aria-pressed={k === kind} onClick={() => pick(k.id)}>
            {k.title}
          </button>
        ))}
      </div>
      <List key={`${teamId}/${kind.id}`} kind={kind} teamId={teamId} />
    </div>
  )
}
