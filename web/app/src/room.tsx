import type { Channel, Post } from '@fieldpost/api'
import { Composer } from '@fieldpost/composer'
import { type Client, channelTitle, mateOf, plain, staleText } from '@fieldpost/core'
import type { Shell } from '@fieldpost/parts'
import { ThreadPane } from '@fieldpost/thread'
import { lastOwn, Timeline } from '@fieldpost/timeline'
import { Icon, IconButton, type VirtualListHandle } from '@fieldpost/ui'
import { useEffect, useRef } from 'preact/hooks'
import { target } from './follow.ts'
import { route } from './router.ts'

function Connection({ client }: { client: Client }) {
  const { store } = client
  const waiting = store.outbox.value.filter(e => !e.refused).length
  if (store.link.value !== 'offline') return null
  return (
    <div class="connection" role="status">
      <Icon name="offline" />
      <span>
        <b>Offline.</b> You see what is on this device.
        {waiting > 0 && ` ${waiting === 1 ? '1 message is' : `${waiting} messages are`} not sent yet.`}
      </span>
    </div>
  )
}

/** How old what comes from sites out of reach is. */
function News({ client, channel }: { client: Client; channel: Channel }) {
  useEffect(() => {
    client.news.watch(channel)
    return () => client.news.stop()
  }, [client, channel.id])
  const text = staleText(client.news.of(channel.id).value, Date.now())
  if (!text) return null
  return (
    <div class="news" role="status">
      <Icon name="clock" /> {text}
    </div>
  )
}

/** The middle of the window: a channel, and a thread beside it. */
export function Room({ client, shell, onMenu }: { client: Client; shell: Shell; onMenu: () => void }) {
  const { store } = client
  const list = useRef<VirtualListHandle | null>(null)
  const id = store.current.value
  const channel = store.channels.value.get(id)
  const thread = 'thread' in route.value ? route.value.thread : ''
  if (!channel)
    return (
      <main class="room">
        <header>
          <IconButton extra="only-narrow" icon="menu" label="Channels" onClick={onMenu} />
        </header>
        <div class="empty" style={{ margin: 'auto' }}>
          {store.link.value === 'offline' ? (
            <>
              <Icon name="offline" />
              <h1>Not on this device</h1>
              <p>Pick a channel you have opened before.</p>
            </>
          ) : route.value.at === 'team' ? (
            <>
              <Icon name="hash" />
              <h1>You are in no channel here yet</h1>
              <p>Browse channels, under the plus beside the team’s name, lists those you can join.</p>
            </>
          ) : (
            <span class="spin" />
          )}
        </div>
      </main>
    )
  const title = channelTitle(store, channel)
  const mate = mateOf(channel, store.me.value?.id ?? '')
  const editLast = () => {
    const post = (x: string): Post | undefined => store.post(x).peek()
    const own = lastOwn(store.log(id).window.peek()?.ids ?? [], post, store.me.peek()?.id ?? '')
    if (!own) return
    const el = document.querySelector<HTMLElement>(`[data-post="${CSS.escape(own)}"]`)
    el?.dispatchEvent(new KeyboardEvent('keydown', { key: 'e', bubbles: false }))
  }
  return (
    <>
      <main class="room">
        <header>
          <IconButton extra="only-narrow" icon="menu" label="Channels" onClick={onMenu} />
          <h1 class="cut">
            {mate === '' && (
              <Icon name={channel.type === 'P' ? 'lock' : channel.type === 'G' ? 'people' : 'hash'} />
            )}
            <span class="cut">{title}</span>
          </h1>
          {client.news.of(id).value.length > 0 && (
            <span class="chip shared" title="What is written here also reaches other sites">
              <Icon name="sites" /> shared
            </span>
          )}
          <span class={channel.header ? 'topic grow cut' : 'grow'}>{plain(channel.header)}</span>
        </header>
        <Connection client={client} />
        <News client={client} channel={channel} />
        <Timeline key={id} channel={channel} target={target.value} handle={list} />
        {channel.delete_at > 0 ? (
          <p class="archived">This channel is archived.</p>
        ) : (
          <Composer
            key={`c${id}`}
            channel={id}
            placeholder={`Write to ${title}`}
            onEditLast={editLast}
            onSent={() => list.current?.toBottom()}
          />
        )}
      </main>
      {thread && (
        <ThreadPane
          key={thread}
          root={thread}
          composer={c => <Composer channel={c} root={thread} placeholder="Reply in this thread" />}
        />
      )}
      <span hidden>{shell.team()}</span>
    </>
  )
}
