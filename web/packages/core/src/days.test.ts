import type { Post, Rest } from '@fieldpost/api'
import { describe, expect, test } from 'vitest'
import { addMonths, countSince, firstSince, monthDays } from './days.ts'
import { addDays, dayStart } from './zone.ts'

/** A channel of `n` messages, one each second, and how often it was asked. */
function channel(n: number) {
  let asked = 0
  const rest = {
    posts: undefined,
    ask: async (_: string, path: string) => {
      asked++
      const page = Number(/[?&]page=(\d+)/.exec(path)?.[1])
      const i = n - 1 - page
      const id = `p${i}`
      return i < 0
        ? { order: [], posts: {} }
        : { order: [id], posts: { [id]: { id, create_at: 1_000 * i } as Post } }
    },
  } as unknown as Rest
  return { rest, asked: () => asked }
}

describe('one’s place in time', () => {
  test.each([1, 2, 63, 64, 65, 300, 20_000])('is found among %d messages', async n => {
    for (const i of new Set([0, 1, Math.floor(n / 2), n - 1])) {
      if (i >= n) continue
      const found = await firstSince(channel(n).rest, 'c', 1_000 * i - 500)
      expect(found?.id).toBe(`p${i}`)
    }
  })

  test('without reading what lies between', async () => {
    const long = channel(100_000)
    await firstSince(long.rest, 'c', 5_000)
    expect(long.asked()).toBeLessThan(30)
  })

  test('after the last message there is nothing, and in an empty channel neither', async () => {
    expect(await firstSince(channel(3).rest, 'c', 99_000)).toBeUndefined()
    expect(await firstSince(channel(0).rest, 'c', 0)).toBeUndefined()
  })
})

test('messages of others since a moment are counted', () => {
  const all: Record<string, Partial<Post>> = {
    a: { create_at: 1, user_id: 'bo', type: '' },
    b: { create_at: 2, user_id: 'bo', type: '' },
    c: { create_at: 3, user_id: 'ada', type: '' },
    d: { create_at: 4, user_id: 'bo', type: 'system_join_channel' },
    e: { create_at: 5, user_id: 'bo', type: '' },
  }
  expect(countSince(Object.keys(all), id => all[id] as Post, 1, 'ada')).toBe(2)
})

describe('a month', () => {
  test('is shown in whole weeks', () => {
    const days = monthDays(new Date(2024, 1, 15).getTime(), 1)
    expect(days).toHaveLength(42)
    expect(new Date(days[0]?.at ?? 0).getDay()).toBe(1)
    expect(days.filter(d => !d.outside).map(d => d.day)).toEqual(Array.from({ length: 29 }, (_, i) => i + 1))
    expect(days[0]).toMatchObject({ day: 29, outside: true })
  })

  test('its last day is of the month that is shorter', () => {
    expect(new Date(addMonths(new Date(2023, 0, 31).getTime(), 1))).toEqual(new Date(2023, 1, 28))
    expect(new Date(addMonths(new Date(2023, 2, 31).getTime(), -1))).toEqual(new Date(2023, 1, 28))
    expect(new Date(addDays(new Date(2023, 1, 28).getTime(), 1))).toEqual(new Date(2023, 2, 1))
    expect(dayStart(new Date(2023, 1, 1, 13, 5).getTime())).toBe(new Date(2023, 1, 1).getTime())
  })
})
