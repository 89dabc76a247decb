/** Writing: where one writes, and the keys that are heard there. */

import type { Action, Client } from '@fieldpost/core'
import type { Shell } from '@fieldpost/parts'
import { t } from '@fieldpost/words'
import { composer } from '../regions.ts'
import { active } from './overlay.ts'

/** The newest message of the channel on screen. */
const newest = (client: Client): string =>
  client.store.log(client.store.current.peek()).window.peek()?.ids.at(-1) ?? ''

const emptyField = (): boolean => {
  const el = active()
  return el instanceof HTMLTextAreaElement && el.closest('main .composer') !== null && el.value === ''
}

/** As the field where one writes hears them. */
const FORMATS = [
  ['bold', 'Mod+B'],
  ['italic', 'Mod+I'],
  ['strike', 'Mod+Shift+X'],
  ['heading', 'Mod+Alt+H'],
  ['link', 'Mod+Alt+K'],
  ['code', 'Mod+Alt+C'],
  ['quote', 'Mod+Shift+9'],
  ['bullets', 'Mod+Shift+8'],
  ['numbers', 'Mod+Shift+7'],
] as const

export function writing(client: Client, shell: Shell): Action[] {
  const told = { group: 'write', heardElsewhere: true } as const
  return [
    {
      id: 'compose',
      group: 'write',
      name: () => t('do.compose'),
      words: 'write compose message field',
      keys: ['Mod+Shift+L'],
      when: () => composer() !== null,
      run: () => composer()?.focus(),
    },
    {
      id: 'upload',
      group: 'write',
      name: () => t('do.upload'),
      words: 'attach upload files',
      keys: ['Mod+U'],
      when: () => composer() !== null,
      run: () =>
        composer()?.closest('.composer')?.querySelector<HTMLInputElement>('input[type=file]')?.click(),
    },
    {
      ...told,
      id: 'send',
      name: () => t('do.send'),
      words: 'send',
      get keys() {
        return client.habits.sending.value === 'ctrl' ? ['Mod+Enter'] : ['Enter', 'Mod+Enter']
      },
    },
    {
      ...told,
      id: 'new-line',
      name: () => t('do.newLine'),
      words: 'new line',
      get keys() {
        return client.habits.sending.value === 'ctrl' ? ['Enter', 'Shift+Enter'] : ['Shift+Enter']
      },
    },
    { ...told, id: 'edit-last', name: () => t('do.editLast'), words: 'edit last', keys: ['ArrowUp'] },
    {
      ...told,
      id: 'recall',
      name: () => t('do.recall'),
      words: 'history previous next sent before again',
      keys: ['Mod+ArrowUp', 'Mod+ArrowDown'],
    },
    {
      id: 'reply-last',
      group: 'write',
      name: () => t('do.replyLast'),
      words: 'reply newest last',
      keys: ['Shift+ArrowUp'],
      when: () => emptyField() && newest(client) !== '',
      run: () => shell.openThread(newest(client)),
    },
    ...FORMATS.map(([id, key]) => ({
      ...told,
      id,
      name: () => t(`do.${id}`),
      words: id,
      keys: [key],
    })),
  ]
}
