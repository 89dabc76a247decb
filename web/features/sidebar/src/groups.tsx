/** The channels under their headings, as the reader arranged them. */

import type { Sorting } from '@fieldpost/api'
import { mayHold, ROOMS, roomOf, type SidebarGroup, type SidebarItem, signal } from '@fieldpost/core'
import { attempt, type Shell, useShell, useStore } from '@fieldpost/parts'
import { Icon, IconButton, Menu, type MenuItem } from '@fieldpost/ui'
import { type Key, t } from '@fieldpost/words'
import { useComputed } from '@preact/signals'
import { useState } from 'preact/hooks'
import { NameCategory } from './category.tsx'
import { type Held, held, useDragging } from './drag.ts'
import { Item, type ItemDeeds } from './item.tsx'

/** Only what is unread is listed, until the page is closed. */
export const onlyUnread = signal(false)

const SORTS = [
  { id: 'alpha', label: 'side.byName' },
  { id: 'recent', label: 'side.byLast' },
  { id: 'manual', label: 'side.byHand' },
] as const satisfies readonly { id: Sorting; label: Key }[]

const sortOf = (g: SidebarGroup): Sorting => g.sorting || (g.type === 'direct_messages' ? 'recent' : 'alpha')

/** How many conversations are listed at most. */
const rooms = (chosen: number): MenuItem[] => [
  { kind: 'head', id: 'r', label: t('side.atMost') },
  ...ROOMS.map(n => ({
    id: `room:${n}`,
    label: t('side.conversations', { count: n }),
    checked: chosen === n,
  })),
]

interface GroupDeeds {
  onAsk: (what: 'create' | 'direct') => void
  onName: (category: string) => void
}

function GroupMenu({ group, last, deeds }: { group: SidebarGroup; last: boolean; deeds: GroupDeeds }) {
  const shell = useShell()
  const { categories, conversations } = shell.client
  const team = shell.teamId()
  const store = useStore()
  const first = store.categories.value.get(team)?.[0]?.id === group.key
  const own = group.type === 'custom'
  const direct = group.type === 'direct_messages'
  const items: MenuItem[] = [
    { kind: 'head', id: 'h', label: t('side.sort') },
    ...SORTS.filter(s => s.id !== 'manual' || !direct).map(s => ({
      id: `sort:${s.id}`,
      label: t(s.label),
      checked: sortOf(group) === s.id,
    })),
    ...(direct ? rooms(roomOf(store)) : []),
    { kind: 'line', id: 'l' },
    ...(direct
      ? []
      : group.muted
        ? ([{ id: 'mute', label: t('side.unmuteCategory'), icon: 'bell' }] as const)
        : ([{ id: 'mute', label: t('side.muteCategory'), icon: 'bellOff' }] as const)),
    ...(first ? [] : ([{ id: 'up', label: t('side.moveUp'), icon: 'up' }] as const)),
    ...(last ? [] : ([{ id: 'down', label: t('side.moveDown'), icon: 'down' }] as const)),
    { id: 'new', label: t('side.newCategoryMore'), icon: 'plus' },
    ...(own
      ? ([
          { id: 'rename', label: t('side.renameMore'), icon: 'edit' },
          { id: 'delete', label: t('side.deleteCategory'), icon: 'trash', bad: true },
        ] as const)
      : []),
  ]
  const pick = async (id: string) => {
    if (id === 'rename') deeds.onName(group.key)
    else if (id === 'new') deeds.onName('')
    else if (id === 'up' || id === 'down')
      await attempt(shell, () => categories.place(team, group.key, id === 'up' ? -1 : 1))
    else if (id === 'delete') await removeCategory(shell, group)
    else if (id === 'mute') await attempt(shell, () => categories.mute(team, group.key, !group.muted))
    else if (id.startsWith('room:')) await conversations.setRoom(Number(id.slice(5)))
    else await attempt(shell, () => categories.sort(team, group.key, id.slice(5) as Sorting))
  }
  return (
    <Menu
      label={t('side.menuOf', { name: group.title })}
      class="ibtn small ghost"
      items={items}
      onPick={id => void pick(id)}
    >
      <Icon name="more" />
    </Menu>
  )
}

async function removeCategory(shell: Shell, group: SidebarGroup): Promise<void> {
  const sure = await shell.confirm({
    title: t('side.deleteCategoryTitle', { name: group.title }),
    text: t('side.deleteCategoryText'),
    action: t('common.delete'),
    danger: true,
  })
  if (sure) await attempt(shell, () => shell.client.categories.remove(shell.teamId(), group.key))
}

/** What of a group is listed: folded away, only what is new and what is on screen. */
function listed(g: SidebarGroup, current: string): SidebarItem[] {
  if (!g.collapsed && !onlyUnread.value) return g.items
  return g.items.filter(i => i.unread || i.id === current)
}

const HINTS = {
  channels: 'side.noChannels',
  direct_messages: 'side.noDirects',
  custom: 'side.dragHere',
} as const satisfies Record<string, Key>

function Group({
  group,
  last,
  deeds,
  itemDeeds,
}: {
  group: SidebarGroup
  last: boolean
  deeds: GroupDeeds
  itemDeeds: ItemDeeds
}) {
  const shell = useShell()
  const store = useStore()
  const over = useComputed(() => {
    const h = held.value
    return h?.group === group.key ? h.at : undefined
  }).value
  const shown = listed(group, store.current.value)
  const filtered = onlyUnread.value
  // Neither comes or goes during a drag: nothing moves away under the pointer.
  if (filtered ? shown.length === 0 : group.type === 'favorites' && group.items.length === 0) return null
  const direct = group.type === 'direct_messages'
  const told = store.categories.value.has(shell.teamId())
  const fold = () =>
    attempt(shell, () => shell.client.categories.collapse(shell.teamId(), group.key, !group.collapsed))
  return (
    <section
      class={over === -1 ? 'group over' : 'group'}
      data-group={group.key}
      data-folded={group.collapsed || undefined}
    >
      <header>
        <h3>
          <button type="button" aria-expanded={!group.collapsed} disabled={!told} onClick={() => void fold()}>
            <Icon name="chevron" />
            <span class="cut">{group.title}</span>
            {group.muted && (
              <span class="hushed" title={t('side.muted')}>
                <Icon name="bellOff" />
                <span class="vh">, {t('side.muted').toLowerCase()}</span>
              </span>
            )}
          </button>
        </h3>
        {told && <GroupMenu group={group} last={last} deeds={deeds} />}
        {(direct || group.type === 'channels') && (
          <IconButton
            small
            icon="plus"
            label={direct ? t('side.newDirect') : t('side.newChannel')}
            onClick={() => deeds.onAsk(direct ? 'direct' : 'create')}
          />
        )}
      </header>
      <ul aria-label={group.title}>
        {shown.flatMap((item, i) => [
          over === i && <li key="spot" class="spot" aria-hidden="true" />,
          <Item key={item.id} item={item} deeds={itemDeeds} />,
        ])}
        {over !== undefined && over >= shown.length && <li key="spot" class="spot" aria-hidden="true" />}
      </ul>
      {group.more > 0 && !group.collapsed && !filtered && (
        <button type="button" class="chan others" onClick={() => shell.actions.run('find')}>
          <Icon name="more" />
          {t('side.moreDirects', { count: group.more })}
        </button>
      )}
      {group.items.length === 0 && !group.collapsed && group.type !== 'favorites' && (
        <p class="quiet-hint">{t(HINTS[group.type])}</p>
      )}
    </section>
  )
}

/** Where one step takes a channel: within its heading, or to the edge of the next that may hold it. */
function stepped(
  groups: readonly SidebarGroup[],
  item: SidebarItem,
  by: 1 | -1,
): { group: SidebarGroup; at: number } | undefined {
  const here = groups.findIndex(g => g.items.some(i => i.id === item.id))
  const group = groups[here]
  if (!group) return undefined
  const to = group.items.findIndex(i => i.id === item.id) + by
  const byHand = group.type !== 'direct_messages'
  if (byHand && to >= 0 && to < group.items.length) return { group, at: to }
  for (let k = here + by; k >= 0 && k < groups.length; k += by) {
    const next = groups[k]
    if (next && mayHold(next, item.channel)) return { group: next, at: by > 0 ? 0 : next.items.length }
  }
  return undefined
}

export function Groups({
  groups,
  onGo,
  onAsk,
}: {
  groups: readonly SidebarGroup[]
  onGo: () => void
  onAsk: (what: 'create' | 'direct') => void
}) {
  const shell = useShell()
  const store = useStore()
  const { categories } = shell.client
  const [naming, name] = useState<{ category: string; channel: string } | undefined>(undefined)
  const [said, say] = useState('')
  const put = (channel: string, group: SidebarGroup, at: number) => {
    const c = store.channels.peek().get(channel)
    const place = at < 0 ? undefined : { shown: group.items.map(i => i.id), at }
    return c
      ? attempt(shell, () => categories.move(shell.teamId(), c, group.key, place))
      : Promise.resolve(false)
  }
  const drop = (h: Held) => {
    const group = groups.find(g => g.key === h.group)
    if (group) void put(h.id, group, asPlace(group, h, store.current.peek()))
  }
  const list = useDragging(drop)
  const step = async (item: SidebarItem, by: 1 | -1) => {
    const to = stepped(groups, item, by)
    if (!to) return
    const done = put(item.id, to.group, to.at)
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`[data-chan="${CSS.escape(item.id)}"] > a`)?.focus(),
    )
    if (await done) say(t('side.placed', { name: item.title, place: to.at + 1, group: to.group.title }))
  }
  const deeds: GroupDeeds = { onAsk, onName: category => name({ category, channel: '' }) }
  const itemDeeds: ItemDeeds = {
    onGo,
    onStep: (item, by) => void step(item, by),
    onNewCategory: item => name({ category: '', channel: item.id }),
  }
  const nothing = onlyUnread.value && groups.every(g => listed(g, store.current.value).length === 0)
  const h = held.value
  return (
    <div class={h ? 'groups scroll dragging' : 'groups scroll'} ref={list}>
      {groups.map((g, i) => (
        <Group key={g.key} group={g} last={i === groups.length - 1} deeds={deeds} itemDeeds={itemDeeds} />
      ))}
      {nothing && <p class="quiet-hint">{t('side.noneUnread')}</p>}
      {h && (
        <span class="carrying" style={{ left: `${h.x + 12}px`, top: `${h.y - 12}px` }} aria-hidden="true">
          {h.title}
        </span>
      )}
      <p class="vh" role="status">
        {said}
      </p>
      {naming && <NameCategory {...naming} onClose={() => name(undefined)} />}
    </div>
  )
}

/** A place among what is listed, as one among all of the group without what is carried. */
function asPlace(group: SidebarGroup, h: Held, current: string): number {
  if (h.at < 0) return -1
  const rows = listed(group, current).map(i => i.id)
  const before = rows
    .slice(0, h.at)
    .filter(id => id !== h.id)
    .at(-1)
  const all = group.items.map(i => i.id).filter(id => id !== h.id)
  return before ? all.indexOf(before) + 1 : 0
}
