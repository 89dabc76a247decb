import { speak } from '@fieldpost/words'
import { afterEach, expect, test } from 'vitest'
import { manner } from './manner.ts'
import { dateText, laterChoices, monthText, sizeText, timeText, weekdayText } from './time.ts'
import { localInput } from './zone.ts'

afterEach(() => speak('en'))

const at = (day: number, hour: number) => new Date(2026, 10, day, hour, 30).getTime()

test('moments for later are in the future, by the clock of this place', () => {
  const monday = laterChoices(at(23, 8), false)
  expect(monday.map(c => c.label)).toEqual(['Tomorrow morning', 'Monday morning'])
  expect(new Date(monday[0]?.at ?? 0).getHours()).toBe(9)
  expect(new Date(monday[1]?.at ?? 0).getDate()).toBe(30)
  const friday = laterChoices(at(27, 22), true)
  expect(friday.map(c => c.label)).toEqual([
    'In 30 minutes',
    'In 1 hour',
    'In 3 hours',
    'Tomorrow morning',
    'Monday morning',
  ])
  for (const c of friday) expect(c.at).toBeGreaterThan(at(27, 22))
})

test('tomorrow is not offered twice', () => {
  expect(laterChoices(at(29, 12), false).map(c => c.label)).toEqual(['Tomorrow morning'])
})

test('what a field for a moment holds is the local time', () => {
  expect(localInput(at(27, 22))).toBe('2026-11-27T22:30')
})

test('sizes and days are written as the language does', async () => {
  expect([380, 48_200, 5_250_000, 300_000_000].map(sizeText)).toEqual(['380 B', '48 kB', '5.3 MB', '300 MB'])
  await speak('de')
  expect(sizeText(5_250_000)).toBe('5,3 MB')
  expect(dateText(at(27, 22))).toBe('Freitag, 27. November 2026')
  expect(monthText(at(27, 22))).toBe('November 2026')
  expect([weekdayText(at(27, 22), 'long'), weekdayText(at(27, 22), 'narrow')]).toEqual(['Freitag', 'F'])
})

test('the time of a minute follows the clock that its reader chooses', () => {
  const evening = at(27, 22)
  const as = (clock: '12' | '24') => {
    manner.value = { ...manner.peek(), clock }
    return [timeText(evening), timeText(evening + 1_000), timeText(evening + 60_000)]
  }
  expect(as('24')).toEqual(['22:30', '22:30', '22:31'])
  expect(as('12').map(x => x.slice(0, 5))).toEqual(['10:30', '10:30', '10:31'])
  expect(as('24')[0]).toBe('22:30')
})
