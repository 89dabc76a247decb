/** What a reader can do with a message as a whole. */

import { ApiError, type Post } from '@fieldpost/api'
import { momentText, plain } from '@fieldpost/core'
import { t } from '@fieldpost/words'
import type { Shell } from './context.tsx'
import { explain } from './explain.ts'

export async function removePost(shell: Shell, post: Post): Promise<void> {
  const sure = await shell.confirm({
    title: t('post.deleteTitle'),
    text: plain(post.message).slice(0, 160) || t('post.deleteText'),
    action: t('common.delete'),
    danger: true,
  })
  if (!sure) return
  await shell.client.writing.remove(post.id)
}

/** Takes a message back that no other site has. What is on its way already can only be deleted. */
export async function withdrawPost(shell: Shell, post: Post): Promise<void> {
  const sure = await shell.confirm({
    title: t('post.withdrawTitle'),
    text: t('post.withdrawText'),
    action: t('post.withdraw'),
    danger: true,
  })
  if (!sure) return
  try {
    await shell.client.writing.withdraw(post.id)
    shell.client.notice(t('post.withdrawn'))
  } catch (e) {
    const sent = e instanceof ApiError && e.status === 409
    shell.client.notice(sent ? t('post.sentAlready') : explain(e), 'error')
  }
}

export async function remind(shell: Shell, post: Post): Promise<void> {
  const at = await shell.askWhen({ title: t('post.remindTitle'), action: t('post.remind'), soon: true })
  if (at === undefined) return
  try {
    await shell.client.writing.remind(post.id, at)
    shell.client.notice(t('post.reminded', { time: momentText(at) }))
  } catch (e) {
    shell.client.notice(explain(e), 'error')
  }
}

export async function followThread(shell: Shell, post: Post, yes: boolean): Promise<void> {
  const { store, threads } = shell.client
  const team = store.channels.peek().get(post.channel_id)?.team_id || shell.teamId()
  try {
    await threads.follow(team, post.root_id || post.id, yes)
    shell.client.notice(yes ? t('post.followed') : t('post.unfollowed'))
  } catch (e) {
    shell.client.notice(explain(e), 'error')
  }
}

/** In a channel from a message on, in a thread from a reply on. */
export async function unreadFrom(shell: Shell, post: Post): Promise<void> {
  const { reading, store, threads } = shell.client
  const team = store.channels.peek().get(post.channel_id)?.team_id || shell.teamId()
  try {
    if (!post.root_id) return await reading.unreadFrom(post)
    await threads.unreadFrom(team, post.root_id, post.id)
    shell.closeThread()
  } catch (e) {
    shell.client.notice(explain(e), 'error')
  }
}
