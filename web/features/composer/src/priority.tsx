/** How much the message that is being written is to matter. */
import type { Priority } from '@fieldpost/api'
import { Icon, Menu, type MenuItem } from '@fieldpost/ui'

const LEVELS = [
  { id: '', label: 'Standard' },
  { id: 'important', label: 'Important', icon: 'flag' },
  { id: 'urgent', label: 'Urgent', icon: 'warn' },
] as const

export function PriorityMenu({
  priority,
  onChange,
}: {
  priority: Priority | undefined
  onChange: (p: Priority | undefined) => void
}) {
  const level = priority?.priority ?? ''
  const acknowledged = priority?.requested_ack === true
  const items: MenuItem[] = [
    { kind: 'head', id: 'h', label: 'Priority' },
    ...LEVELS.map(l => ({ ...l, id: `level:${l.id}`, checked: l.id === level })),
    { kind: 'line', id: 'l' },
    { id: 'ack', label: 'Ask for acknowledgement', icon: 'ok', checked: acknowledged },
  ]
  const pick = (id: string) => {
    const next: Priority =
      id === 'ack'
        ? { priority: level, requested_ack: !acknowledged }
        : { priority: id.slice('level:'.length) as Priority['priority'], requested_ack: acknowledged }
    onChange(next.priority || next.requested_ack ? next : undefined)
  }
  return (
    <Menu label="Priority" items={items} onPick={pick}>
      <Icon name="flag" />
    </Menu>
  )
}
