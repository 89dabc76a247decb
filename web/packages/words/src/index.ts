/**
 * The words of the client in the reader's language. There is one reader to a page, so the language is one signal:
 * whatever is drawn with it is drawn again when it changes.
 */
import { type ReadonlySignal, signal } from '@preact/signals-core'
import { en } from './catalogues/en.ts'
import type { far } from './catalogues/far.ts'

export * from './book.ts'

type English = typeof en
export type Key = keyof English

/** With what only some screens say: its English is in `far.ts`, the other languages have it in their catalogue. */
type AllEnglish = English & typeof far
export type AnyKey = keyof AllEnglish

/** A text, or its forms by the plural rules of its language; `other` is the one that all languages have. */
export type Entry = string | ({ other: string } & Partial<Record<Intl.LDMLPluralRule, string>>)
export type Catalogue = Readonly<Record<AnyKey, Entry>>

type Holes<S> = S extends `${string}{${infer N}}${infer Rest}` ? N | Holes<Rest> : never
/** The names that an entry wants values for. */
export type Wanted<E> = E extends string
  ? Holes<E>
  : E extends { other: infer O }
    ? Holes<O> | 'count'
    : never
export type Values<K extends AnyKey, V> = Record<Wanted<AllEnglish[K]>, V>
export type Rest<K extends AnyKey, V> = [Wanted<AllEnglish[K]>] extends [never] ? [] : [values: Values<K, V>]

/** The languages there are, each by its own name. */
export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  ja: '日本語',
  uk: 'Українська',
  ar: 'العربية',
} as const
export type Language = keyof typeof LANGUAGES

/** Everything but English is fetched when somebody reads it. */
export const catalogues: Record<Exclude<Language, 'en'>, () => Promise<Catalogue>> = {
  de: async () => (await import('./catalogues/de.ts')).de,
  fr: async () => (await import('./catalogues/fr.ts')).fr,
  es: async () => (await import('./catalogues/es.ts')).es,
  ja: async () => (await import('./catalogues/ja.ts')).ja,
  uk: async () => (await import('./catalogues/uk.ts')).uk,
  ar: async () => (await import('./catalogues/ar.ts')).ar,
}

interface Tongue {
  language: Language
  /** For dates and numbers: the language with its region, where that is known. */
  locale: string | undefined
  words: Readonly<Partial<Record<AnyKey, Entry>>>
  plural: Intl.PluralRules
  number: Intl.NumberFormat
}

const tongueOf = (language: Language, locale: string | undefined, words: Tongue['words']): Tongue => ({
  language,
  locale,
  words,
  plural: new Intl.PluralRules(language),
  number: new Intl.NumberFormat(locale),
})

const now = signal<Tongue>(tongueOf('en', undefined, en))
export const tongue: ReadonlySignal<Tongue> = now

/** Whether somebody reads this language from right to left. */
export const fromRight = (language: Language): boolean => language === 'ar'

/** The language of ours that a tag such as `de-AT` means. */
export function languageOf(tag: string | undefined): Language | undefined {
  const short = (tag ?? '').toLowerCase().split(/[-_]/)[0] ?? ''
  return short in LANGUAGES ? (short as Language) : undefined
}

let asked = 0

/**
 * Speaks the language from now on, once its words are here. `likes` are the tags the browser prefers: the first of
 * the same language says how dates and numbers are written.
 */
export async function speak(language: Language, likes: readonly string[] = []): Promise<void> {
  const mine = ++asked
  const locale = likes.find(tag => languageOf(tag) === language) ?? language
  const words = language === 'en' ? en : await catalogues[language]()
  if (mine === asked) now.value = tongueOf(language, locale, words)
}

/** Runs the way of its own letters among others; or the @ of a name stands behind it where one reads from the right. */
const apart = (text: string): string => (text ? `\u2068${text}\u2069` : '')

const HOLE = /\{(\w+)\}/

/** An entry of a catalogue in the reader's language, with things put into its holes. */
export function fill<T>(entry: Entry, given: Readonly<Record<string, T | string | number>>): (string | T)[] {
  const { language, plural, number } = now.value
  const count = given['count']
  const text =
    typeof entry === 'string'
      ? entry
      : ((typeof count === 'number' ? entry[plural.select(count)] : undefined) ?? entry.other)
  return text.split(HOLE).map((part, i) => {
    if (i % 2 === 0) return part
    const value = given[part]
    if (typeof value === 'number') return number.format(value)
    return typeof value === 'string' && fromRight(language) ? apart(value) : (value ?? '')
  })
}

/** The same of a key; `english` where the reader's language has none of that name. */
export function filled<T>(
  key: AnyKey,
  english: Entry,
  given: Readonly<Record<string, T | string | number>>,
): (string | T)[] {
  return fill(now.value.words[key] ?? english, given)
}

/** A text of the reader's language, with things put into its holes. */
export function pieces<K extends Key, T>(key: K, values: Values<K, T | string | number>): (string | T)[] {
  return filled(key, en[key], values)
}

/** A text of the reader's language. */
export function t<K extends Key>(key: K, ...values: Rest<K, string | number>): string {
  return filled<never>(key, en[key], values[0] ?? {}).join('')
}

/** A number as the reader's language writes it. */
export const numberText = (n: number): string => now.value.number.format(n)

/** Things in a row: "a, b and c". */
export function listText(of: readonly string[]): string {
  const { language } = now.value
  // In our English there is no comma before the last.
  return new Intl.ListFormat(language === 'en' ? 'en-GB' : language).format(of)
}
