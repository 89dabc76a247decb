/** The words of the administration: few people ever read them, so they come with it. */
import { book, type Translation } from '@fieldpost/words'
import { en } from './words/en.ts'

export type ConsoleWords = Translation<typeof en>

export const catalogues = {
  de: async () => (await import('./words/de.ts')).de,
  fr: async () => (await import('./words/fr.ts')).fr,
  es: async () => (await import('./words/es.ts')).es,
  ja: async () => (await import('./words/ja.ts')).ja,
  uk: async () => (await import('./words/uk.ts')).uk,
  ar: async () => (await import('./words/ar.ts')).ar,
}

/** A text of the administration in the reader's language. */
export const { t, ready } = book(en, catalogues)
