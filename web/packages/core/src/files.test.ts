import type { FileInfo, Post } from '@fieldpost/api'
import { describe, expect, test } from 'vitest'
import { fitted, kindOf, languageOf, picturesOf, sequenceOf, shownIn, textOf } from './files.ts'
import { Store } from './store.ts'

const file = (name: string, mime_type: string, more: Partial<FileInfo> = {}): FileInfo => ({
  id: name,
  name,
  extension: name.includes('.') ? (name.split('.').at(-1) ?? '') : '',
  size: 10,
  mime_type,
  width: 0,
  height: 0,
  has_preview_image: false,
  ...more,
})
const photo = (name: string) => file(name, 'image/png', { width: 40, height: 30, has_preview_image: true })

const post = (id: string, at: number, files: FileInfo[], root = ''): Post => ({
  id,
  create_at: at,
  update_at: at,
  edit_at: 0,
  delete_at: 0,
  is_pinned: false,
  user_id: 'u',
  channel_id: 'c',
  root_id: root,
  original_id: '',
  message: '',
  type: '',
  props: {},
  pending_post_id: '',
  reply_count: 0,
  last_reply_at: 0,
  participants: null,
  metadata: { files },
})

describe('kinds of files', () => {
  test.each<[FileInfo, string]>([
    [photo('a.png'), 'picture'],
    [file('broken.png', 'image/png'), 'other'],
    [file('a.heic', 'image/heic'), 'other'],
    [file('a.svg', 'image/svg+xml', { width: 10, height: 10 }), 'text'],
    [file('a.mp3', 'audio/mpeg'), 'sound'],
    [file('a.mp4', 'video/mp4'), 'film'],
    [file('main.ts', 'video/mp2t'), 'text'],
    [file('a.pdf', 'application/pdf'), 'pdf'],
    [file('a.rs', ''), 'text'],
    [file('a.log', 'text/plain; charset=utf-8'), 'text'],
    [file('page.html', 'text/html; charset=utf-8'), 'text'],
    [file('a.zip', 'application/zip'), 'other'],
    [file('README', ''), 'other'],
    [file('constructor', '', { extension: 'constructor' }), 'other'],
  ])('$name', (f, kind) => expect(kindOf(f)).toBe(kind))

  test('a drawing is a picture where the site says so', () => {
    expect(kindOf(file('a.svg', 'image/svg+xml'), true)).toBe('picture')
  })

  test('languages by the end of the name', () => {
    expect(languageOf(file('a.RS', ''))).toBe('rust')
    expect(languageOf(file('a.unknown', ''))).toBe('')
  })
})

test('the place of a picture is known before it is here', () => {
  expect(fitted({ width: 4000, height: 1000 }, { width: 400, height: 300 })).toEqual({
    width: 400,
    height: 100,
  })
  expect(fitted({ width: 40, height: 30 }, { width: 400, height: 300 })).toEqual({ width: 40, height: 30 })
  expect(fitted({ width: 1, height: 50_000 }, { width: 400, height: 300 })).toEqual({ width: 1, height: 300 })
})

describe('what one goes through', () => {
  const store = () => {
    const s = new Store()
    const posts = [
      post('p1', 1, [photo('one.png'), photo('two.png'), file('notes.txt', 'text/plain')]),
      post('p2', 3, [photo('three.png')]),
      post('r1', 4, [photo('four.png')], 'p1'),
    ]
    s.putPosts(posts, false)
    s.place('c', posts)
    return s
  }

  test('the pictures of a channel, those in threads among them, in the order of time', () => {
    const s = store()
    expect(picturesOf(s, 'c').map(x => x.file.name)).toEqual(['one.png', 'two.png', 'three.png', 'four.png'])
    expect(picturesOf(s, 'c')[3]?.post).toBe('r1')
  })

  test('from a text, what else came with it', () => {
    const s = store()
    const p = s.post('p1').peek()
    if (!p) throw new Error('not there')
    const from = shownIn(p, p.metadata?.files ?? [])[2]
    if (!from) throw new Error('not there')
    expect(sequenceOf(s, from).map(x => x.file.name)).toEqual(['notes.txt'])
  })

  test('a file that is not known here stands alone', () => {
    const alone = { file: photo('x.png'), post: 'gone', channel: 'c', user: 'u', at: 1 }
    expect(sequenceOf(store(), alone)).toEqual([alone])
  })
})

describe('text in bytes', () => {
  test('UTF-8, its mark, and the old encoding', () => {
    expect(textOf(new TextEncoder().encode('Åse ⚓'))).toBe('Åse ⚓')
    expect(textOf(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))).toBe('a')
    expect(textOf(new Uint8Array([0xc5, 0x73, 0x65]))).toBe('Åse')
    expect(textOf(new Uint8Array([0xff, 0xfe, 0x61, 0, 0x62, 0]))).toBe('ab')
  })
  test('a program is no text', () => {
    expect(textOf(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1]))).toBeUndefined()
  })
})
