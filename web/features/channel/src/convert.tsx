/** Makes a private channel of a team out of a conversation of several. */

import { ChannelsRest, type Team } from '@fieldpost/api'
import { channelTitle, slug } from '@fieldpost/core'
import { Asking, explain, useShell, useStore } from '@fieldpost/parts'
import { Field } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useId, useState } from 'preact/hooks'
import './channel.css'

/** The teams that everybody of the conversation is in; nothing until the server told. */
function useTeams(channel: string) {
  const { client } = useShell()
  const online = useStore().link.value === 'online'
  const [teams, setTeams] = useState<readonly Team[] | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  useEffect(() => {
    setWrong('')
    new ChannelsRest(client.rest).commonTeams(channel).then(
      list => setTeams(list),
      (e: unknown) => setWrong(explain(e)),
    )
  }, [client, channel, online])
  return { teams, wrong }
}

const MEANS = ['chan.toStays', 'chan.toOthers', 'chan.toAdmin', 'chan.toNoWay'] as const

export function ConvertGroup({ channel, onClose }: { channel: string; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const id = useId()
  const c = store.channels.value.get(channel)
  const { teams, wrong } = useTeams(channel)
  const [picked, pick] = useState('')
  const [name, setName] = useState('')
  const [typed, setAddress] = useState<string | undefined>(undefined)
  const address = typed ?? slug(name)
  const fits = address !== '' && slug(address) === address
  const here = shell.teamId()
  const team = teams?.find(x => x.id === picked) ?? teams?.find(x => x.id === here) ?? teams?.[0]
  const ready = team !== undefined && name.trim() !== '' && fits
  const convert = async () => {
    if (!team) return
    const made = { team_id: team.id, name: address, display_name: name.trim() }
    await shell.client.about.toChannel(channel, made)
    onClose()
    shell.go(`/${team.name}/channels/${address}`)
  }
  return (
    <Asking
      title={t('chan.toTitle')}
      act={t('chan.toAct')}
      ready={ready}
      class="channel-form"
      onDo={convert}
      onClose={onClose}
      trouble={wrong}
    >
      {c && <p class="cut ours">{channelTitle(store, c)}</p>}
      <ul class="means">
        {MEANS.map(key => (
          <li key={key}>{t(key)}</li>
        ))}
      </ul>
      {!teams && !wrong && <span class="spin" role="status" aria-label={t('common.loading')} />}
      {teams?.length === 0 && (
        <p class="trouble" role="status">
          {t('chan.toNone')}
        </p>
      )}
      {team && (
        <>
          <div class="field">
            <label for={id}>{t('chan.toTeam')}</label>
            <select id={id} class="input" value={team.id} onChange={e => pick(e.currentTarget.value)}>
              {teams?.map(x => (
                <option key={x.id} value={x.id}>
                  {x.display_name}
                </option>
              ))}
            </select>
          </div>
          <Field label={t('chan.name')} name="name" autoFocus value={name} onInput={setName} />
          <Field
            label={t('chan.address')}
            name="address"
            value={address}
            onInput={setAddress}
            wrong={fits || name.trim() === '' ? '' : t('chan.small')}
          />
        </>
      )}
    </Asking>
  )
}
