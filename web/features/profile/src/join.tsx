/** Brings somebody into a channel from their card. */

import { Choose, channelSource, explain, useShell } from '@fieldpost/parts'
import { t } from '@fieldpost/words'

export function AddTo({ user, name, onDone }: { user: string; name: string; onDone: () => void }) {
  const shell = useShell()
  const { client } = shell
  const add = async (channel: string, title: string) => {
    try {
      await client.rest.addChannelMember(channel, user)
      client.notice(t('card.nowIn', { name, place: title }))
      onDone()
    } catch (e) {
      client.notice(explain(e), 'error')
    }
  }
  return (
    <Choose
      label={t('card.addTo')}
      chosen=""
      source={channelSource(client.store, shell.teamId())}
      onPick={c => void add(c.value, c.text)}
    />
  )
}
