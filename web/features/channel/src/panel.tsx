/** What a channel is and what is in it, beside the conversation. */
import { channelTitle } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { IconButton } from '@fieldpost/ui'
import { useEffect } from 'preact/hooks'
import { ChannelFiles } from './files.tsx'
import { Info } from './info.tsx'
import { Members } from './members.tsx'
import { Pinned } from './pinned.tsx'
import './panel.css'

const PANELS = {
  info: { title: 'Channel info', Body: Info },
  members: { title: 'Members', Body: Members },
  pinned: { title: 'Pinned messages', Body: Pinned },
  files: { title: 'Files', Body: ChannelFiles },
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
  const heading = panel === 'info' && conversation ? 'About this conversation' : title
  return (
    <aside class="panel" aria-label={heading}>
      <header>
        {panel !== 'info' && (
          <IconButton icon="back" label="Back to the info" onClick={() => shell.openPanel('info')} />
        )}
        <div class="grow cut">
          <h2>{heading}</h2>
          <small class="cut">{channelTitle(store, c)}</small>
        </div>
        <IconButton icon="close" label="Close the panel (Esc)" onClick={() => shell.openPanel('')} />
      </header>
      <Body key={channel} channel={c} />
    </aside>
  )
}
