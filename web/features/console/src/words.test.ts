import type { Entry, Language } from '@fieldpost/words'
import { expect, test } from 'vitest'
import { en } from './words/en.ts'
import { type ConsoleWords, catalogues } from './words.ts'

const keys = Object.keys(en) as (keyof typeof en)[]
const forms = (e: Entry): string[] => (typeof e === 'string' ? [e] : Object.values(e))
const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(m => m[1] ?? '').sort()
const others = Object.entries(catalogues) as [Language, () => Promise<ConsoleWords>][]

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
    expect(typeof words[key], key).toBe(typeof en[key])
    const entry: Entry = words[key]
    if (typeof entry !== 'string') expect(Object.keys(entry).sort(), key).toEqual([...plurals].sort())
  }
})

test.each(others)('%s is translated', async (_, load) => {
  const words = await load()
  const same = keys.filter(
    k => JSON.stringify(words[k]) === JSON.stringify(en[k]) && forms(en[k]).join().includes(' '),
  )
  expect(same).toEqual([])
})
