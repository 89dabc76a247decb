/** Brings somebody into a channel from their card. */
import { Choose, channelSource, explain, useShell } from '@fieldpost/parts'

export function AddTo({ user, name, onDone }: { user: string; name: string; onDone: () => void }) {
  const shell = useShell()
  const { client } = shell
  const add = async (channel: string, title: string) => {
    try {
      await client.rest.addChannelMember(channel, user)
      client.notice(`${name} is in ${title} now.`)
      onDone()
    } catch (e) {
      client.notice(explain(e), 'error')
    }
  }
  return (
    <Choose
      label="Add to a channel"
      chosen=""
      source={channelSource(client.store, shell.teamId())}
      onPick={c => void add(c.value, c.text)}
    />
  )
}
