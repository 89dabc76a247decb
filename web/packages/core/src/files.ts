/** Files as somebody looks at them: what kind of thing each is, how large it is drawn, and in which order. */
import type { FileInfo, FoundFile, Id, Post } from '@fieldpost/api'
import type { Store } from './store.ts'

export type FileKind = 'picture' | 'sound' | 'film' | 'pdf' | 'text' | 'other'

/** A file, and the message in which it came. */
export interface Shown {
  file: FileInfo
  /** Empty while the message waits to be sent. */
  post: Id
  channel: Id
  user: Id
  at: number
}

/** A longer text is not laid out in a browser: it is there to download. */
export const TEXT_LIMIT = 512_000
/** A longer text is shown without colours. */
export const COLOUR_LIMIT = 100_000

/** Names of languages as the colouring of code knows them, by the ends of file names. */
const LANGUAGES: Record<string, string> = {}
for (const line of [
  'bash sh bash zsh',
  'c c h',
  'cpp cpp cc cxx hpp hh',
  'csharp cs',
  'css css',
  'diff diff patch',
  'go go',
  'graphql graphql gql',
  'ini ini toml cfg conf properties',
  'java java',
  'javascript js mjs cjs jsx',
  'json json jsonl ndjson geojson',
  'kotlin kt kts',
  'less less',
  'lua lua',
  'makefile mk',
  'markdown md markdown',
  'objectivec m mm',
  'perl pl pm',
  'php php',
  'plaintext txt log csv tsv text srt vtt',
  'python py',
  'r r',
  'ruby rb',
  'rust rs',
  'scss scss',
  'sql sql',
  'swift swift',
  'typescript ts mts cts tsx',
  'vbnet vb',
  'xml xml html htm xhtml svg kml gpx plist',
  'yaml yaml yml',
]) {
  const [language = '', ...ends] = line.split(' ')
  for (const end of ends) LANGUAGES[end] = language
}

/** The language of a text by its name's end; empty when the name promises no text. */
export const languageOf = (f: Pick<FileInfo, 'extension'>): string =>
  Object.hasOwn(LANGUAGES, f.extension.toLowerCase()) ? (LANGUAGES[f.extension.toLowerCase()] ?? '') : ''

/**
 * What a file is shown as. A picture that the server could not read has no width, and is none here either.
 * Drawings (SVG) are pictures where the site allows them, and their source everywhere else.
 */
export function kindOf(f: FileInfo, drawings = false): FileKind {
  const type = f.mime_type.toLowerCase()
  if (type.startsWith('image/svg')) return drawings ? 'picture' : 'text'
  if (type.startsWith('image/')) return f.width > 0 ? 'picture' : 'other'
  if (type.startsWith('audio/')) return 'sound'
  if (type.startsWith('video/') && languageOf(f) === '') return 'film'
  if (type.startsWith('application/pdf')) return 'pdf'
  return languageOf(f) !== '' || type.startsWith('text/') ? 'text' : 'other'
}

/** Whether the site lets drawings be seen as pictures. */
export const drawingsIn = (store: Store): boolean => store.config.value['EnableSVGs'] === 'true'

export interface Box {
  width: number
  height: number
}

/** The size at which a picture fits into a box, never larger than it is. Known before a byte of it is here. */
export function fitted(f: Partial<Box>, within: Box): Box {
  const width = f.width && f.width > 0 ? f.width : within.width
  const height = f.height && f.height > 0 ? f.height : within.height
  const by = Math.min(1, within.width / width, within.height / height)
  return { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) }
}

/** The files of one message. */
export const shownIn = (
  p: Pick<Post, 'id' | 'channel_id' | 'user_id' | 'create_at'>,
  files: readonly FileInfo[],
): Shown[] =>
  files.map(file => ({ file, post: p.id, channel: p.channel_id, user: p.user_id, at: p.create_at }))

/** A file that a search found. */
export const shownOf = (f: FoundFile): Shown => ({
  file: f,
  post: f.post_id,
  channel: f.channel_id,
  user: f.user_id,
  at: f.create_at,
})

/** Every picture of a channel that is known here, replies among them, oldest first. */
export function picturesOf(store: Store, channel: Id): Shown[] {
  const drawings = drawingsIn(store)
  const ids = store.log(channel).window.value?.ids ?? []
  return ids
    .flatMap(id => [id, ...store.replies(id).value])
    .flatMap(id => store.post(id).value ?? [])
    .flatMap(p => shownIn(p, p.metadata?.files ?? []))
    .filter(s => kindOf(s.file, drawings) === 'picture')
    .map((s, i) => ({ s, i }))
    .sort((a, b) => a.s.at - b.s.at || a.i - b.i)
    .map(x => x.s)
}

/** What one goes through from a file: all pictures of its channel from a picture, else the files beside it. */
export function sequenceOf(store: Store, from: Shown): readonly Shown[] {
  const drawings = drawingsIn(store)
  const post = store.post(from.post).value
  const all =
    kindOf(from.file, drawings) === 'picture'
      ? picturesOf(store, from.channel)
      : post
        ? shownIn(post, post.metadata?.files ?? []).filter(s => kindOf(s.file, drawings) !== 'picture')
        : []
  return all.some(s => s.file.id === from.file.id) ? all : [from]
}

/**
 * The text that stands in bytes, or nothing if they are none: UTF-8 or what a mark at the beginning says, and
 * otherwise the old encoding of the West, in which every byte is a letter.
 */
export function textOf(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  if (bytes.includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
