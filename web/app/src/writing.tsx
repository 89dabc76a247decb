import type { Channel } from '@fieldpost/api'
import type { Shell } from '@fieldpost/parts'
import { t } from '@fieldpost/words'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'

/** Where one writes; in its place why nobody does, or not the reader. */
export function Writing({
  channel,
  shell,
  children,
}: {
  /** Nothing while it is not known. */
  channel: Channel | undefined
  shell: Shell
  children: ComponentChildren
}) {
  const { permissions } = shell.client
  const team = shell.teamId()
  const online = shell.client.store.link.value === 'online'
  useEffect(() => {
    if (online && channel) void permissions.meet(team, channel.id)
  }, [permissions, team, channel?.id, online])
  if (!channel) return children
  if (channel.delete_at > 0) return <p class="archived">{t('room.archived')}</p>
  if (channel.read_only) return <p class="archived">{t('room.readOnly')}</p>
  if (permissions.may(team, channel.id, 'create_post') === false)
    return <p class="archived">{t('room.onlyReading')}</p>
  return children
}
