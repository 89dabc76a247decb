/** Takes a thread to another channel of its team. */

import { AroundRest, type Choice } from '@fieldpost/api'
import { channelPath, plain } from '@fieldpost/core'
import { Asking, Choose, fixedSource, useShell, useStore } from '@fieldpost/parts'
import { t } from '@fieldpost/words/far'
import { useState } from 'preact/hooks'
import './channel.css'

export function MoveThread({ root, onClose }: { root: string; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const post = store.post(root).value
  const from = store.channels.value.get(post?.channel_id ?? '')
  const [to, setTo] = useState<Choice | undefined>(undefined)
  const choices = [...store.channels.value.values()]
    .filter(c => c.team_id === from?.team_id && c.id !== from?.id && c.delete_at === 0)
    .map(c => ({ value: c.id, text: c.display_name }))
    .sort((a, b) => a.text.localeCompare(b.text))
  const move = async () => {
    const channel = to && store.channels.peek().get(to.value)
    if (!channel) return
    await new AroundRest(shell.client.rest).moveThread(root, channel.id)
    onClose()
    shell.go(channelPath(store, shell.team(), channel))
  }
  return (
    <Asking
      title={t('chan.moveTitle')}
      act={t('chan.move')}
      ready={to !== undefined}
      class="channel-form"
      onDo={move}
      onClose={onClose}
    >
      {post && <blockquote>{plain(post.message).slice(0, 200)}</blockquote>}
      <Choose label={t('chan.moveTo')} chosen={to?.text ?? ''} source={fixedSource(choices)} onPick={setTo} />
      <p class="hint">{t('chan.moveText')}</p>
    </Asking>
  )
}
