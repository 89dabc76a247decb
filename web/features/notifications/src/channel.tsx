/** How one is told of one channel. */
import type { Channel } from '@fieldpost/api'
import {
  channelTitle,
  channelWords,
  everybodyWords,
  IGNORING,
  isMuted,
  LEVELS,
  levelOf,
  mateOf,
  type Way,
} from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Dialog } from '@fieldpost/ui'
import { useState } from 'preact/hooks'
import { Check, Choices } from './choices.tsx'
import './notifications.css'

/** The levels, and the one that leaves it to what is chosen for all channels. */
function ways(everywhere: string): Way[] {
  const usual = LEVELS.find(l => l.id === everywhere)?.label ?? ''
  return [{ id: 'default', label: `As everywhere (${usual.toLowerCase()})` }, ...LEVELS]
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
    <Dialog title={`Notifications of ${title}`} onClose={onClose}>
      <div class="notify-form">
        <p class="outcome" role="status">
          {channelWords(me, member, direct ? '' : title)}
          {!direct && ` ${everybodyWords(me, member)}`}
        </p>
        <Check
          label={direct ? 'Mute this conversation' : 'Mute this channel'}
          checked={muted}
          onChange={yes => void set({ mark_unread: yes ? 'mention' : 'all' })}
        />
        {!muted && (
          <Choices
            title="On a computer, tell me of"
            ways={ways(levelOf('desktop', me, undefined))}
            chosen={props['desktop'] || 'default'}
            onChoose={desktop => void set({ desktop })}
          />
        )}
        {!muted && store.config.value['SendPushNotifications'] === 'true' && (
          <Choices
            title="On a phone"
            ways={ways(levelOf('push', me, undefined))}
            chosen={props['push'] || 'default'}
            onChoose={push => void set({ push })}
          />
        )}
        {!direct && (
          <Choices
            title="@channel, @all and @here mention me"
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
            Done
          </Button>
        </footer>
      </div>
    </Dialog>
  )
}
