/** What people began to write, as the server keeps it for all their devices. */
import type { Rest } from './rest.ts'
import type { FileInfo, Id, PostMetadata, Priority } from './types.ts'

export interface Draft {
  channel_id: Id
  root_id: Id | ''
  message: string
  update_at: number
  props?: Readonly<Record<string, unknown>> | null
  file_ids?: Id[] | null
  priority?: Priority | null
  metadata?: PostMetadata
}

export interface DraftWritten {
  channel_id: Id
  root_id: Id | ''
  message: string
  files: readonly FileInfo[]
  priority?: Priority | undefined
  /** By the clock of the device, which may have had no server then. */
  typed_at: number
}

export class DraftsRest {
  constructor(private readonly rest: Rest) {}

  of = (team: Id) => this.rest.ask<Draft[] | null>('GET', `/users/me/teams/${team}/drafts`)

  /** `connection` is the live connection that need not be told. Of a draft without text nothing is kept. */
  keep = ({ files, priority, typed_at, ...d }: DraftWritten, connection: string) =>
    this.rest.ask<Draft | null>(
      'POST',
      '/drafts',
      {
        ...d,
        props: { typed_at },
        ...(files.length > 0 ? { file_ids: files.map(f => f.id), metadata: { files } } : {}),
        ...(priority ? { priority } : {}),
      },
      from(connection),
    )

  drop = (channel: Id, root: Id | '', connection: string) =>
    this.rest.ask<unknown>(
      'DELETE',
      `/users/me/channels/${channel}/drafts${root && `/${root}`}`,
      undefined,
      from(connection),
    )
}

/** When it was typed, which may be long before the server heard of it. */
export function typedAt(d: Draft): number {
  const at = d.props?.['typed_at']
  return typeof at === 'number' ? at : d.update_at
}

const from = (connection: string): Record<string, string> =>
  connection ? { 'Connection-Id': connection } : {}
