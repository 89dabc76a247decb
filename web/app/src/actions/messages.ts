/** What is asked of the message in focus. */

import type { Action, Client } from '@fieldpost/core'
import { copyText, type Shell } from '@fieldpost/parts'
import { t } from '@fieldpost/words'
import { active } from './overlay.ts'

/** The message that has the focus. */
function focused(): HTMLElement | undefined {
  const el = active()
  return el instanceof HTMLElement && el.matches('[data-row][data-post]') ? el : undefined
}

/** A message listens to its keys by itself; this presses one. */
const press = (key: string) => (): void =>
  void focused()?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: false }))

export function messages(client: Client, shell: Shell): Action[] {
  const { store } = client
  const post = () => store.post(focused()?.dataset['post'] ?? '').peek()
  const mine = () => post() !== undefined && post()?.user_id === store.me.peek()?.id
  const some = () => focused() !== undefined
  const told = { group: 'message', heardElsewhere: true } as const
  return [
    {
      ...told,
      id: 'reply',
      name: () => t('do.reply'),
      words: 'reply',
      keys: ['R', 'Enter'],
      when: some,
      run: press('r'),
    },
    {
      ...told,
      id: 'edit',
      name: () => t('do.edit'),
      words: 'edit',
      keys: ['E'],
      when: mine,
      run: press('e'),
    },
    {
      ...told,
      id: 'react',
      name: () => t('do.react'),
      words: 'react emoji',
      keys: ['+'],
      when: some,
      run: press('+'),
    },
    {
      ...told,
      id: 'delete',
      name: () => t('do.delete'),
      words: 'delete remove',
      keys: [t('common.delete')],
      when: mine,
      run: press(t('common.delete')),
    },
    {
      id: 'copy',
      group: 'message',
      name: () => t('do.copy'),
      words: 'copy text',
      keys: ['C'],
      when: some,
      run: () => void copyText(shell, post()?.message ?? ''),
    },
    {
      id: 'more',
      group: 'message',
      name: () => t('do.more'),
      words: 'more actions menu',
      keys: ['M'],
      when: some,
      run: () => focused()?.querySelector<HTMLElement>('.actions [aria-haspopup]')?.click(),
    },
  ]
}
