/** People as they show themselves: their picture, and the emoji of what they say of themselves. */
import type { CustomStatus, Id, User } from '@fieldpost/api'
import { customStatus, displayName, statusEnd, untilText } from '@fieldpost/core'
import { Avatar, type Presence } from '@fieldpost/ui'
import { useShell } from './context.tsx'
import { Named } from './markdown-view.tsx'

/** The picture that somebody chose for themselves, or their initials. */
export function Face({
  user,
  size = '2.25rem',
  presence,
}: {
  user: Id
  size?: string
  presence?: Presence | undefined
}) {
  const { client } = useShell()
  const u = client.store.user(user).value
  return (
    <Avatar
      name={displayName(u)}
      seed={user}
      size={size}
      presence={presence}
      picture={client.rest.faceUrl(u)}
    />
  )
}

/** What somebody says of themselves, followed until its time is over. */
export function useSaying(user: User | undefined): CustomStatus | undefined {
  const { client } = useShell()
  if (client.store.config.value['EnableCustomUserStatuses'] === 'false') return undefined
  const s = customStatus(user, 0)
  // Only what ends needs the clock.
  return s && statusEnd(s) > 0 ? customStatus(user, client.presence.now.value) : s
}

/** The emoji of a status. */
export function SayingEmoji({ name }: { name: string }) {
  const { client } = useShell()
  return (
    <span class="saying-emoji" aria-hidden="true">
      <Named name={name || 'speech_balloon'} picture={x => client.emojis.picture(x)} />
    </span>
  )
}

/** The emoji of a status to stand beside a name; its words for those who point at it or listen. */
export function SayingMark({ user }: { user: User | undefined }) {
  const s = useSaying(user)
  const { client } = useShell()
  if (!s) return null
  const end = statusEnd(s)
  const words = `${s.text}${end > 0 ? `${s.text ? ', ' : ''}${untilText(end, client.presence.now.value)}` : ''}`
  return (
    <span class="saying" title={words || undefined}>
      <SayingEmoji name={s.emoji} />
      {words && <span class="vh">, {words}</span>}
    </span>
  )
}
