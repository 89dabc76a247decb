import { categoryTitle, isFavourite, mayHold, type SidebarItem } from '@fieldpost/core'
import {
  attempt,
  closeConversation,
  copyText,
  Face,
  isDirect,
  leaveChannel,
  mayLeave,
  SayingMark,
  SiteMark,
  setFavourite,
  useShell,
  useStore,
} from '@fieldpost/parts'
import { Badge, Icon, IconButton, Menu, type MenuItem, type Presence } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useComputed } from '@preact/signals'
import { held } from './drag.ts'

export interface ItemDeeds {
  onGo: () => void
  /** One place up or down, into the next heading if need be. */
  onStep: (item: SidebarItem, by: 1 | -1) => void
  /** Asks for the name of a heading to put it under. */
  onNewCategory: (item: SidebarItem) => void
}

function ItemMenu({ item, deeds }: { item: SidebarItem; deeds: ItemDeeds }) {
  const shell = useShell()
  const store = useStore()
  const team = shell.teamId()
  const favourite = isFavourite(store, team, item.id)
  const categories = store.categories.value.get(team) ?? []
  const holder = categories.find(c => c.channel_ids.includes(item.id))
  const places = categories.filter(c => c.type !== 'favorites' && mayHold(c, item.channel))
  const items: MenuItem[] = [
    { id: 'favourite', label: favourite ? t('side.unfavourite') : t('side.favourite'), icon: 'star' },
    { kind: 'head', id: 'h', label: t('side.putUnder') },
    ...places.map(c => ({ id: `to:${c.id}`, label: categoryTitle(c), checked: c.id === holder?.id })),
    { id: 'new', label: t('side.newCategoryMore'), icon: 'plus' },
    { kind: 'line', id: 'l' },
    { id: 'link', label: t('common.copyLink'), icon: 'link' },
    ...(mayLeave(item.channel)
      ? ([{ id: 'leave', label: t('side.leaveChannel'), icon: 'out', bad: true }] as const)
      : []),
    ...(isDirect(item.channel)
      ? ([{ id: 'close', label: t('side.closeConversation'), icon: 'close' }] as const)
      : []),
  ]
  const pick = (id: string) => {
    if (id === 'favourite') void setFavourite(shell, item.channel, !favourite)
    else if (id === 'new') deeds.onNewCategory(item)
    else if (id === 'link') void copyText(shell, location.origin + item.path)
    else if (id === 'leave') void leaveChannel(shell, item.channel)
    else if (id === 'close') closeConversation(shell, item.channel)
    else void attempt(shell, () => shell.client.categories.move(team, item.channel, id.slice(3)))
  }
  return (
    <Menu label={t('side.menuOf', { name: item.title })} class="ibtn small" items={items} onPick={pick}>
      <Icon name="more" />
    </Menu>
  )
}

export function Item({ item, deeds }: { item: SidebarItem; deeds: ItemDeeds }) {
  const shell = useShell()
  const store = useStore()
  const current = useComputed(() => store.current.value === item.id).value
  const draft = useComputed(() => store.draft(item.id).value.trim() !== '').value
  const carried = useComputed(() => held.value?.id === item.id).value
  const presence: Presence | undefined = item.mate ? store.status(item.mate).value : undefined
  return (
    <li class={carried ? 'line carried' : 'line'} data-chan={item.id} data-title={item.title}>
      <a
        class={`chan${item.unread ? ' unread' : ''}${item.muted ? ' muted' : ''}`}
        href={item.path}
        draggable={false}
        aria-current={current ? 'page' : undefined}
        onPointerEnter={() => void shell.client.reading.warm(item.id)}
        aria-keyshortcuts="Control+Shift+ArrowUp Control+Shift+ArrowDown"
        onKeyDown={e => {
          if (!e.ctrlKey || !e.shiftKey || (e.key !== 'ArrowUp' && e.key !== 'ArrowDown')) return
          e.preventDefault()
          e.stopPropagation()
          deeds.onStep(item, e.key === 'ArrowUp' ? -1 : 1)
        }}
        onClick={e => {
          if (e.ctrlKey || e.metaKey || e.shiftKey) return
          e.preventDefault()
          shell.go(item.path)
          deeds.onGo()
        }}
      >
        {item.mate ? (
          <Face user={item.mate} size="1.35rem" presence={presence} />
        ) : (
          <Icon name={item.channel.type === 'P' ? 'lock' : item.channel.type === 'G' ? 'people' : 'hash'} />
        )}
        <span class="grow cut">{item.title}</span>
        {item.mate && <SiteMark user={store.user(item.mate).value} />}
        {item.mate && <SayingMark user={store.user(item.mate).value} />}
        {item.muted && (
          <span class="draft" title={t('side.muted')}>
            <Icon name="bellOff" />
            <span class="vh">, {t('side.muted').toLowerCase()}</span>
          </span>
        )}
        {item.unread && <span class="vh">, {t('side.unread')}</span>}
        {draft && !current && (
          <span class="draft" title={t('side.draft')}>
            <Icon name="edit" />
          </span>
        )}
        <Badge count={item.mentions} label={t('side.mentions', { count: item.mentions })} />
      </a>
      <ItemMenu item={item} deeds={deeds} />
      {isDirect(item.channel) && (
        // For the mouse only: with keys and fingers it is in the menu.
        <IconButton
          small
          extra="shut"
          icon="close"
          label={t('side.closeOf', { name: item.title })}
          tabIndex={-1}
          onClick={() => closeConversation(shell, item.channel)}
        />
      )}
    </li>
  )
}
