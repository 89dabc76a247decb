/** How long a message takes on the air, where there is no more than a slow radio. */

import type { Freshness } from '@fieldpost/api'
import { t, tongue } from '@fieldpost/words'

/** Bytes of a short message besides its text, down to those of IP and UDP. */
const AROUND = 60
/** What a signature and a proof add; a message that is long or has files goes with them at once. */
const PROOF = 130
/** From so many bytes of UTF-8 on a message goes with its proof. */
const LONG = 256
/** How much of a radio's rate is used. */
const SHARE = 0.97

/**
 * Bytes of a text once it is packed, a letter at a time: those of Latin scripts pack to less than half a byte, others to
 * more, and the signs of Chinese and Japanese to more than one. Measured on short sentences in each.
 */
function packed(text: string): number {
  let bytes = 0
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0
    bytes += code < 0x0300 ? 0.4 : code < 0x0530 ? 0.6 : code < 0x2e80 ? 0.75 : 1.4
  }
  return bytes
}

/** Seconds that a message of this text and so many bytes of files is on the air, about. */
export function airSeconds(rate: number, text: string, files: number): number {
  const isShort = files === 0 && new TextEncoder().encode(text).length <= LONG
  const bytes = AROUND + packed(text.trim()) + (isShort ? 0 : PROOF) + files
  return (bytes * 8) / (rate * SHARE)
}

/** What a message costs over the slowest link to a site that gets it, in words; empty where no link is slow. */
export function airText(list: readonly Freshness[], text: string, files: number): string {
  const slow = list.filter(f => f.rate)
  const slowest = slow.sort((a, b) => (a.rate ?? 0) - (b.rate ?? 0))[0]
  if (!slowest?.rate) return ''
  return t('write.onAir', { time: lengthText(airSeconds(slowest.rate, text, files)), site: slowest.site })
}

/** Seconds, minutes or hours, as the reader's language writes them short. */
export function lengthText(seconds: number): string {
  const [unit, count] =
    seconds < 90
      ? ['second', Math.max(1, Math.round(seconds))]
      : seconds < 5400
        ? ['minute', Math.round(seconds / 60)]
        : ['hour', Math.round(seconds / 3600)]
  return new Intl.NumberFormat(tongue.value.locale, { style: 'unit', unit: `${unit}` }).format(Number(count))
}
