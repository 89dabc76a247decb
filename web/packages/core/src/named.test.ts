import { ApiError } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { emojiName, NameBook } from './named.ts'
import type { Context } from './platform.ts'

interface Thing {
  name: string
  id: string
}

/** A book over a server that is asked once a timer fires. */
function bookOf(answer: (names: string[]) => Promise<Thing[]>) {
  const timers: (() => void)[] = []
  const asked: string[][] = []
  const done: Promise<void>[] = []
  const context = {
    p: { setTimeout: (f: () => void) => timers.push(f) },
    quietly: (f: () => Promise<void>) => {
      const job = f().catch((e: unknown) => {
        if (!(e instanceof ApiError)) throw e
      })
      done.push(job)
      return job
    },
  } as unknown as Context
  const book = new NameBook<Thing>(context, names => {
    asked.push(names)
    return answer(names)
  })
  const settle = async () => {
    for (const f of timers.splice(0)) f()
    await Promise.all(done)
  }
  return { book, asked, settle }
}

test('names are asked for together and once, also those that nothing has', async () => {
  const { book, asked, settle } = bookOf(async () => [{ name: 'deck', id: '1' }])
  expect(book.of('deck')).toBeUndefined()
  expect(book.of('nobody')).toBeUndefined()
  book.of('deck')
  await settle()
  expect(book.of('deck')?.id).toBe('1')
  expect(book.of('nobody')).toBeUndefined()
  await settle()
  expect(asked).toEqual([['deck', 'nobody']])
})

test('without an answer a name is asked for again', async () => {
  let up = false
  const { book, asked, settle } = bookOf(async () => {
    if (!up) throw new ApiError('offline', 0, 'offline', '')
    return [{ name: 'deck', id: '1' }]
  })
  book.of('deck')
  await settle()
  up = true
  book.of('deck')
  await settle()
  expect(book.of('deck')?.id).toBe('1')
  expect(asked).toHaveLength(2)
})

test('what was deleted is not asked for again', async () => {
  const { book, asked, settle } = bookOf(async () => [])
  book.put([{ name: 'ship', id: '1' }])
  book.drop('ship')
  expect(book.of('ship')).toBeUndefined()
  await settle()
  expect(asked).toEqual([])
})

test('the name of an emoji is made of what was typed', () => {
  expect(emojiName(':Party Ship!:')).toBe('party_ship')
  expect(emojiName('Über-gut')).toBe('u_ber-gut')
  expect(emojiName('***')).toBe('')
})
