/** What comes of somebody's choices, in words: of which messages they are told, and how. */

import type { ChannelMember, ClientConfig, User } from '@fieldpost/api'
import { listText } from '@fieldpost/words'
import { t } from '@fieldpost/words/far'
import { isMuted, levelOf } from './notices.ts'

export interface Way {
  id: string
  label: string
}

export const LEVELS: readonly Way[] = [
  {
    id: 'all',
    get label() {
      return t('notify.all')
    },
  },
  {
    id: 'mention',
    get label() {
      return t('notify.mention')
    },
  },
  {
    id: 'none',
    get label() {
      return t('notify.none')
    },
  },
]

export const PHONE_WHEN: readonly Way[] = [
  {
    id: 'online',
    get label() {
      return t('notify.online')
    },
  },
  {
    id: 'away',
    get label() {
      return t('notify.away')
    },
  },
  {
    id: 'offline',
    get label() {
      return t('notify.offline')
    },
  },
]

export const IGNORING: readonly Way[] = [
  {
    id: 'default',
    get label() {
      return t('notify.everyoneDefault')
    },
  },
  {
    id: 'off',
    get label() {
      return t('notify.everyoneOn')
    },
  },
  {
    id: 'on',
    get label() {
      return t('notify.everyoneOff')
    },
  },
]

type Props = Record<string, string> | undefined

const says = (props: Props, name: string, otherwise: string): string => props?.[name] || otherwise

/** Whether replies that do not mention somebody are told to them; of everything, they always are. */
const threads = (props: Props, level: string, name: string): boolean =>
  level === 'all' || says(props, name, 'all') === 'all'

export function desktopWords(props: Props): string {
  const level = says(props, 'desktop', 'mention')
  if (level === 'none') return t('notify.desktopNone')
  if (level === 'all') return t('notify.desktopAll')
  return t(threads(props, level, 'desktop_threads') ? 'notify.desktopMention' : 'notify.desktopLess')
}

const WHEN = {
  online: 'notify.whenOnline',
  away: 'notify.whenAway',
  offline: 'notify.whenOffline',
} as const

export function phoneWords(props: Props, config: ClientConfig): string {
  if (config['SendPushNotifications'] !== 'true') return t('notify.phoneNever')
  const level = says(props, 'push', 'mention')
  if (level === 'none') return t('notify.phoneNone')
  const when = t(WHEN[says(props, 'push_status', 'online') as keyof typeof WHEN] ?? WHEN.online)
  if (level === 'all') return t('notify.phoneAll', { when })
  return t(threads(props, level, 'push_threads') ? 'notify.phoneMention' : 'notify.phoneLess', { when })
}

export function mailWords(props: Props, config: ClientConfig, address: string): string {
  if (config['SendEmailNotifications'] !== 'true') return t('notify.mailNever')
  if (says(props, 'email', 'true') === 'false') return t('notify.mailNone')
  const replies = says(props, 'email_threads', 'all') === 'all'
  return t(replies ? 'notify.mailThreads' : 'notify.mail', { address })
}

/** Words that mention somebody, as they typed them: without spaces around, none twice. */
export function keyList(typed: string): string[] {
  const keys = typed
    .split(',')
    .map(k => k.trim().toLowerCase())
    .filter(k => k !== '')
  return [...new Set(keys)]
}

/** What is wrong with words that are to mention somebody; empty if nothing is. */
export function keyTrouble(keys: readonly string[]): string {
  const split = keys.find(k => /\s/.test(k))
  return split ? t('notify.space', { word: split }) : ''
}

export function mentionWords(u: User): string {
  const props = u.notify_props
  const own = keyList(says(props, 'mention_keys', ''))
  const first = says(props, 'first_name', 'false') === 'true' && u.first_name ? [u.first_name] : []
  const everybody = says(props, 'channel', 'true') === 'true' ? ['@channel', '@all', '@here'] : []
  const list = [`@${u.username}`, ...first, ...own, ...everybody].map(word => t('notify.quoted', { word }))
  return t('notify.mentionedBy', { list: listText(list) })
}

/** What comes of the choices for one channel. */
export function channelWords(u: User | undefined, m: ChannelMember | undefined, title: string): string {
  const direct = title === ''
  const place = direct ? t('notify.conversation') : title
  if (isMuted(m)) return t('notify.mutedIn', { place })
  const level = levelOf('desktop', u, m)
  if (level === 'none') return t('notify.noneIn', { place })
  return level === 'all' || direct ? t('notify.everyIn', { place }) : t('notify.mentionIn', { place })
}

/** Whether "@channel" and the like mention somebody in a channel. */
export function everybodyWords(u: User | undefined, m: ChannelMember | undefined): string {
  if (says(u?.notify_props, 'channel', 'true') !== 'true') return t('notify.nowhere')
  const choice = says(m?.notify_props, 'ignore_channel_mentions', 'default')
  const ignored = choice === 'on' || (choice === 'default' && isMuted(m))
  return ignored ? t('notify.notHere') : t('notify.here')
}
