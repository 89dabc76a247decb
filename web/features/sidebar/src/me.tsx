/** The reader at the foot of the list: how others see them, and what they change about it. */

import type { Status } from '@fieldpost/api'
import { displayName, endText, presenceText } from '@fieldpost/core'
import { explain, Face, SayingEmoji, useSaying, useShell, useStore } from '@fieldpost/parts'
import { Menu, type MenuItem } from '@fieldpost/ui'
import { t } from '@fieldpost/words'

const WAYS = [
  { id: 'online', icon: 'ok' },
  { id: 'away', icon: 'clock' },
  { id: 'dnd', icon: 'silent' },
  { id: 'offline', icon: 'offline' },
] as const

export function Me({ onGo }: { onGo: () => void }) {
  const shell = useShell()
  const store = useStore()
  const { presence } = shell.client
  const me = store.me.value
  const link = store.link.value
  const status = store.status(me?.id ?? '').value
  const saying = useSaying(me)
  const online = link === 'online'
  const set = (s: Status['status']) =>
    presence.set(s).catch((e: unknown) => shell.client.notice(explain(e), 'error'))
  const until = presence.quietUntil.value
  const state = (): string => {
    if (!online) return link === 'connecting' ? t('side.connecting') : t('side.offline')
    if (status === 'dnd')
      return until > 0 ? t('me.dndUntil', { time: endText(until, presence.now.value) }) : presenceText('dnd')
    // Until it is known, and while it says no more than the connection does.
    return status === 'away' ? presenceText('away') : t('side.connected')
  }
  const items: MenuItem[] = [
    { id: 'saying', label: saying ? t('me.change') : t('me.set'), icon: 'smile' },
    ...(saying ? ([{ id: 'clear', label: t('me.clear'), icon: 'close' }] as const) : []),
    { kind: 'line', id: 'l1' },
    { kind: 'head', id: 'h', label: t('me.seenAs') },
    ...WAYS.map(w => ({
      ...w,
      label: `${presenceText(w.id)}${w.id === 'dnd' ? '…' : ''}`,
      checked: status === w.id,
    })),
    { kind: 'line', id: 'l2' },
    { id: 'profile', label: t('me.profile'), icon: 'user' },
    { id: 'notifications', label: t('me.notifications'), icon: 'bell' },
  ]
  const pick = (id: string) => {
    if (id === 'saying') shell.askStatus('saying')
    else if (id === 'dnd') shell.askStatus('quiet')
    else if (id === 'clear') presence.clear().catch((e: unknown) => shell.client.notice(explain(e), 'error'))
    else if (id === 'profile' || id === 'notifications') {
      onGo()
      shell.go(`/account_settings/${id}`)
    } else void set(id as Status['status'])
  }
  return (
    <Menu label={t('me.menu')} named class="me grow" items={items} onPick={pick}>
      <Face user={me?.id ?? ''} size="2rem" presence={online ? status : 'offline'} />
      <span class="grow">
        <b class="cut">
          <span class="vh">{t('me.you')} </span>
          {displayName(me)}
        </b>
        {saying && (
          <small class="cut">{[<SayingEmoji key="e" name={saying.emoji} />, ' ', saying.text]}</small>
        )}
        {(!saying || !online || status === 'dnd') && <small>{state()}</small>}
      </span>
    </Menu>
  )
}
