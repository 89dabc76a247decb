import 'fake-indexeddb/auto'
import type { Post } from '@fieldpost/api'
import { IDBFactory } from 'fake-indexeddb'
import { expect, test } from 'vitest'
import { Db } from './db.ts'

const post = (i: number, root_id = ''): Post =>
  ({ id: `p${100 + i}`, channel_id: 'c', create_at: i, root_id }) as Post

test('the newest first messages of a channel come newest first, however many answers are between', async () => {
  const db = await Db.open(new IDBFactory(), IDBKeyRange)
  const all = Array.from({ length: 60 }, (_, i) => post(i + 1, i % 4 ? 'p101' : ''))
  await db.save({ posts: [...all, { ...post(70), id: 'other', channel_id: 'd' }] })
  const at = async (from: number, before: number, limit: number) =>
    (await db.roots('c', from, before, limit)).map(p => p.create_at)
  expect(await at(0, Number.MAX_VALUE, 3)).toEqual([57, 53, 49])
  expect(await at(0, 49, 1)).toEqual([45])
  expect(await at(40, 49, 60)).toEqual([45, 41])
  expect(await at(0, 10, 60)).toEqual([9, 5, 1])
  expect(await at(61, Number.MAX_VALUE, 60)).toEqual([])
  expect(await at(5, 5, 60)).toEqual([])
})
