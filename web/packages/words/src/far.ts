/**
 * The words of screens that are fetched when somebody asks for them. Whatever imports this is not in the first load,
 * so neither is its English. Everything that `t` knows can be said with these, too.
 */
import { en } from './catalogues/en.ts'
import { far } from './catalogues/far.ts'
import { type AnyKey, filled, type Rest, type Values } from './index.ts'

const english = { ...en, ...far }

/** A text of the reader's language, with things put into its holes. */
export function pieces<K extends AnyKey, T>(key: K, values: Values<K, T | string | number>): (string | T)[] {
  return filled(key, english[key], values)
}

/** A text of the reader's language. */
export function t<K extends AnyKey>(key: K, ...values: Rest<K, string | number>): string {
  return filled<never>(key, english[key], values[0] ?? {}).join('')
}
