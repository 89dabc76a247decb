/** Reading: what is read, and what is open beside it. */

import { type Action, type Client, sidebar } from '@fieldpost/core'
import type { Shell } from '@fieldpost/parts'
import { t } from '@fieldpost/words'
import { panel, route } from '../router.ts'

/** Whether a thread or a panel is open beside the conversation. */
const besideIsOpen = (): boolean => {
  const r = route.peek()
  return ('thread' in r && r.thread !== '') || panel.peek() !== ''
}

/** Everything of the team that is unread. */
async function readAll(client: Client, shell: Shell): Promise<void> {
  const sure = await shell.confirm({
    title: t('do.readAllTitle'),
    text: t('do.readAllText'),
    action: t('do.readAllAction'),
  })
  if (!sure) return
  if (client.store.link.peek() !== 'online') return client.notice(t('do.needsServer'), 'error')
  const team = shell.teamId()
  const unread = sidebar(client.store, team)
    .flatMap(g => g.items)
    .filter(i => i.unread)
  await Promise.all([client.reading.readAll(unread.map(i => i.id)), client.threads.readAll(team)])
}

export function reading(client: Client, shell: Shell): Action[] {
  const { store } = client
  const online = () => store.link.peek() === 'online'
  return [
    {
      id: 'close-thread',
      group: 'read',
      name: () => t('do.closeThread'),
      words: 'close thread panel',
      keys: ['Escape'],
      when: besideIsOpen,
      run: () => shell.closeThread(),
    },
    {
      id: 'read',
      group: 'read',
      name: () => t('do.read'),
      words: 'mark channel read',
      keys: ['Escape'],
      when: () => !besideIsOpen() && store.current.peek() !== '' && online(),
      run: () => void client.reading.readAll([store.current.peek()]),
    },
    {
      id: 'read-all',
      group: 'read',
      name: () => t('do.readAll'),
      words: 'mark all everything read',
      keys: ['Shift+Escape'],
      run: () => void readAll(client, shell),
    },
    {
      id: 'walk',
      group: 'read',
      name: () => t('do.walk'),
      words: 'walk through messages',
      keys: ['ArrowUp', 'ArrowDown', 'J', 'K'],
      heardElsewhere: true,
    },
    {
      id: 'latest',
      group: 'read',
      name: () => t('do.latest'),
      words: 'newest latest end',
      keys: ['End'],
      heardElsewhere: true,
    },
  ]
}
