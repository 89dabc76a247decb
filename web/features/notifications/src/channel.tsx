/** How one is told of one channel. */

import type { Channel } from '@fieldpost/api'
import { channelTitle, isMuted, levelOf, mateOf } from '@fieldpost/core'
import { channelWords, everybodyWords, IGNORING, LEVELS, type Way } from '@fieldpost/core/notify-words'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Dialog } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useState } from 'preact/hooks'
import { Check, Choices } from './choices.tsx'
import './notifications.css'

/** The levels, and the one that leaves it to what is chosen for all channels. */
function ways(everywhere: string): Way[] {
  const usual = { all: 'notify.usualAll', mention: 'notify.usualMention', none: 'notify.usualNone' } as const
  const label = t(usual[everywhere as keyof typeof usual] ?? usual.mention)
  return [{ id: 'default', label }, ...LEVELS]
}

export function ChannelNotifications({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const { client } = useShell()
  const store = useStore()
  const [wrong, setWrong] = useState('')
  const me = store.me.value
  const member = store.members.value.get(channel.id)
  const props = member?.notify_props ?? {}
  const direct = mateOf(channel, me?.id ?? '') !== ''
  const title = channelTitle(store, channel)
  const muted = isMuted(member)
  const set = async (change: Record<string, string>) => {
    setWrong('')
    try {
      await client.self.setChannel(channel.id, change)
    } catch (e) {
      setWrong(explain(e))
    }
  }
  return (
    <Dialog title={t('notify.of', { name: title })} onClose={onClose}>
      <div class="notify-form">
        <p class="outcome" role="status">
          {channelWords(me, member, direct ? '' : title)}
          {!direct && ` ${everybodyWords(me, member)}`}
        </p>
        <Check
          label={direct ? t('notify.muteConversation') : t('notify.muteChannel')}
          checked={muted}
          onChange={yes => void set({ mark_unread: yes ? 'mention' : 'all' })}
        />
        {!muted && (
          <Choices
            title={t('notify.computerTell')}
            ways={ways(levelOf('desktop', me, undefined))}
            chosen={props['desktop'] || 'default'}
            onChoose={desktop => void set({ desktop })}
          />
        )}
        {!muted && store.config.value['SendPushNotifications'] === 'true' && (
          <Choices
            title={t('notify.phone')}
            ways={ways(levelOf('push', me, undefined))}
            chosen={props['push'] || 'default'}
            onChoose={push => void set({ push })}
          />
        )}
        {!direct && (
          <Choices
            title={t('notify.everyoneMe')}
            ways={IGNORING}
            chosen={props['ignore_channel_mentions'] || 'default'}
            onChoose={ignore_channel_mentions => void set({ ignore_channel_mentions })}
          />
        )}
        {wrong && (
          <p class="trouble" role="alert">
            {wrong}
          </p>
        )}
        <footer>
          <Button look="primary" onClick={onClose}>
            {t('common.done')}
          </Button>
        </footer>
      </div>
    </Dialog>
  )
}
