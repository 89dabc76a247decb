/** What stands in a file, for those who look at it here. */
import { ApiError, errorOf, type Rest } from './rest.ts'

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
