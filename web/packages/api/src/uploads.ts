/** Files that come in several requests, and go on where a broken connection left them. */
import { ApiError, errorOf, type Rest } from './rest.ts'
import type { FileInfo, Id } from './types.ts'

export interface UploadSession {
  id: Id
  file_size: number
  /** How much of it the server has. */
  file_offset: number
}

export class UploadsRest {
  constructor(private readonly rest: Rest) {}

  begin = (channel_id: Id, filename: string, file_size: number) =>
    this.rest.ask<UploadSession>('POST', '/uploads', { channel_id, filename, file_size })
  session = (id: Id) => this.rest.ask<UploadSession>('GET', `/uploads/${id}`)

  /** Sends what is missing. The file once it is whole; nothing while bytes are missing. */
  send = (id: Id, bytes: Blob, onSent: (bytes: number) => void, signal: AbortSignal) =>
    sendBytes<FileInfo>(this.rest, `/uploads/${id}`, bytes, onSent, signal)
}

/** Sends a file as it is. Hand-made over XMLHttpRequest because fetch reports no progress. */
export function sendBytes<Answer>(
  rest: Rest,
  path: string,
  bytes: Blob,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest()
    const broken = () => reject(new ApiError('offline', 0, 'offline', 'The connection broke.'))
    x.open('POST', rest.url(path))
    for (const [k, v] of Object.entries(rest.headers('POST'))) x.setRequestHeader(k, v)
    x.setRequestHeader('Content-Type', 'application/octet-stream')
    x.responseType = 'json'
    x.upload.onprogress = e => onSent(e.loaded)
    x.onerror = broken
    x.onabort = broken
    x.onload = () => {
      if (x.status === 502 || x.status === 503 || x.status === 504) broken()
      else if (x.status < 200 || x.status >= 300) reject(errorOf(x.status, x.response))
      else resolve((x.response as Answer | null) ?? undefined)
    }
    signal.addEventListener('abort', () => x.abort())
    x.send(bytes)
  })
}
