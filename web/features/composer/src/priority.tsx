/** How much the message that is being written is to matter. */

import type { Id, Priority } from '@fieldpost/api'
import { isGuest, type Store } from '@fieldpost/core'
import { levelOf, PriorityLine, useShell, useStore } from '@fieldpost/parts'
import { Icon, IconButton, Menu, type MenuItem } from '@fieldpost/ui'
import { t } from '@fieldpost/words'

const LEVELS = [
  { id: '', label: 'write.standard' },
  { id: 'important', label: 'post.important', icon: 'flag' },
  { id: 'urgent', label: 'post.urgent', icon: 'warn' },
  { id: 'flash', label: 'post.flash', icon: 'bolt' },
] as const

/** Whether the reader may let people be notified again and again. */
function mayPersist(store: Store): boolean {
  const config = store.config.value
  if (config['AllowPersistentNotifications'] !== 'true') return false
  return !isGuest(store.me.value) || config['AllowPersistentNotificationsForGuests'] === 'true'
}

export function PriorityMenu({
  priority,
  channel,
  onChange,
}: {
  priority: Priority | undefined
  channel: Id
  onChange: (p: Priority | undefined) => void
}) {
  const store = useStore()
  const { client, teamId } = useShell()
  const level = levelOf(priority)
  const mayFlash = client.permissions.may(teamId(), channel, 'fieldpost_send_flash') === true
  const acknowledged = priority?.requested_ack === true
  const persistent = priority?.persistent_notifications === true
  const items: MenuItem[] = [
    { kind: 'head', id: 'h', label: t('write.priority') },
    ...LEVELS.filter(l => l.id !== 'flash' || mayFlash || level === 'flash').map(l => ({
      ...l,
      label: t(l.label),
      id: `level:${l.id}`,
      checked: l.id === level,
    })),
    { kind: 'line', id: 'l' },
    { id: 'ack', label: t('write.askAck'), icon: 'ok', checked: acknowledged },
    ...(priority?.priority === 'urgent' && mayPersist(store)
      ? [{ id: 'persist', label: t('write.persist'), icon: 'bell', checked: persistent } as const]
      : []),
  ]
  const pick = (id: string) => {
    const chosen = id.startsWith('level:') ? (id.slice('level:'.length) as typeof level) : level
    const next: Priority = {
      priority: chosen === 'flash' ? 'urgent' : chosen,
      requested_ack: acknowledged !== (id === 'ack'),
      ...(chosen === 'flash' ? { flash: true } : {}),
    }
    // Only what is urgent is told again and again.
    if (next.priority === 'urgent' && (id === 'persist') !== persistent) next.persistent_notifications = true
    onChange(next.priority || next.requested_ack ? next : undefined)
  }
  return (
    <Menu label={t('write.priority')} items={items} onPick={pick}>
      <Icon name="flag" />
    </Menu>
  )
}

/** What was chosen, beside the text. */
export function PriorityChips({ priority, onClear }: { priority: Priority; onClear: () => void }) {
  return (
    <div class="marks">
      <PriorityLine priority={priority} />
      {priority.requested_ack && <span class="chip">{t('write.asksAck')}</span>}
      {priority.persistent_notifications && <span class="chip">{t('write.persists')}</span>}
      <IconButton small icon="close" label={t('write.noPriority')} onClick={onClear} />
    </div>
  )
}

/** Why nobody would be notified again and again, in words; or empty. */
export function unmentioned(priority: Priority | undefined, text: string, direct: boolean): string {
  if (!priority?.persistent_notifications || direct || /(^|\s)@[\p{L}\p{N}]/u.test(text)) return ''
  return t('write.mentionThem')
}
