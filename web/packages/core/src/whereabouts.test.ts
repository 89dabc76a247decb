import type { User } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { localTime, movedZone, zoneOf } from './whereabouts.ts'

const living = (timezone: Record<string, string> | undefined): User => ({ timezone }) as unknown as User
const oslo = { useAutomaticTimezone: 'true', automaticTimezone: 'Europe/Oslo', manualTimezone: '' }
const winter = Date.UTC(2026, 0, 15, 11, 5)

test('a chosen zone goes before the one that was found', () => {
  expect(zoneOf(living(oslo))).toBe('Europe/Oslo')
  expect(zoneOf(living({ ...oslo, useAutomaticTimezone: 'false', manualTimezone: 'Pacific/Auckland' }))).toBe(
    'Pacific/Auckland',
  )
  expect(zoneOf(living(undefined))).toBe('')
})

test('a clock elsewhere says how far it is away', () => {
  expect(localTime(living(oslo), winter, 'UTC')).toMatch(/12:05.*, 1 hour ahead of you$/)
  expect(localTime(living(oslo), winter, 'Asia/Kolkata')).toMatch(/4\.5 hours behind you$/)
  expect(localTime(living(oslo), winter, 'Europe/Berlin')).toMatch(/^12:05/)
  expect(localTime(living(oslo), winter, 'Europe/Berlin')).not.toContain('you')
})

test('summer time there is not the reader’s', () => {
  const between = Date.UTC(2026, 2, 15, 12, 0) // New York is an hour on, Oslo is not yet
  expect(localTime(living(oslo), between, 'America/New_York')).toContain('5 hours ahead')
})

test('of a zone that is not known, nothing is said', () => {
  expect(localTime(living({ automaticTimezone: '' }), winter, 'UTC')).toBe('')
  expect(localTime(living({ automaticTimezone: 'Atlantis/Centre' }), winter, 'UTC')).toBe('')
})

test('the server is told of another zone once, and never of one that was chosen by hand', () => {
  expect(movedZone(living(oslo), 'Europe/Oslo')).toBeUndefined()
  expect(movedZone(living(oslo), 'Asia/Tokyo')).toEqual({ ...oslo, automaticTimezone: 'Asia/Tokyo' })
  expect(movedZone(living({ ...oslo, useAutomaticTimezone: 'false' }), 'Asia/Tokyo')).toBeUndefined()
  expect(movedZone(living(undefined), 'Asia/Tokyo')).toBeUndefined()
})
