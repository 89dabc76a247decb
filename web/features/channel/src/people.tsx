/** Brings people into a channel, and into its team where they are not yet. */

import { ApiError, type Choice } from '@fieldpost/api'
import { channelTitle } from '@fieldpost/core'
import { Asking, Choose, explain, type Shell, type Source, useShell, useStore } from '@fieldpost/parts'
import { Fault, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useMemo, useState } from 'preact/hooks'
import './channel.css'

/** Everybody of the site: guests above all are in no team before they are brought in. */
function everybody(shell: Shell): Source {
  const { rest, store } = shell.client
  return async typed => {
    const { users } = await rest.autocompleteUsers({ name: typed.replace(/^@/, ''), limit: 40 })
    store.putUsers(users)
    return users.map(u => ({
      value: u.id,
      text: `${u.first_name} ${u.last_name}`.trim()
        ? `${u.first_name} ${u.last_name} (@${u.username})`
        : `@${u.username}`,
    }))
  }
}

async function bring(shell: Shell, team: string, channel: string, user: string): Promise<void> {
  const { rest } = shell.client
  try {
    await rest.addChannelMember(channel, user)
  } catch (e) {
    // Not in the team yet: into the team first.
    if (!(e instanceof ApiError) || e.kind !== 'refused' || !team) throw e
    await rest.addTeamMember(team, user)
    await rest.addChannelMember(channel, user)
  }
}

export function AddPeople({ channel, onClose }: { channel: string; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const c = store.channels.value.get(channel)
  const source = useMemo(() => everybody(shell), [shell])
  const [picked, setPicked] = useState<readonly Choice[]>([])
  const add = async () => {
    for (const p of picked) {
      try {
        await bring(shell, c?.team_id ?? '', channel, p.value)
        setPicked(all => all.filter(x => x.value !== p.value))
      } catch (e) {
        throw new Fault(`${p.text}: ${explain(e)}`)
      }
    }
    onClose()
    shell.client.notice(t('chan.added', { count: picked.length }))
  }
  return (
    <Asking
      title={t('chan.addTo', { name: c ? channelTitle(store, c) : t('chan.thisChannel') })}
      act={t('common.add')}
      ready={!(picked.length === 0)}
      class="channel-form"
      onDo={add}
      onClose={onClose}
    >
      <Choose
        label={t('chan.findSomebody')}
        chosen=""
        source={source}
        onPick={x => !picked.some(p => p.value === x.value) && setPicked([...picked, x])}
      />
      {picked.length > 0 && (
        <ul class="picked-people" aria-label={t('chan.toAdd')}>
          {picked.map(p => (
            <li key={p.value}>
              {p.text}
              <IconButton
                small
                icon="close"
                label={t('chan.not', { name: p.text })}
                onClick={() => setPicked(picked.filter(x => x !== p))}
              />
            </li>
          ))}
        </ul>
      )}
      <p class="hint">{t('chan.addHint')}</p>
    </Asking>
  )
}
