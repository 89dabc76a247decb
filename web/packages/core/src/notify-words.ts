/** What comes of somebody's choices, in words: of which messages they are told, and how. */
import type { ChannelMember, ClientConfig, User } from '@fieldpost/api'
import { isMuted, levelOf } from './notices.ts'

export interface Way {
  id: string
  label: string
}

export const LEVELS: readonly Way[] = [
  { id: 'all', label: 'Every message' },
  { id: 'mention', label: 'Mentions and direct messages' },
  { id: 'none', label: 'Nothing' },
]

export const PHONE_WHEN: readonly Way[] = [
  { id: 'online', label: 'Always, unless I am looking at the channel' },
  { id: 'away', label: 'While I am away or offline' },
  { id: 'offline', label: 'While I am offline' },
]

export const IGNORING: readonly Way[] = [
  { id: 'default', label: 'They do, unless the channel is muted' },
  { id: 'off', label: 'They always do' },
  { id: 'on', label: 'They do not' },
]

type Props = Record<string, string> | undefined

const says = (props: Props, name: string, otherwise: string): string => props?.[name] || otherwise

/** Whether replies that do not mention somebody are told to them; of everything, they always are. */
const threads = (props: Props, level: string, name: string): boolean =>
  level === 'all' || says(props, name, 'all') === 'all'

export function desktopWords(props: Props): string {
  const level = says(props, 'desktop', 'mention')
  if (level === 'none') return 'You are told of nothing, whatever happens.'
  const replies = threads(props, level, 'desktop_threads')
    ? 'and of every reply in threads you follow'
    : 'and of replies that mention you'
  return level === 'all'
    ? `You are told of every message in your channels, ${replies}.`
    : `You are told of messages that mention you, of direct messages, ${replies}.`
}

export function phoneWords(props: Props, config: ClientConfig): string {
  if (config['SendPushNotifications'] !== 'true') return 'This server sends nothing to phones.'
  const level = says(props, 'push', 'mention')
  if (level === 'none') return 'Nothing is sent to your phone.'
  const replies = threads(props, level, 'push_threads')
    ? 'and of every reply in threads you follow'
    : 'and of replies that mention you'
  const what =
    level === 'all'
      ? `Your phone is told of every message in your channels, ${replies}`
      : `Your phone is told of messages that mention you, of direct messages, ${replies}`
  const when = {
    online: 'unless you are looking at the channel on a screen',
    away: 'while you are away or offline',
    offline: 'while you are offline',
  }
  return `${what}, ${when[says(props, 'push_status', 'online') as keyof typeof when] ?? when.online}.`
}

export function mailWords(props: Props, config: ClientConfig, address: string): string {
  if (config['SendEmailNotifications'] !== 'true') return 'This server sends no mail about messages.'
  if (says(props, 'email', 'true') === 'false') return 'You get no mail about messages.'
  const replies =
    says(props, 'email_threads', 'all') === 'all' ? ', or somebody replies in a thread you follow,' : ''
  return `A mail goes to ${address} when you are mentioned or written to${replies} while you are away or offline.`
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
  return split ? `“${split}” has a space in it, and would never be found: only single words are.` : ''
}

export function mentionWords(u: User): string {
  const props = u.notify_props
  const own = keyList(says(props, 'mention_keys', ''))
  const first = says(props, 'first_name', 'false') === 'true' && u.first_name ? [u.first_name] : []
  const everybody = says(props, 'channel', 'true') === 'true' ? ['@channel', '@all', '@here'] : []
  const list = [`@${u.username}`, ...first, ...own, ...everybody].map(w => `“${w}”`)
  const last = list.pop()
  return `You are mentioned by ${list.length > 0 ? `${list.join(', ')} and ${last}` : last}.`
}

const EVERY = 'You are told of every message in'

/** What comes of the choices for one channel. */
export function channelWords(u: User | undefined, m: ChannelMember | undefined, title: string): string {
  const direct = title === ''
  const place = direct ? 'this conversation' : title
  if (isMuted(m))
    return `You are told of nothing in ${place}. It stands faint in the list, and only mentions of you are counted.`
  const level = levelOf('desktop', u, m)
  if (level === 'none') return `You are told of nothing in ${place}. What is new is still marked in the list.`
  return level === 'all' || direct
    ? `${EVERY} ${place}.`
    : `You are told of messages in ${place} that mention you.`
}

/** Whether "@channel" and the like mention somebody in a channel. */
export function everybodyWords(u: User | undefined, m: ChannelMember | undefined): string {
  if (says(u?.notify_props, 'channel', 'true') !== 'true')
    return '@channel, @all and @here mention you nowhere: your own settings say so.'
  const choice = says(m?.notify_props, 'ignore_channel_mentions', 'default')
  const ignored = choice === 'on' || (choice === 'default' && isMuted(m))
  return ignored
    ? '@channel, @all and @here do not mention you here.'
    : '@channel, @all and @here mention you here.'
}
