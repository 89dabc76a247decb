import type { Bookmark, SocketEvent } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { Bookmarks, bookmarkHref, typedAddress } from './bookmarks.ts'
import type { Context } from './platform.ts'

const bookmark = (more: Partial<Bookmark>): Bookmark => ({
  id: 'b',
  channel_id: 'c',
  owner_id: 'u',
  display_name: 'Tides',
  sort_order: 0,
  type: 'link',
  ...more,
})
const fileUrl = (id: string) => `/files/${id}`

test('an address is typed with or without its scheme, and runs nothing', () => {
  expect(typedAddress(' tides.example/brest ')).toBe('https://tides.example/brest')
  expect(typedAddress('http://tides.example')).toBe('http://tides.example')
  expect(typedAddress('javascript:alert(1)')).toBe('')
  expect(typedAddress('mailto:a@b.example')).toBe('')
  expect(typedAddress('')).toBe('')
})

test('a bookmark of somebody else leads only where it is safe to go', () => {
  expect(bookmarkHref(bookmark({ link_url: 'https://tides.example' }), fileUrl)).toBe('https://tides.example')
  expect(bookmarkHref(bookmark({ link_url: 'javascript:alert(1)' }), fileUrl)).toBe('')
  expect(bookmarkHref(bookmark({ type: 'file', file_id: 'f' }), fileUrl)).toBe('/files/f')
  expect(bookmarkHref(bookmark({ type: 'file' }), fileUrl)).toBe('')
})

test('they stand in their order, are kept on the device, and follow what others do', async () => {
  const notes = new Map<string, unknown>([['bookmarks:c', [bookmark({ id: 'old' })]]])
  let told = [bookmark({ id: 'b', sort_order: 1 }), bookmark({ id: 'a', sort_order: 0 })]
  let up = false
  const context = {
    p: {
      db: {
        note: async (k: string) => notes.get(k),
        putNote: async (k: string, v: unknown) => void notes.set(k, v),
      },
      rest: { ask: async () => told },
    },
    quietly: async (f: () => Promise<void>) => {
      if (up) await f()
    },
  } as unknown as Context
  const bookmarks = new Bookmarks(context)
  const ids = () => bookmarks.of('c').value.map(b => b.id)
  await bookmarks.load('c')
  expect(ids()).toEqual(['old'])
  up = true
  await bookmarks.load('c')
  expect(ids()).toEqual(['a', 'b'])
  expect(notes.get('bookmarks:c')).toHaveLength(2)
  told = []
  bookmarks.heard({
    event: 'channel_bookmark_deleted',
    data: {},
    broadcast: { channel_id: 'c' },
  } as SocketEvent)
  await expect.poll(ids).toEqual([])
})
