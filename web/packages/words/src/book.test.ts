import { afterEach, expect, test } from 'vitest'
import { book, type Entry, speak, t } from './index.ts'

afterEach(() => speak('en'))

const en = { hello: 'Hello {name}', things: { one: '{count} thing', other: '{count} things' } } as const
type Words = Readonly<Record<keyof typeof en, Entry>>
const de: Words = { hello: 'Hallo {name}', things: { one: '{count} Ding', other: '{count} Dinge' } }
const missing = () => Promise.reject<Words>(new Error('offline'))
const others = { de: async () => de, fr: missing, es: missing, ja: missing, uk: missing, ar: missing }

test('a book says its texts in the language of the client, and follows it', async () => {
  const b = book(en, others)
  expect(b.t('hello', { name: 'Ada' })).toBe('Hello Ada')
  expect(b.t('things', { count: 1200 })).toBe('1,200 things')
  await speak('de')
  await b.ready()
  expect(b.t('hello', { name: 'Ada' })).toBe('Hallo Ada')
  expect(b.t('things', { count: 1200 })).toBe('1.200 Dinge')
  expect(t('common.cancel')).toBe('Abbrechen')
})

test('a language that cannot be fetched leaves the one that is here', async () => {
  const b = book(en, others)
  await speak('fr')
  await b.ready()
  expect(b.t('hello', { name: 'Ada' })).toBe('Hello Ada')
})
