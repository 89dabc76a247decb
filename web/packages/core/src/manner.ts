/** How the reader wants times and names written. There is one reader to a page, so this is one signal. */
import { signal } from '@preact/signals-core'

export type Clock = 'auto' | '12' | '24'
export type NameFormat = 'nickname_full_name' | 'full_name' | 'username'

export interface Manner {
  clock: Clock
  names: NameFormat
  /** The time zone that they chose; empty for that of the device. */
  zone: string
}

export const manner = signal<Manner>({ clock: 'auto', names: 'nickname_full_name', zone: '' })
