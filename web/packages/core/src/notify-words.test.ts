import type { ChannelMember, User } from '@fieldpost/api'
import { expect, test } from 'vitest'
import {
  channelWords,
  desktopWords,
  everybodyWords,
  keyList,
  keyTrouble,
  mailWords,
  mentionWords,
  phoneWords,
} from './notify-words.ts'

const ada = (notify_props: Record<string, string>): User =>
  ({ username: 'ada', first_name: 'Ada', notify_props }) as unknown as User
const here = (notify_props: Record<string, string>): ChannelMember =>
  ({ notify_props }) as unknown as ChannelMember

test('the words say of which messages somebody is told', () => {
  expect(desktopWords({ desktop: 'all', desktop_threads: 'mention' })).toMatch(
    /every message .*every reply in threads you follow/,
  )
  expect(desktopWords({ desktop: 'mention', desktop_threads: 'all' })).toMatch(/mention you.*every reply/)
  expect(desktopWords({ desktop: 'mention', desktop_threads: 'mention' })).toMatch(/replies that mention you/)
  expect(desktopWords({ desktop: 'none' })).toMatch(/of nothing/)
})

test('what the server does not send is not promised', () => {
  expect(phoneWords({ push: 'all' }, {})).toMatch(/sends nothing to phones/)
  expect(phoneWords({ push: 'all', push_status: 'away' }, { SendPushNotifications: 'true' })).toMatch(
    /while you are away or offline/,
  )
  expect(mailWords({ email: 'true' }, {}, 'a@x')).toMatch(/sends no mail/)
  expect(mailWords({ email: 'true' }, { SendEmailNotifications: 'true' }, 'a@x')).toContain('a@x')
  expect(mailWords({ email: 'false' }, { SendEmailNotifications: 'true' }, 'a@x')).toMatch(/no mail/)
})

test('words that mention are single ones', () => {
  expect(keyList(' Deck, pump ,,deck')).toEqual(['deck', 'pump'])
  expect(keyTrouble(['deck'])).toBe('')
  expect(keyTrouble(['deck', 'fire pump'])).toContain('fire pump')
  expect(mentionWords(ada({ mention_keys: 'deck', first_name: 'true', channel: 'false' }))).toBe(
    'You are mentioned by “@ada”, “Ada” and “deck”.',
  )
  expect(mentionWords(ada({ channel: 'false' }))).toBe('You are mentioned by “@ada”.')
})

test('what a channel says goes before what is said everywhere', () => {
  expect(channelWords(ada({ desktop: 'mention' }), here({ desktop: 'all' }), 'Deck')).toBe(
    'You are told of every message in Deck.',
  )
  expect(channelWords(ada({ desktop: 'all' }), here({ desktop: 'default' }), 'Deck')).toMatch(/every message/)
  expect(channelWords(ada({ desktop: 'all' }), here({ desktop: 'none' }), 'Deck')).toMatch(/of nothing/)
  expect(channelWords(ada({ desktop: 'mention' }), here({}), 'Deck')).toMatch(/that mention you/)
  expect(channelWords(ada({ desktop: 'mention' }), here({}), '')).toMatch(
    /every message in this conversation/,
  )
  expect(
    channelWords(ada({ desktop: 'all' }), here({ desktop: 'all', mark_unread: 'mention' }), 'Deck'),
  ).toMatch(/of nothing in Deck/)
})

test('@channel is ignored where it was chosen, and by default where it is muted', () => {
  const says = (props: Record<string, string>, own = {}) => everybodyWords(ada(own), here(props))
  expect(says({})).toMatch(/mention you here/)
  expect(says({})).not.toMatch(/do not/)
  expect(says({ mark_unread: 'mention' })).toMatch(/do not/)
  expect(says({ mark_unread: 'mention', ignore_channel_mentions: 'off' })).not.toMatch(/do not/)
  expect(says({ ignore_channel_mentions: 'on' })).toMatch(/do not/)
  expect(says({}, { channel: 'false' })).toMatch(/nowhere/)
})
