import type { Post } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { newest } from './versions.ts'

const url = 'https://weather.example'
const post = (more: Partial<Post> = {}): Post =>
  ({ id: 'p', root_id: '', message: url, update_at: 5, reply_count: 0, ...more }) as Post
const bare = { embeds: [{ type: 'link', url }] }
const found = {
  embeds: [{ type: 'opengraph', url, data: { title: 'Gale warning' } }],
  images: { [`${url}/map.png`]: { width: 640, height: 320 } },
}

test('the later of two tellings stands', () => {
  const later = post({ update_at: 6, message: 'edited' })
  expect(newest(undefined, post())).toEqual(post())
  expect(newest(post(), later)).toBe(later)
  expect(newest(later, post())).toBe(later)
})

test('of one time, the number of replies that was told stays', () => {
  const live = post({ reply_count: 3 })
  expect(newest(live, post())).toMatchObject({ reply_count: 3 })
  expect(newest(post({ reply_count: 3, update_at: 4 }), post())).toMatchObject({ reply_count: 0 })
})

test('what an address leads to stays when the answer to its writer comes last', () => {
  const shown = newest(post({ metadata: found }), post({ metadata: { ...bare, reactions: [] } }))
  expect(shown.metadata).toEqual({ ...found, reactions: [] })
  expect(newest(post({ metadata: bare }), post({ metadata: found })).metadata).toEqual(found)
  // Edited, it may lead elsewhere.
  const edited = post({ update_at: 6, metadata: bare })
  expect(newest(post({ metadata: found }), edited).metadata).toEqual(bare)
})
