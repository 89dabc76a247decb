/** Which files of a linked site come by themselves: in words, and as an administrator types it. */

import type { Peer } from '@fieldpost/api'
import { listText } from '@fieldpost/words'
import { t } from '@fieldpost/words/far'
import { sizeText } from './time.ts'

/** What sizes are typed in, the smallest first. */
export const UNITS = [
  { name: 'kB', bytes: 1_000 },
  { name: 'MB', bytes: 1_000_000 },
  { name: 'GB', bytes: 1_000_000_000 },
] as const

export type UnitName = (typeof UNITS)[number]['name']

/** A size as it is typed. */
export interface Sized {
  /** Empty for any size. */
  typed: string
  unit: UnitName
}

export interface FilesView {
  /** What comes by itself, in sentences. */
  comes: string
  /** How many do not, in words. */
  waiting: string
  largest: Sized
  thin: Sized
  types: readonly string[]
  /** What the site is given of this one's, in a sentence; empty if it is anything. */
  gives: string
  givesLargest: Sized
  givesTypes: readonly string[]
}

/** A size in the largest unit of which it is at least one; `without` is the unit to begin with where there is none. */
export function sized(bytes: number | null, without: UnitName): Sized {
  if (bytes === null) return { typed: '', unit: without }
  const { name, bytes: of } = UNITS.findLast(u => bytes >= u.bytes) ?? UNITS[0]
  return { typed: String(bytes / of), unit: name }
}

/** Bytes of a size: null for any, nothing if what was typed is no number. */
export function bytesOf({ typed, unit }: Sized): number | null | undefined {
  const plain = typed.trim().replace(',', '.')
  if (plain === '') return null
  const of = UNITS.find(u => u.name === unit)?.bytes ?? 1
  return /^\d+(\.\d+)?$/.test(plain) ? Math.round(Number(plain) * of) : undefined
}

/** The types that somebody typed, one a line or with commas between them. */
export const typesOf = (typed: string): string[] => typed.split(/[\s,]+/).filter(Boolean)

function thinText(largest: number | null, thin: number | null): string {
  if (thin === null || (largest !== null && thin >= largest)) return t('links.filesThinAny')
  return thin === 0 ? t('links.filesThinNone') : t('links.filesThinUpTo', { size: sizeText(thin) })
}

function comesText({ largest, largest_thin, types }: NonNullable<Peer['files']>): string {
  if (largest === 0) return t('links.filesNone')
  return [
    largest === null ? t('links.filesAny') : t('links.filesUpTo', { size: sizeText(largest) }),
    thinText(largest, largest_thin),
    types.length > 0 && t('links.filesTypes', { types: listText(types) }),
  ]
    .filter(Boolean)
    .join(' ')
}

function givesText({ site, gives_largest, gives_types = [] }: Given): string {
  const largest = gives_largest ?? null
  const types = listText(gives_types)
  if (largest === null) return gives_types.length > 0 ? t('links.givesTypes', { site, types }) : ''
  const size = sizeText(largest)
  return gives_types.length > 0
    ? t('links.givesBoth', { site, size, types })
    : t('links.givesUpTo', { site, size })
}

type Given = Pick<NonNullable<Peer['files']>, 'gives_largest' | 'gives_types'> & { site: string }

export const filesView = (files: NonNullable<Peer['files']>, site: string): FilesView => ({
  comes: comesText(files),
  waiting:
    files.waiting > 0
      ? t('links.filesWait', { count: files.waiting, size: sizeText(files.waiting_bytes) })
      : t('links.filesNoWait'),
  largest: sized(files.largest, 'MB'),
  thin: sized(files.largest_thin, 'kB'),
  types: files.types,
  gives: givesText({ ...files, site }),
  givesLargest: sized(files.gives_largest ?? null, 'MB'),
  givesTypes: files.gives_types ?? [],
})
