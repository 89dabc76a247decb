import type { User } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { customStatus, LASTING, QUIET, statusEnd, untilText, withEnd } from './presence.ts'

const saying = (raw: string): User => ({ props: { customStatus: raw } }) as unknown as User
const noon = new Date(2026, 10, 25, 12, 0, 0).getTime() // a Wednesday

test('what somebody says of themselves is over when its time is', () => {
  const s = {
    emoji: 'anchor',
    text: 'On watch',
    duration: 'one_hour',
    expires_at: new Date(noon).toISOString(),
  }
  expect(customStatus(saying(JSON.stringify(s)), noon - 1)).toEqual(s)
  expect(customStatus(saying(JSON.stringify(s)), noon)).toBeUndefined()
})

test('without an end it stays, however the end is missing', () => {
  const s = { emoji: 'anchor', text: '', duration: '' }
  for (const expires_at of ['', '0001-01-01T00:00:00Z'])
    expect(customStatus(saying(JSON.stringify({ ...s, expires_at })), noon)?.emoji).toBe('anchor')
  expect(statusEnd({ ...s, expires_at: '0001-01-01T00:00:00Z' })).toBe(0)
})

test('what is no status is none', () => {
  for (const raw of ['', 'x', '[]', '{}', '{"emoji":"","text":""}', '{"emoji":7}'])
    expect(customStatus(saying(raw), noon), raw).toBeUndefined()
  expect(customStatus(undefined, noon)).toBeUndefined()
})

test('each time that a status may last ends when it says', () => {
  const end = (id: string) => new Date(LASTING.find(l => l.id === id)?.end(noon) ?? 0)
  expect(end('one_hour').getTime()).toBe(noon + 3_600_000)
  expect(end('today').getDate()).toBe(25)
  expect(end('today').getHours()).toBe(23)
  expect(end('this_week').getDay()).toBe(0)
  expect(end('this_week').getDate()).toBe(29)
})

test('a week that ends today ends tonight', () => {
  const sunday = new Date(2026, 10, 29, 12).getTime()
  const end = new Date(LASTING.find(l => l.id === 'this_week')?.end(sunday) ?? 0)
  expect([end.getDate(), end.getHours()]).toEqual([29, 23])
})

test('quiet until tomorrow ends at nine in the morning', () => {
  const end = new Date(QUIET.find(l => l.id === 'tomorrow')?.end(noon) ?? 0)
  expect([end.getDate(), end.getHours()]).toEqual([26, 9])
})

test('a status is sent with its end, or with none', () => {
  const s = { emoji: '', text: ' Diving ', duration: 'one_hour' }
  expect(withEnd(s, noon)).toEqual({
    emoji: 'speech_balloon',
    text: 'Diving',
    duration: 'one_hour',
    expires_at: new Date(noon + 3_600_000).toISOString(),
  })
  expect(withEnd({ ...s, duration: '' }, noon)).toEqual({
    emoji: 'speech_balloon',
    text: 'Diving',
    duration: '',
  })
  expect(withEnd({ ...s, duration: 'date_and_time' }, noon, noon + 5).expires_at).toBe(
    new Date(noon + 5).toISOString(),
  )
})

test('an end of another day is told with its day', () => {
  expect(untilText(noon + 3_600_000, noon)).toMatch(/^until \d/)
  expect(untilText(noon + 86_400_000, noon)).toContain('26')
})
