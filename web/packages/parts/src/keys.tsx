/** Keys as they are written on the reader's keyboard. */

import { type Action, keyNames } from '@fieldpost/core'
import { t } from '@fieldpost/words'

const mac = (): boolean => /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '')

const nameOf = (key: string): string => {
  switch (key) {
    case 'ctrl':
      return t('keys.ctrl')
    case 'alt':
      return t('keys.alt')
    case 'shift':
      return t('keys.shift')
    case 'enter':
      return t('keys.enter')
    case 'escape':
      return t('keys.escape')
    case 'delete':
      return t('keys.delete')
    default:
      return key.slice(0, 1).toUpperCase() + key.slice(1)
  }
}

export const strokeNames = (stroke: string): string[] => keyNames(stroke, mac(), nameOf)

/** The keys of an action in one line, or nothing. */
export const keysText = (a: Action | undefined): string =>
  a?.keys?.[0] ? strokeNames(a.keys[0]).join(' ') : ''

export function Keys({ stroke }: { stroke: string }) {
  return (
    <span class="keys-of">
      {strokeNames(stroke).map((k, i) => (
        <kbd key={i}>{k}</kbd>
      ))}
    </span>
  )
}
