/** The words of the page of groups: few people read them often, so they come with it. */
import { book, type Translation } from '@fieldpost/words'
import { en } from './words/en.ts'

export type GroupWords = Translation<typeof en>

export const catalogues = {
  de: async () => (await import('./words/de.ts')).de,
  fr: async () => (await import('./words/fr.ts')).fr,
  es: async () => (await import('./words/es.ts')).es,
  ja: async () => (await import('./words/ja.ts')).ja,
  uk: async () => (await import('./words/uk.ts')).uk,
  ar: async () => (await import('./words/ar.ts')).ar,
}

/** A text about groups in the reader's language. */
export const { t, ready } = book(en, catalogues)
