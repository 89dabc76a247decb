/** Takes a thread to another channel of its team. */

import { AroundRest, type Choice } from '@fieldpost/api'
import { channelPath, plain } from '@fieldpost/core'
import { Choose, explain, fixedSource, useShell, useStore } from '@fieldpost/parts'
import { Button, Dialog } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useState } from 'preact/hooks'
import './channel.css'

export function MoveThread({ root, onClose }: { root: string; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const post = store.post(root).value
  const from = store.channels.value.get(post?.channel_id ?? '')
  const [to, setTo] = useState<Choice | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const choices = [...store.channels.value.values()]
    .filter(c => c.team_id === from?.team_id && c.id !== from?.id && c.delete_at === 0)
    .map(c => ({ value: c.id, text: c.display_name }))
    .sort((a, b) => a.text.localeCompare(b.text))
  const move = async () => {
    const channel = to && store.channels.peek().get(to.value)
    if (busy || !channel) return
    setBusy(true)
    try {
      await new AroundRest(shell.client.rest).moveThread(root, channel.id)
      onClose()
      shell.go(channelPath(store, shell.team(), channel))
    } catch (e) {
      setWrong(explain(e))
      setBusy(false)
    }
  }
  return (
    <Dialog title={t('chan.moveTitle')} onClose={onClose}>
      <form
        class="channel-form"
        onSubmit={e => {
          e.preventDefault()
          void move()
        }}
      >
        {post && <blockquote>{plain(post.message).slice(0, 200)}</blockquote>}
        <Choose
          label={t('chan.moveTo')}
          chosen={to?.text ?? ''}
          source={fixedSource(choices)}
          onPick={setTo}
        />
        <p class="hint">{t('chan.moveText')}</p>
        {wrong && (
          <p class="trouble" role="alert">
            {wrong}
          </p>
        )}
        <footer>
          <Button look="quiet" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" look="primary" busy={busy} disabled={!to}>
            {t('chan.move')}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
