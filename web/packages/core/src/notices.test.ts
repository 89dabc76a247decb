import type { ChannelMember, Post, SocketEvent, User } from '@fieldpost/api'
import { signal } from '@preact/signals-core'
import { expect, test } from 'vitest'
import { type NoticeFacts, Notices, silence, type Told } from './notices.ts'
import type { Platform } from './platform.ts'
import { Store } from './store.ts'

const me = { id: 'ada', notify_props: { desktop: 'mention' } } as unknown as User
const post = (more: Partial<Post> = {}): Post =>
  ({
    id: 'p',
    user_id: 'bo',
    channel_id: 'c',
    root_id: '',
    message: 'Hello',
    type: '',
    props: {},
    ...more,
  }) as Post
const member = (notify_props: Record<string, string>) => ({ notify_props }) as unknown as ChannelMember
const facts = (more: Partial<NoticeFacts> = {}): NoticeFacts => ({
  me,
  member: member({ desktop: 'default', mark_unread: 'all' }),
  status: 'online',
  mentioned: false,
  followed: false,
  collapsed: true,
  ...more,
})
const all = { ...me, notify_props: { desktop: 'all' } } as User

test.each<[string, Partial<Post>, Partial<NoticeFacts>, boolean]>([
  ['mentioned', {}, { mentioned: true }, true],
  ['not mentioned', {}, {}, false],
  ['not mentioned, everything wanted', {}, { me: all }, true],
  ['mentioned, away', {}, { mentioned: true, status: 'away' }, true],
  ['mentioned, not to be disturbed', {}, { mentioned: true, status: 'dnd' }, false],
  ['mentioned, out of office', {}, { mentioned: true, status: 'ooo' }, false],
  ['one’s own', { user_id: 'ada' }, { mentioned: true }, false],
  [
    'of a program of one’s own',
    { user_id: 'ada', props: { from_webhook: 'true' } },
    { mentioned: true },
    true,
  ],
  ['mentioned where it is muted', {}, { mentioned: true, member: member({ mark_unread: 'mention' }) }, false],
  ['mentioned where nothing is wanted', {}, { mentioned: true, member: member({ desktop: 'none' }) }, false],
  ['everything wanted of this channel', {}, { member: member({ desktop: 'all' }) }, true],
  ['only mentions wanted of this channel', {}, { me: all, member: member({ desktop: 'mention' }) }, false],
  ['a thread that is followed', { root_id: 'r' }, { followed: true }, true],
  ['a thread that is not followed, everything wanted', { root_id: 'r' }, { me: all }, false],
  ['the same where replies are in the channel', { root_id: 'r' }, { me: all, collapsed: false }, true],
  ['somebody came, everything wanted', { type: 'system_join_channel' }, { me: all }, false],
  ['one was brought in', { type: 'system_add_to_channel' }, { mentioned: true }, true],
  ['a trial, past every setting', { props: { force_notification: 't' } }, { status: 'dnd' }, true],
])('%s', (_, p, f, told) => {
  expect(silence(post(p), facts(f)) === '').toBe(told)
})

function hearing(): { store: Store; told: Told[]; hear: (data: Record<string, unknown>) => void } {
  const store = new Store()
  const told: Told[] = []
  store.me.value = me
  store.putUsers(
    [{ id: 'bo', username: 'bo', first_name: 'Bo', last_name: 'Li', nickname: '' } as User],
    false,
  )
  store.putTeams([{ id: 't', name: 'ship', delete_at: 0 } as never])
  store.putChannel({ id: 'c', team_id: 't', type: 'O', name: 'deck', display_name: 'Deck' } as never)
  const notices = new Notices({
    store,
    p: {} as Platform,
    phase: signal('ready'),
    notice: () => {},
    quietly: f => f(),
    keep: write => write().then(() => true),
    tell: () => {},
  })
  notices.onTell = t => told.push(t)
  const hear = (data: Record<string, unknown>) =>
    notices.heard({ event: 'posted', data, broadcast: {}, seq: 1 } as unknown as SocketEvent)
  return { store, told, hear }
}

test('what is told says who, where and what, and leads to the message', () => {
  const { told, hear } = hearing()
  hear({ post: JSON.stringify(post({ message: '**Make fast**, please' })), mentions: '["ada"]' })
  expect(told).toMatchObject([
    { post: 'p', title: 'Bo Li in Deck', text: 'Make fast, please', path: '/ship/pl/p', sound: true },
  ])
})

test('a file without words is told as one, and sounds may be off', () => {
  const { store, told, hear } = hearing()
  store.me.value = { ...me, notify_props: { desktop: 'mention', desktop_sound: 'false' } }
  hear({ post: JSON.stringify(post({ message: '', file_ids: ['f'], root_id: 'r' })), mentions: '["ada"]' })
  expect(told).toMatchObject([{ title: 'Bo Li in Deck, in a thread', text: 'A file', sound: false }])
})

test('mentions of others, and what cannot be read, are no news', () => {
  const { told, hear } = hearing()
  hear({ post: JSON.stringify(post()), mentions: '["cem"]' })
  hear({ post: JSON.stringify(post()), mentions: 'x' })
  hear({ post: '{' })
  expect(told).toEqual([])
})
