import type { Peer } from '@fieldpost/api'
import { speak } from '@fieldpost/words'
import { afterEach, expect, test } from 'vitest'
import { bitsText, lossText, percentText, ratesText, waitsText } from './link-measures.ts'

afterEach(() => speak('en'))

const none = { changes: 0, bytes: 0 }
const some = (changes: number) => ({ changes, bytes: 100 })
const peer = (more: Partial<Peer>) => more as Peer

test.each([
  [0, '0 bit/s'],
  [999, '999 bit/s'],
  [1_240, '1.2 kbit/s'],
  [12_345, '12 kbit/s'],
  [2_450_000, '2.5 Mbit/s'],
])('%i bits a second', (rate, words) => {
  expect(bitsText(rate)).toBe(words)
})

test('what passes and is lost, as far as it is known', () => {
  expect(ratesText(peer({ rate_out: 12_345, rate_in: 300 }))).toBe('12 kbit/s out, 300 bit/s in')
  expect(ratesText(peer({ rate_out: null, rate_in: null }))).toBe('')
  expect(ratesText(peer({}))).toBe('')
  expect([0, 0.0213, 0.5].map(loss => lossText(peer({ loss })))).toEqual([
    '0% of packets lost',
    '2.1% of packets lost',
    '50% of packets lost',
  ])
  expect([lossText(peer({ loss: null })), lossText(peer({}))]).toEqual(['', ''])
})

test('a share is written as the language does', async () => {
  await speak('de')
  expect(percentText(0.0213)).toBe('2,1\u00a0%')
})

test('what waits is told apart once something goes before the rest', () => {
  const by = { flash: some(3), immediate: none, priority: some(2), routine: some(30) }
  expect(waitsText({ changes: 35, bytes: 300, by })).toBe('of these 3 FLASH, 2 important and 30 routine')
  const plain = { flash: none, immediate: none, priority: none, routine: some(30) }
  expect(waitsText({ changes: 30, bytes: 100, by: plain })).toBe('')
  expect(waitsText({ ...none, by: { ...plain, routine: none } })).toBe('')
  expect(waitsText(some(30))).toBe('')
})
