import type { Freshness } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { airSeconds, airText } from './air.ts'

const bytes = (text: string, files = 0) => (airSeconds(8, text, files) * 8 * 0.97) / 8

/** The figures of docs/decisions/0025-previews.md. */
test('what is guessed is near what was measured', () => {
  const measured: [string, number][] = [
    ['The relief convoy is at the bridge by noon', 77],
    ['Колона з допомогою біля мосту опівдні вже', 84],
    ['قافلة الإغاثة تصل إلى الجسر عند الظهر غدًا', 91],
    ['救援隊は正午に橋に到着します。道路は通れます', 96],
  ]
  for (const [text, size] of measured) {
    expect(Math.abs(bytes(text) - size), text).toBeLessThan(size / 10)
  }
})

test('what is long, and files, go with their proof', () => {
  expect(bytes('a'.repeat(257)) - bytes('a'.repeat(256))).toBeGreaterThan(130)
  expect(Math.round(bytes('a', 10_000))).toBe(10_190)
})

test('the slowest link counts, and of others nothing is said', () => {
  const to = (site: string, rate?: number): Freshness => ({
    site,
    state: 'connected',
    last_contact: 1,
    ...(rate && { rate }),
  })
  const text = 'The relief convoy is at the bridge by noon'
  expect(airText([to('hq')], text, 0)).toBe('')
  expect(airText([to('hq'), to('ship', 2400)], text, 0)).toBe('About 1 sec on the air to ship')
  expect(airText([to('ship', 2400), to('camp', 75)], text, 0)).toBe('About 8 sec on the air to camp')
  expect(airText([to('camp', 75)], text, 100_000)).toBe('About 3 hr on the air to camp')
  expect(airText([to('ship', 2400)], text, 100_000)).toBe('About 6 min on the air to ship')
})
