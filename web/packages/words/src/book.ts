/** The words of a part that is fetched when it is asked for: a catalogue of its own, which comes with the part. */
import { signal } from '@preact/signals-core'
import { type Entry, fill, type Language, tongue, type Wanted } from './index.ts'

type Words = Readonly<Record<string, Entry>>
/** The same keys in another language. */
export type Translation<E extends Words> = Readonly<Record<keyof E, Entry>>
export type Translations<E extends Words> = Record<Exclude<Language, 'en'>, () => Promise<Translation<E>>>
type Rest<E> = [Wanted<E>] extends [never] ? [] : [values: Record<Wanted<E>, string | number>]

export interface Book<E extends Words> {
  /** A text of the book in the reader's language. */
  t: <K extends keyof E & string>(key: K, ...values: Rest<E[K]>) => string
  /** Settles once the words of the reader's language are here, or cannot be had. */
  ready: () => Promise<void>
}

export function book<E extends Words>(en: E, others: Translations<E>): Book<E> {
  const now = signal<Translation<E>>(en)
  const follow = async (language: Language): Promise<void> => {
    const words = language === 'en' ? en : await others[language]()
    if (tongue.peek().language === language) now.value = words
  }
  // What cannot be fetched leaves the language that is here.
  const ready = () => follow(tongue.peek().language).catch(() => {})
  let last = tongue.peek().language
  tongue.subscribe(({ language }) => {
    if (language === last) return
    last = language
    void ready()
  })
  return {
    t: (key, ...values) =>
      fill<never>(now.value[key], (values[0] ?? {}) as Record<string, string | number>).join(''),
    ready,
  }
}
