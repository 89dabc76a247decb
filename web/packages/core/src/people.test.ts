import type { User } from '@fieldpost/api'
import { signal } from '@preact/signals-core'
import { expect, test } from 'vitest'
import { People } from './people.ts'
import type { Context, Platform } from './platform.ts'
import { Store } from './store.ts'

const person = (id: string, update_at: number, position = ''): User =>
  ({ id, username: id, update_at, position }) as User

/** Ada, Bo and Cem as they were kept. */
function known() {
  const store = new Store()
  const due: (() => void)[] = []
  const notes = new Map<string, unknown>()
  const asked: unknown[] = []
  const rest = {
    usersByIds: async (ids: readonly string[], since: number) => {
      asked.push([ids, since])
      return since === 0 ? [person('bo', 70, 'Engineer')] : []
    },
  }
  const db = {
    note: async (k: string) => notes.get(k),
    putNote: async (k: string, v: unknown) => void notes.set(k, v),
  }
  const context: Context = {
    store,
    p: { rest, db, setTimeout: (f: () => void) => due.push(f) } as unknown as Platform,
    phase: signal('ready'),
    notice: () => {},
    quietly: f => f(),
    keep: write => write().then(() => true),
    tell: () => {},
  }
  store.me.value = person('ada', 90)
  store.putUsers([person('ada', 50), person('bo', 60), person('cem', 30)], false)
  const people = new People(context)
  store.onUnsureUser = id => people.recheck(id)
  return { store, people, asked, due }
}

test('what people changed meanwhile is read, and the next time only what is newer', async () => {
  const { store, people, asked } = known()
  for (const id of ['bo', 'cem']) store.user(id)
  await people.refresh()
  expect(store.user('bo').peek()?.position).toBe('Engineer')
  await people.refresh()
  expect(asked).toEqual([
    [['bo', 'cem'], 0],
    [['bo', 'cem'], 70],
  ])
})

test('those who are not in sight are asked for when they come into sight, and not before', async () => {
  const { store, people, asked, due } = known()
  store.user('bo')
  await people.refresh()
  expect(asked).toEqual([[['bo'], 0]])
  store.user('cem')
  store.user('cem')
  for (const f of due.splice(0)) f()
  await expect.poll(() => asked).toHaveLength(2)
  // What was read is not known of everybody, so it is asked from where all are known.
  expect(asked[1]).toEqual([['cem'], 0])
})
