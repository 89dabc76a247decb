import type { Channel, Post } from '@fieldpost/api'
import { Composer } from '@fieldpost/composer'
import { type Client, channelTitle, mateOf, plain, staleText } from '@fieldpost/core'
import { copyText, explain, later, type Shell } from '@fieldpost/parts'
import { ThreadPane } from '@fieldpost/thread'
import { JumpToDate, lastOwn, Timeline } from '@fieldpost/timeline'
import { Icon, IconButton, Menu, type MenuItem, type VirtualListHandle } from '@fieldpost/ui'
import { useEffect, useRef, useState } from 'preact/hooks'
import { target } from './follow.ts'
import { route } from './router.ts'

export function Connection({ client }: { client: Client }) {
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

const channelPart = () => import('@fieldpost/channel')
const BookmarksBar = later(async () => ({ default: (await channelPart()).BookmarksBar }))
const EditBookmark = later(async () => ({ default: (await channelPart()).EditBookmark }))
const AddPeople = later(async () => ({ default: (await channelPart()).AddPeople }))

/** What can be done with a channel as a whole. */
function ChannelMenu({ channel, shell }: { channel: Channel; shell: Shell }) {
  const [asking, ask] = useState('')
  const direct = channel.type === 'D' || channel.type === 'G'
  const leave = async () => {
    const sure = await shell.confirm({
      title: `Leave ${channel.display_name}?`,
      text:
        channel.type === 'P'
          ? 'It is private: somebody in it has to add you before you see it again.'
          : 'You can join it again from the list of channels.',
      action: 'Leave',
      danger: true,
    })
    if (!sure) return
    try {
      await shell.client.places.leaveChannel(channel.id)
      shell.go(`/${shell.team()}`)
    } catch (e) {
      shell.client.notice(explain(e), 'error')
    }
  }
  const items: MenuItem[] = [
    ...(direct ? [] : [{ id: 'people', label: 'Add people…', icon: 'people' } as const]),
    { id: 'bookmark', label: 'Add a bookmark…', icon: 'bookmark' },
    { id: 'date', label: 'Jump to a day…', icon: 'calendar' },
    { id: 'link', label: 'Copy link', icon: 'link' },
    ...(direct || channel.name === 'town-square'
      ? []
      : ([
          { kind: 'line', id: 'l' },
          { id: 'leave', label: 'Leave channel', icon: 'out', bad: true },
        ] as const)),
  ]
  return (
    <>
      <Menu
        label="Channel menu"
        items={items}
        onPick={id => {
          if (id === 'leave') void leave()
          else if (id === 'link') void copyText(shell, location.origin + location.pathname)
          else ask(id)
        }}
      >
        <Icon name="more" />
      </Menu>
      {asking === 'people' && <AddPeople channel={channel.id} onClose={() => ask('')} />}
      {asking === 'date' && <JumpToDate channel={channel.id} onClose={() => ask('')} />}
      {asking === 'bookmark' && <EditBookmark channel={channel.id} onClose={() => ask('')} />}
    </>
  )
}

/** The middle of the window: a channel, and a thread beside it. */
export function Room({ client, shell, onMenu }: { client: Client; shell: Shell; onMenu: () => void }) {
  const { store } = client
  const list = useRef<VirtualListHandle | null>(null)
  const id = store.current.value
  const channel = store.channels.value.get(id)
  const thread = 'thread' in route.value ? route.value.thread : ''
  const online = store.link.value === 'online'
  useEffect(() => {
    if (id) void client.bookmarks.load(id)
  }, [client, id, online])
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
  /** The reader's own newest message among some, drawn inside `place`, is edited. */
  const editLast = (ids: readonly string[], place: string) => {
    const post = (x: string): Post | undefined => store.post(x).peek()
    const own = lastOwn(ids, post, store.me.peek()?.id ?? '')
    if (!own) return
    const edit = () => {
      const el = document.querySelector<HTMLElement>(`${place} [data-post="${CSS.escape(own)}"]`)
      el?.dispatchEvent(new KeyboardEvent('keydown', { key: 'e', bubbles: false }))
      return el !== null
    }
    if (edit()) return
    // It was scrolled away, and is drawn first.
    list.current?.toKey(store.rowKey(own))
    requestAnimationFrame(() => requestAnimationFrame(edit))
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
          <IconButton
            icon="search"
            label="Search messages (Ctrl Shift F)"
            onClick={() => shell.go(`/${shell.team()}/search`)}
          />
          <ChannelMenu channel={channel} shell={shell} />
        </header>
        <Connection client={client} />
        <News client={client} channel={channel} />
        {client.bookmarks.of(id).value.length > 0 && <BookmarksBar channel={id} />}
        <Timeline key={id} channel={channel} target={target.value} handle={list} />
        {channel.delete_at > 0 ? (
          <p class="archived">This channel is archived.</p>
        ) : (
          <Composer
            key={`c${id}`}
            channel={id}
            placeholder={`Write to ${title}`}
            onEditLast={() => editLast(store.log(id).window.peek()?.ids ?? [], '.timeline')}
            onSent={() => list.current?.toBottom()}
          />
        )}
      </main>
      {thread && (
        <ThreadPane
          key={thread}
          root={thread}
          composer={c => (
            <Composer
              channel={c}
              root={thread}
              placeholder="Reply in this thread"
              onEditLast={() => editLast(store.replies(thread).peek(), '.thread')}
            />
          )}
        />
      )}
      <span hidden>{shell.team()}</span>
    </>
  )
}
