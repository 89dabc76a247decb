/** What a channel is and what is in it, beside the conversation. */

import { channelTitle } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect } from 'preact/hooks'
import { ChannelFiles } from './files.tsx'
import { Info } from './info.tsx'
import { Members } from './members.tsx'
import { Moderation } from './moderation.tsx'
import { Pinned } from './pinned.tsx'
import './panel.css'

const PANELS = {
  info: { title: 'common.channelInfo', Body: Info },
  members: { title: 'common.members', Body: Members },
  pinned: { title: 'common.pinnedMessages', Body: Pinned },
  files: { title: 'common.files', Body: ChannelFiles },
  moderation: { title: 'chan.mod', Body: Moderation },
} as const

const isPanel = (name: string): name is keyof typeof PANELS => Object.hasOwn(PANELS, name)

export function ChannelPanel({ channel, panel }: { channel: string; panel: string }) {
  const shell = useShell()
  const store = useStore()
  const c = store.channels.value.get(channel)
  const online = store.link.value === 'online'
  useEffect(() => {
    void shell.client.about.watch(channel)
    return () => void shell.client.about.watch('')
  }, [shell, channel, online])
  if (!c || !isPanel(panel)) return null
  const { title, Body } = PANELS[panel]
  const conversation = c.type === 'D' || c.type === 'G'
  const heading = panel === 'info' && conversation ? t('common.aboutConversation') : t(title)
  return (
    <aside class="panel" aria-label={heading}>
      <header>
        {panel !== 'info' && (
          <IconButton icon="back" label={t('chan.backInfo')} onClick={() => shell.openPanel('info')} />
        )}
        <div class="grow cut">
          <h2>{heading}</h2>
          <small class="cut">{channelTitle(store, c)}</small>
        </div>
        <IconButton icon="close" label={t('common.closePanel')} onClick={() => shell.openPanel('')} />
      </header>
      <Body key={channel} channel={c} />
    </aside>
  )
}
