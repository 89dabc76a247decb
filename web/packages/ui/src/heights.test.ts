import { expect, test } from 'vitest'
import { Heights } from './heights.ts'

test('offsets follow measured heights, by key, through insertions', () => {
  const h = new Heights(50)
  h.setKeys(['b', 'c', 'd'])
  expect(h.total()).toBe(150)
  h.measure('c', 120)
  h.measure('c', 120.2)
  expect(h.offset(2)).toBe(170)
  h.setKeys(['a', 'b', 'c', 'd', 'e'])
  expect(h.offset(3)).toBe(220)
  expect(h.total()).toBe(320)
  expect([0, 49, 50, 100, 219, 220, 9999].map(y => h.find(y))).toEqual([0, 0, 1, 2, 2, 3, 4])
})

test('an empty list has no rows to find', () => {
  const h = new Heights(50)
  h.setKeys([])
  expect([h.find(10), h.total(), h.key(0)]).toEqual([0, 0, undefined])
})
