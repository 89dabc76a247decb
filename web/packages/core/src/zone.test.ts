import type { User } from '@fieldpost/api'
import { afterEach, describe, expect, test } from 'vitest'
import { monthDays } from './days.ts'
import { manner } from './manner.ts'
import { endText, LASTING } from './presence.ts'
import { dayText, fullText, laterChoices, timeText } from './time.ts'
import { aheadText, chosenZone, movedZone, zoneChoice } from './whereabouts.ts'
import {
  addDays,
  aheadHere,
  aheadIn,
  dayName,
  dayStart,
  fromInput,
  isZone,
  localInput,
  momentOf,
  wallOf,
  weekday,
} from './zone.ts'

const own = manner.peek()
const live = (zone: string) => {
  manner.value = { ...own, clock: '24', zone }
}
afterEach(() => {
  manner.value = own
})

/** A quarter to midnight in London, on a Thursday. */
const late = Date.UTC(2026, 10, 26, 23, 45)

test('without a choice the clock is that of the device', () => {
  for (const at of [late, Date.UTC(2026, 6, 1, 3), 0]) {
    const d = new Date(at)
    expect(wallOf(at)).toEqual({
      year: d.getFullYear(),
      month: d.getMonth() + 1,
      day: d.getDate(),
      hour: d.getHours(),
      minute: d.getMinutes(),
    })
    expect(dayStart(at)).toBe(new Date(at).setHours(0, 0, 0, 0))
    expect(momentOf(wallOf(at))).toBe(at)
  }
})

test('times and days are those of the zone that somebody chose', () => {
  live('Pacific/Auckland')
  expect(timeText(late)).toBe('12:45')
  expect(fullText(late)).toContain('Friday')
  expect([dayName(late), weekday(late)]).toEqual(['2026-11-27', 5])
  expect(aheadHere(late)).toBe(780)
  live('America/Los_Angeles')
  expect(timeText(late)).toBe('15:45')
  expect([dayName(late), weekday(late)]).toEqual(['2026-11-26', 4])
  live('Asia/Kathmandu')
  expect(localInput(late)).toBe('2026-11-27T05:30')
})

test('today and yesterday end at midnight there', () => {
  const now = Date.UTC(2026, 10, 27, 1, 0)
  live('UTC')
  expect(dayText(late, now)).toBe('Yesterday')
  live('America/Los_Angeles')
  expect(dayText(late, now)).toBe('Today')
  expect(endText(late, now)).toBe('15:45')
})

test('what is put off is put off to the morning there, and what ends with the day ends there', () => {
  live('Asia/Tokyo')
  const [tomorrow, monday] = laterChoices(late, false)
  expect(localInput(tomorrow?.at ?? 0)).toBe('2026-11-28T09:00')
  expect(localInput(monday?.at ?? 0)).toBe('2026-11-30T09:00')
  const end = (id: string) => localInput((LASTING.find(l => l.id === id)?.end(late) ?? 0) + 1_000)
  expect([end('today'), end('this_week')]).toEqual(['2026-11-28T00:00', '2026-11-30T00:00'])
})

describe('a field for a moment', () => {
  test.each(['UTC', 'Asia/Tokyo', 'America/St_Johns', 'Pacific/Chatham'])('holds it in %s', zone => {
    live(zone)
    for (const at of [late, Date.UTC(2026, 3, 5, 13), Date.UTC(2024, 1, 29, 0)])
      expect(fromInput(localInput(at))).toBe(at)
  })

  test('holds nothing while it is not filled in', () => {
    expect(fromInput('')).toBeNaN()
    expect(fromInput('2026-11-27')).toBeNaN()
  })
})

describe('when the clocks change', () => {
  test('an hour that comes twice is meant the first time', () => {
    live('Europe/Berlin')
    expect(fromInput('2026-10-25T02:30')).toBe(Date.UTC(2026, 9, 25, 0, 30))
    expect(localInput(Date.UTC(2026, 9, 25, 1, 30))).toBe('2026-10-25T02:30')
  })

  test('an hour that never comes is the one after it', () => {
    live('Europe/Berlin')
    expect(localInput(fromInput('2026-03-29T02:30'))).toBe('2026-03-29T03:30')
  })

  test('a day has the hours that it has, and the next begins at midnight', () => {
    live('America/New_York')
    const sunday = momentOf({ year: 2026, month: 11, day: 1, hour: 0, minute: 0 })
    expect(addDays(sunday, 1) - sunday).toBe(25 * 3_600_000)
    const days = monthDays(sunday, 1)
    expect(days.every(d => localInput(d.at).endsWith('T00:00'))).toBe(true)
    expect(days.filter(d => !d.outside)).toHaveLength(30)
    expect(weekday(days[0]?.at ?? 0)).toBe(1)
  })
})

test('a zone that this device does not know is none', () => {
  expect([isZone('Atlantis/Centre'), isZone(''), isZone('Asia/Tokyo')]).toEqual([false, false, true])
  expect(aheadIn('Atlantis/Centre', late)).toBeUndefined()
  const me = (timezone: Record<string, string> | undefined) => ({ timezone }) as unknown as User
  expect(chosenZone(me(zoneChoice('Asia/Tokyo', 'Europe/Oslo')))).toBe('Asia/Tokyo')
  expect(chosenZone(me(zoneChoice('Atlantis/Centre', 'Europe/Oslo')))).toBe('')
  expect(chosenZone(me(zoneChoice('', 'Europe/Oslo')))).toBe('')
  expect(chosenZone(me(undefined))).toBe('')
})

test('a choice is told as other clients tell it, and stays when the device moves', () => {
  const chosen = zoneChoice('Asia/Tokyo', 'Europe/Oslo')
  expect(chosen).toEqual({
    useAutomaticTimezone: 'false',
    automaticTimezone: 'Europe/Oslo',
    manualTimezone: 'Asia/Tokyo',
  })
  const me = { timezone: chosen } as unknown as User
  expect(movedZone(me, 'America/Lima')).toBeUndefined()
  const back = { timezone: zoneChoice('', 'Europe/Oslo') } as unknown as User
  expect(movedZone(back, 'America/Lima')?.['automaticTimezone']).toBe('America/Lima')
})

test('how far a zone is from UTC is said with its sign', () => {
  expect(aheadText('Asia/Kolkata', late)).toBe('UTC+05:30')
  expect(aheadText('America/St_Johns', late)).toBe('UTC−03:30')
  expect(aheadText('UTC', late)).toBe('UTC+00:00')
})
