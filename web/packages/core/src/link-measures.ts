/** What is measured of a link, in words: how much passes, what is lost, and what waits by how much it matters. */

import type { Backlog, Peer, Precedences } from '@fieldpost/api'
import { listText, numberText, tongue } from '@fieldpost/words'
import { t } from '@fieldpost/words/far'

/** With a digit behind the comma where the number is short. */
const short = (n: number): string => numberText(n < 10 ? Math.round(n * 10) / 10 : Math.round(n))

/** Bits a second, in the unit in which the number is short. */
export function bitsText(rate: number): string {
  if (rate < 1_000) return t('links.bits', { rate: Math.round(rate) })
  if (rate < 1_000_000) return t('links.kilobits', { rate: short(rate / 1_000) })
  return t('links.megabits', { rate: short(rate / 1_000_000) })
}

/** A share from 0 to 1, as the reader's language writes it. */
export const percentText = (share: number): string =>
  new Intl.NumberFormat(tongue.value.locale, {
    style: 'percent',
    maximumFractionDigits: share < 0.1 ? 1 : 0,
  }).format(share)

/** How much passes; empty where that is not known. */
export const ratesText = ({ rate_out, rate_in }: Peer): string =>
  rate_out == null || rate_in == null
    ? ''
    : t('links.rates', { out: bitsText(rate_out), in: bitsText(rate_in) })

/** What is lost; empty where that is not known. */
export const lossText = ({ loss }: Peer): string =>
  loss == null ? '' : t('links.loss', { percent: percentText(loss) })

const KINDS = [
  ['flash', 'links.isFlash'],
  ['immediate', 'links.isUrgent'],
  ['priority', 'links.isImportant'],
  ['routine', 'links.isRoutine'],
] as const satisfies readonly (readonly [keyof Precedences, string])[]

/** What waits by how much it matters; empty while nothing of it goes before the rest. */
export function waitsText({ by }: Backlog): string {
  if (!by) return ''
  const waits = KINDS.filter(([kind]) => by[kind].changes > 0)
  if (waits.every(([kind]) => kind === 'routine')) return ''
  const parts = waits.map(([kind, word]) => t(word, { count: by[kind].changes }))
  return t('links.ofThese', { parts: listText(parts) })
}
