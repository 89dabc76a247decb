/** What is done with a channel from several places: its menu, its line in the sidebar, its panel. */

import type { Channel, Id } from '@fieldpost/api'
import { channelTitle, isGuest } from '@fieldpost/core'
import { t } from '@fieldpost/words'
import type { Shell } from './context.tsx'
import { explain } from './explain.ts'

/** Does something, and says why when it did not work. */
export async function attempt(shell: Shell, f: () => Promise<unknown>): Promise<boolean> {
  try {
    await f()
    return true
  } catch (e) {
    shell.client.notice(explain(e), 'error')
    return false
  }
}

export const isDirect = (c: Channel): boolean => c.type === 'D' || c.type === 'G'

/** Whether the reader may not react there, as far as that is known. */
export const noReacting = (shell: Shell, channel: Id): boolean =>
  shell.client.store.channels.value.get(channel)?.read_only === true ||
  shell.client.permissions.may(shell.teamId(), channel, 'add_reaction') === false

/** Whether the reader may keep links and files at hand there, as far as that is known. */
export const mayBookmark = (shell: Shell, c: Channel): boolean =>
  isDirect(c) ||
  (!c.read_only &&
    shell.client.permissions.may(
      shell.teamId(),
      c.id,
      c.type === 'P' ? 'add_bookmark_private_channel' : 'add_bookmark_public_channel',
    ) !== false)

/** Everybody of a team is in the channel that it began with. */
export const mayLeave = (c: Channel): boolean => !isDirect(c) && c.name !== 'town-square'

export async function leaveChannel(shell: Shell, channel: Channel): Promise<void> {
  const sure = await shell.confirm({
    title: t('side.leaveTitle', { name: channel.display_name }),
    text: channel.type === 'P' ? t('side.leavePrivate') : t('side.leavePublic'),
    action: t('side.leave'),
    danger: true,
  })
  if (!sure) return
  const onScreen = shell.client.store.current.peek() === channel.id
  const left = await attempt(shell, () => shell.client.places.leaveChannel(channel.id))
  if (left && onScreen) shell.go(`/${shell.team()}`)
}

/** Whether a conversation can become a channel, as far as the reader is concerned. */
export const mayConvert = (shell: Shell, c: Channel): boolean =>
  c.type === 'G' && !isGuest(shell.client.store.me.value)

/** Takes a conversation out of the sidebar, as one that is done with. */
export function closeConversation(shell: Shell, channel: Channel): void {
  const { client } = shell
  const { store } = client
  if (store.current.peek() === channel.id) shell.go(`/${shell.team()}`)
  void client.reading.readAll([channel.id])
  void client.conversations.close(channel)
  client.notice(t('side.closed', { name: channelTitle(store, channel) }))
}

export const setFavourite = (shell: Shell, channel: Channel, yes: boolean): Promise<boolean> =>
  attempt(shell, () => shell.client.categories.favourite(shell.teamId(), channel, yes))
