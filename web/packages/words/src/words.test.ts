import { afterEach, expect, test } from 'vitest'
import { en } from './catalogues/en.ts'
import { far } from './catalogues/far.ts'
import { t as tFar } from './far.ts'
import {
  type AnyKey,
  type Catalogue,
  catalogues,
  type Entry,
  type Language,
  languageOf,
  listText,
  pieces,
  speak,
  t,
  tongue,
} from './index.ts'

afterEach(() => speak('en'))

const english = { ...en, ...far }
const keys = Object.keys(english) as AnyKey[]
const forms = (e: Entry): string[] => (typeof e === 'string' ? [e] : Object.values(e))
const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(m => m[1] ?? '').sort()

const others = Object.entries(catalogues) as [Language, () => Promise<Catalogue>][]

test.each(others)('%s has every key, and no other', async (_, load) => {
  expect(Object.keys(await load()).sort()).toEqual([...keys].sort())
})

test.each(others)('%s has every placeholder in every form', async (language, load) => {
  const words = await load()
  for (const key of keys) {
    const wanted = [...new Set(forms(english[key]).flatMap(holes))]
    for (const text of forms(words[key])) {
      // One of a thing may be said without its number: "one minute".
      const has = holes(text)
      const missing = wanted.filter(h => !has.includes(h) && h !== 'count')
      expect(missing, `${language} ${key}`).toEqual([])
      expect(
        has.filter(h => !wanted.includes(h)),
        `${language} ${key}`,
      ).toEqual([])
      expect(text.trim(), `${language} ${key}`).not.toBe('')
    }
  }
})

test.each(others)(
  '%s has every plural form of its language, and plurals where English has them',
  async (language, load) => {
    const words = await load()
    const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories
    for (const key of keys) {
      expect(typeof words[key], `${language} ${key}`).toBe(typeof english[key])
      if (typeof words[key] !== 'string')
        expect(Object.keys(words[key]).sort(), `${language} ${key}`).toEqual([...wanted].sort())
    }
  },
)

test.each(others)('%s is translated', async (language, load) => {
  const words = await load()
  // A single word may be the same in two languages, a sentence is not.
  const same = keys.filter(
    k =>
      JSON.stringify(words[k]) === JSON.stringify(english[k]) &&
      /\p{L} \p{L}/u.test(
        forms(english[k])
          .join()
          .replace(/\{\w+\}/g, ''),
      ),
  )
  expect(same, language).toEqual([])
})

test('nothing is said twice by one name', () => {
  expect(keys).toHaveLength(Object.keys(en).length + Object.keys(far).length)
})

test('what comes later is English until it is known, and then of the reader’s language', async () => {
  expect(tFar('search.nothing')).toBe('Nothing found')
  expect(tFar('common.cancel')).toBe('Cancel')
  await speak('de')
  expect(tFar('search.nothing')).toBe('Nichts gefunden')
})

test('things in a row are joined as the language joins them', async () => {
  expect(listText(['a', 'b', 'c'])).toBe('a, b and c')
  await speak('de')
  expect(listText(['a', 'b', 'c'])).toBe('a, b und c')
})

test('the form follows the plural rules of the language, and numbers its way of writing them', async () => {
  expect(t('side.mentions', { count: 1 })).toBe('1 mention')
  expect(t('side.mentions', { count: 1200 })).toBe('1,200 mentions')
  await speak('de')
  expect(t('side.mentions', { count: 1200 })).toBe('1.200 Erwähnungen')
  await speak('uk')
  const few = t('side.mentions', { count: 3 })
  expect(t('side.mentions', { count: 5 })).not.toBe(few.replace('3', '5'))
})

test('a language keeps the region that the browser has for it', async () => {
  await speak('en', ['de-AT', 'en-GB', 'en-US'])
  expect(tongue.peek().locale).toBe('en-GB')
  await speak('de', ['en-GB'])
  expect(tongue.peek().locale).toBe('de')
})

test('who chooses twice gets what was chosen last, whichever comes first', async () => {
  await Promise.all([speak('ja'), speak('en')])
  expect(tongue.peek().language).toBe('en')
})

test('tags lead to a language of ours, or to none', () => {
  expect(languageOf('de-CH')).toBe('de')
  expect(languageOf('pt_BR')).toBeUndefined()
  expect(languageOf(undefined)).toBeUndefined()
})

test('what is no text can stand in a text', () => {
  const who = { bold: 'a@x.org' }
  expect(pieces('entry.mailSent', { address: who })).toEqual([
    'A mail was sent to ',
    who,
    '. Press the link in it, and your account is ready.',
  ])
})

test('what stands in a text that is read from the right runs its own way there', async () => {
  expect(t('entry.joinNamed', { team: '@ship' })).toBe('Join @ship')
  await speak('ar')
  expect(t('entry.joinNamed', { team: '@ship' })).toContain('\u2068@ship\u2069')
  expect(t('entry.joinNamed', { team: '' })).not.toContain('\u2068')
})
