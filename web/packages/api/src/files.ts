/** What stands in a file, for those who look at it here. */
import { ApiError, errorOf, type Rest } from './rest.ts'
import type { Id } from './types.ts'

/**
 * `comes`: it is wanted, and on its way. `waits`: it stays where it is until somebody asks for it, or there is a better
 * line. `missing`: it is not here, and wanted of nobody.
 */
export type FilePlace = 'here' | 'comes' | 'waits' | 'missing'

/** Where a file is. */
export interface FileWhere {
  file_id: Id
  state: FilePlace
  /** Why it waits: it is too large, too large for the thin datagrams that are all there is, or of a type that does not come. */
  why: '' | 'size' | 'thin' | 'type' | 'held'
  /** Whether somebody asked for it. */
  asked: boolean
  /** From where it comes. */
  site: string
  /** Bytes of it that are here. */
  received: number
  size: number
  /** Where its preview is; empty if it has none. */
  preview: FilePlace | ''
  preview_asked: boolean
}

/** Where files are that the reader may read; nothing of others. */
export const whereFiles = (rest: Rest, file_ids: readonly Id[]) =>
  rest.ask<FileWhere[]>('POST', '/fieldpost/link/files', { file_ids })

/** Asks for files that wait, or for their previews alone; if they are not wanted, takes that back. */
export const fetchFiles = (rest: Rest, file_ids: readonly Id[], of: { preview: boolean; wanted: boolean }) =>
  rest.ask<FileWhere[]>('POST', '/fieldpost/link/fetch', { file_ids, ...of })

/** The bytes of a file. */
export async function fileBytes(rest: Rest, id: string, signal: AbortSignal): Promise<Uint8Array> {
  let answer: Response
  try {
    answer = await fetch(rest.fileUrl(id), {
      headers: rest.headers('GET'),
      credentials: 'same-origin',
      signal,
    })
    if (answer.ok) return new Uint8Array(await answer.arrayBuffer())
  } catch (cause) {
    throw new ApiError('offline', 0, 'offline', cause instanceof Error ? cause.message : 'no answer')
  }
  throw errorOf(answer.status, await answer.json().catch(() => undefined))
}
