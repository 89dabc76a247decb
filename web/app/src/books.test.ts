/** The words that come with a part of their own are all there, in every language. */
import type { Entry, Language } from '@fieldpost/words'
import { describe, expect, test } from 'vitest'
import { en as administration } from '../../features/console/src/words/en.ts'
import { catalogues as administrations } from '../../features/console/src/words.ts'
import { en as groups } from '../../features/user-groups/src/words/en.ts'
import { catalogues as groupsOf } from '../../features/user-groups/src/words.ts'

type Words = Readonly<Record<string, Entry>>
type Others = Record<Exclude<Language, 'en'>, () => Promise<Words>>

const BOOKS: readonly [string, Words, Others][] = [
  ['the administration', administration, administrations],
  ['groups', groups, groupsOf],
]

const forms = (e: Entry | undefined): string[] =>
  e === undefined ? [] : typeof e === 'string' ? [e] : Object.values(e)
const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(m => m[1] ?? '').sort()

describe.each(BOOKS)('of %s', (_, en, catalogues) => {
  const keys = Object.keys(en)
  const others = Object.entries(catalogues) as [Language, () => Promise<Words>][]

  test.each(others)('%s says everything, with every hole and every plural form', async (language, load) => {
    const words = await load()
    expect(Object.keys(words).sort()).toEqual([...keys].sort())
    const plurals = new Intl.PluralRules(language).resolvedOptions().pluralCategories
    for (const key of keys) {
      const wanted = [...new Set(forms(en[key]).flatMap(holes))].filter(h => h !== 'count')
      for (const text of forms(words[key])) {
        expect(text.trim(), key).not.toBe('')
        expect(
          [...new Set(holes(text))].filter(h => h !== 'count'),
          key,
        ).toEqual(wanted)
      }
      const entry = words[key]
      expect(typeof entry, key).toBe(typeof en[key])
      if (typeof entry === 'object') expect(Object.keys(entry).sort(), key).toEqual([...plurals].sort())
    }
  })

  test.each(others)('%s is translated', async (_, load) => {
    const words = await load()
    const same = keys.filter(
      k => JSON.stringify(words[k]) === JSON.stringify(en[k]) && forms(en[k]).join().includes(' '),
    )
    expect(same).toEqual([])
  })
})
