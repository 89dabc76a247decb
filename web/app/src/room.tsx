import type { Channel, Post } from '@fieldpost/api'
import { Composer } from '@fieldpost/composer'
import {
  type Client,
  channelRights,
  channelTitle,
  isFavourite,
  isMuted,
  mateOf,
  plain,
  staleText,
  waitingText,
} from '@fieldpost/core'
import {
  attempt,
  closeConversation,
  copyText,
  isDirect,
  later,
  leaveChannel,
  mayBookmark,
  mayConvert,
  mayLeave,
  type Shell,
  setFavourite,
} from '@fieldpost/parts'
import { ThreadPane } from '@fieldpost/thread'
import { JumpToDate, lastOwn, Timeline } from '@fieldpost/timeline'
import { Icon, IconButton, Menu, type MenuItem, type VirtualListHandle } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useEffect, useRef, useState } from 'preact/hooks'
import { target } from './follow.ts'
import { panel, route } from './router.ts'
import { Writing } from './writing.tsx'

export function Connection({ client }: { client: Client }) {
  const { store } = client
  const [listed, list] = useState(false)
  const messages = store.outbox.value.filter(e => !e.refused).length
  const deeds = store.deeds.value.filter(d => !d.refused)
  const count = messages + deeds.length
  const noRoom = client.keeping.full.value && (
    <div class="connection" role="status">
      <Icon name="warn" />
      <span>{t('room.noRoom')}</span>
    </div>
  )
  const all = <Waiting client={client} onClose={() => list(false)} />
  if (store.link.value !== 'offline')
    return (
      <>
        {noRoom}
        {listed && all}
      </>
    )
  return (
    <>
      {noRoom}
      <div class="connection" role="status">
        <Icon name="offline" />
        <span>
          <b>{t('room.offline')}</b> {t('room.onDevice')}
          {count > 0 && ` ${t('wait.notSent', { count, what: waitingText(messages, deeds) })}`}
        </span>
        {count > 0 && (
          <button type="button" class="textlink" onClick={() => list(true)}>
            {t('common.show')}
          </button>
        )}
      </div>
      {listed && all}
    </>
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

const Waiting = later(() => import('./waiting.tsx'))
const channelPart = () => import('@fieldpost/channel')
const BookmarksBar = later(async () => ({ default: (await channelPart()).BookmarksBar }))
const ChannelBanner = later(async () => ({ default: (await channelPart()).ChannelBanner }))
const EditBookmark = later(async () => ({ default: (await channelPart()).EditBookmark }))
const ChannelPanel = later(async () => ({ default: (await channelPart()).ChannelPanel }))
const AddPeople = later(async () => ({ default: (await channelPart()).AddPeople }))
const ChannelNotifications = later(async () => ({
  default: (await import('@fieldpost/notifications')).ChannelNotifications,
}))

/** What can be done with a channel as a whole. */
function ChannelMenu({ channel, shell }: { channel: Channel; shell: Shell }) {
  const [asking, ask] = useState('')
  const direct = isDirect(channel)
  const { client } = shell
  const team = shell.teamId()
  const favourite = isFavourite(client.store, team, channel.id)
  const may = channelRights(client.permissions.inChannel(team, channel.id), channel)
  const muted = isMuted(client.store.members.value.get(channel.id))
  const items: MenuItem[] = [
    {
      id: 'panel:info',
      label: direct ? t('common.aboutConversation') : t('common.channelInfo'),
      icon: 'info',
    },
    { id: 'panel:members', label: t('common.members'), icon: 'people' },
    { id: 'panel:pinned', label: t('common.pinnedMessages'), icon: 'pin' },
    { id: 'panel:files', label: t('common.files'), icon: 'file' },
    { kind: 'line', id: 'k' },
    muted
      ? { id: 'mute', label: t('room.unmute'), icon: 'bell' }
      : { id: 'mute', label: t('room.mute'), icon: 'bellOff' },
    { id: 'notifications', label: t('room.notificationsMore'), icon: 'bell' },
    { id: 'favourite', label: favourite ? t('side.unfavourite') : t('side.favourite'), icon: 'star' },
    ...(may.members ? [{ id: 'people', label: t('room.addPeople'), icon: 'plus' } as const] : []),
    ...(mayBookmark(shell, channel)
      ? [{ id: 'bookmark', label: t('room.addBookmark'), icon: 'bookmark' } as const]
      : []),
    { id: 'date', label: t('room.jumpMore'), icon: 'calendar' },
    { id: 'link', label: t('common.copyLink'), icon: 'link' },
    ...(mayLeave(channel)
      ? ([
          { kind: 'line', id: 'l' },
          { id: 'leave', label: t('side.leaveChannel'), icon: 'out', bad: true },
        ] as const)
      : []),
    ...(direct
      ? ([
          { kind: 'line', id: 'l' },
          ...(mayConvert(shell, channel)
            ? [{ id: 'convert', label: t('room.convertGroup'), icon: 'lock' } as const]
            : []),
          { id: 'close', label: t('side.closeConversation'), icon: 'close' },
        ] as const)
      : []),
  ]
  return (
    <>
      <Menu
        label={t('room.menu')}
        items={items}
        onPick={id => {
          if (id === 'leave') void leaveChannel(shell, channel)
          else if (id === 'convert') shell.convertGroup(channel.id)
          else if (id === 'close') closeConversation(shell, channel)
          else if (id === 'mute') void attempt(shell, () => client.self.mute(channel.id, !muted))
          else if (id === 'favourite') void setFavourite(shell, channel, !favourite)
          else if (id.startsWith('panel:')) shell.openPanel(id.slice(6))
          else if (id === 'link') void copyText(shell, location.origin + location.pathname)
          else ask(id)
        }}
      >
        <Icon name="more" />
      </Menu>
      {asking === 'people' && <AddPeople channel={channel.id} onClose={() => ask('')} />}
      {asking === 'date' && <JumpToDate channel={channel.id} onClose={() => ask('')} />}
      {asking === 'notifications' && <ChannelNotifications channel={channel} onClose={() => ask('')} />}
      {asking === 'bookmark' && <EditBookmark channel={channel.id} onClose={() => ask('')} />}
    </>
  )
}

/** What of the menu is a press away where there is room. */
function HeaderButtons({ channel, shell }: { channel: Channel; shell: Shell }) {
  const favourite = isFavourite(shell.client.store, shell.teamId(), channel.id)
  const toggle = (name: string) => shell.openPanel(panel.value === name ? '' : name)
  return (
    <>
      <IconButton
        extra="only-wide star"
        icon="star"
        label={t('side.favourite')}
        aria-pressed={favourite}
        onClick={() => void setFavourite(shell, channel, !favourite)}
      />
      <IconButton
        extra="only-wide"
        icon="pin"
        label={t('common.pinnedMessages')}
        aria-pressed={panel.value === 'pinned'}
        onClick={() => toggle('pinned')}
      />
      <IconButton
        extra="only-wide"
        icon="people"
        label={t('common.members')}
        aria-pressed={panel.value === 'members'}
        onClick={() => toggle('members')}
      />
      <IconButton
        extra="only-wide"
        icon="info"
        label={t('common.channelInfo')}
        aria-pressed={panel.value === 'info'}
        onClick={() => toggle('info')}
      />
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
          <IconButton extra="only-narrow" icon="menu" label={t('side.channels')} onClick={onMenu} />
        </header>
        <div class="empty" style={{ margin: 'auto' }}>
          {store.link.value === 'offline' ? (
            <>
              <Icon name="offline" />
              <h1>{t('room.notHere')}</h1>
              <p>{t('room.pickOpened')}</p>
            </>
          ) : route.value.at === 'team' ? (
            <>
              <Icon name="hash" />
              <h1>{t('room.noChannel')}</h1>
              <p>{t('room.browseHint')}</p>
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
          <IconButton extra="only-narrow" icon="menu" label={t('side.channels')} onClick={onMenu} />
          <h1 class="cut">
            {mate === '' && (
              <Icon name={channel.type === 'P' ? 'lock' : channel.type === 'G' ? 'people' : 'hash'} />
            )}
            <span class="cut">{title}</span>
          </h1>
          {isMuted(store.members.value.get(id)) && (
            <span class="chip" title={t('room.toldNothing')}>
              <Icon name="bellOff" />
              <span class="vh">{t('room.muted')}</span>
            </span>
          )}
          {client.news.of(id).value.length > 0 && (
            <span class="chip shared" title={t('room.sharedWhy')}>
              <Icon name="sites" /> {t('room.shared')}
            </span>
          )}
          <span class={channel.header ? 'topic grow cut' : 'grow'}>{plain(channel.header)}</span>
          <HeaderButtons channel={channel} shell={shell} />
          <IconButton
            icon="search"
            label={t('room.search')}
            onClick={() => shell.go(`/${shell.team()}/search`)}
          />
          <ChannelMenu channel={channel} shell={shell} />
        </header>
        {channel.banner_info?.enabled && <ChannelBanner channel={channel} />}
        <Connection client={client} />
        <News client={client} channel={channel} />
        {client.bookmarks.of(id).value.length > 0 && <BookmarksBar channel={id} />}
        <Timeline key={id} channel={channel} target={target.value} handle={list} />
        <Writing channel={channel} shell={shell}>
          <Composer
            key={`c${id}`}
            channel={id}
            placeholder={t('room.writeTo', { name: title })}
            onEditLast={() => editLast(store.log(id).window.peek()?.ids ?? [], '.timeline')}
            onSent={() => list.current?.toBottom()}
          />
        </Writing>
      </main>
      {!thread && panel.value && <ChannelPanel channel={id} panel={panel.value} />}
      {thread && (
        <ThreadPane
          key={thread}
          root={thread}
          composer={c => (
            <Writing channel={store.channels.value.get(c)} shell={shell}>
              <Composer
                channel={c}
                root={thread}
                placeholder={t('room.replyHere')}
                onEditLast={() => editLast(store.replies(thread).peek(), '.thread')}
              />
            </Writing>
          )}
        />
      )}
      <span hidden>{shell.team()}</span>
    </>
  )
}
