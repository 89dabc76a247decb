/** A channel or conversation in the sidebar. */
import type { SidebarItem } from '@fieldpost/core'
import { SiteMark, useShell, useStore } from '@fieldpost/parts'
import { Avatar, Badge, Icon, type Presence } from '@fieldpost/ui'
import { useComputed } from '@preact/signals'

export function Item({ item, onGo }: { item: SidebarItem; onGo: () => void }) {
  const shell = useShell()
  const store = useStore()
  const current = useComputed(() => store.current.value === item.id).value
  const draft = useComputed(() => store.draft(item.id).value.trim() !== '').value
  const presence: Presence | undefined = item.mate ? store.status(item.mate).value : undefined
  return (
    <li>
      <a
        class={`chan${item.unread ? ' unread' : ''}${item.muted ? ' muted' : ''}`}
        href={item.path}
        aria-current={current ? 'page' : undefined}
        onClick={e => {
          if (e.ctrlKey || e.metaKey || e.shiftKey) return
          e.preventDefault()
          shell.go(item.path)
          onGo()
        }}
      >
        {item.mate ? (
          <Avatar name={item.title} seed={item.mate} size="1.35rem" presence={presence} />
        ) : (
          <Icon name={item.channel.type === 'P' ? 'lock' : item.channel.type === 'G' ? 'people' : 'hash'} />
        )}
        <span class="grow cut">{item.title}</span>
        {item.mate && <SiteMark user={store.user(item.mate).value} />}
        {item.unread && <span class="vh">, unread</span>}
        {draft && !current && (
          <span class="draft" title="Draft">
            <Icon name="edit" />
          </span>
        )}
        <Badge count={item.mentions} label={`${item.mentions} mentions`} />
      </a>
    </li>
  )
}
