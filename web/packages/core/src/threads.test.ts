import type { SocketEvent } from '@fieldpost/api'
import { expect, test } from 'vitest'
import type { Context } from './platform.ts'
import { Scheduled, whyNotSent } from './scheduled.ts'
import { Store } from './store.ts'
import { Threads } from './threads.ts'

const item = (id: string, at: number, unread = 0, mentions = 0) => ({
  id,
  reply_count: 2,
  last_reply_at: at,
  last_viewed_at: 0,
  unread_replies: unread,
  unread_mentions: mentions,
  participants: [],
  post: {
    id,
    root_id: '',
    channel_id: 'c',
    user_id: 'bo',
    message: id,
    create_at: 1,
    update_at: at,
    delete_at: 0,
  },
})

const event = (name: string, data: Record<string, unknown>, broadcast: object = { team_id: 't' }) =>
  ({ event: name, data, broadcast: { channel_id: '', team_id: '', ...broadcast }, seq: 1 }) as SocketEvent

/** A client whose server answers by path, and what it was asked. */
function desk(answers: Record<string, unknown>) {
  const asked: string[] = []
  const notes = new Map<string, unknown>()
  const context = {
    store: new Store(),
    p: {
      now: () => 1_000,
      db: {
        note: async (k: string) => notes.get(k),
        putNote: async (k: string, v: unknown) => void notes.set(k, v),
      },
      rest: {
        ask: async (method: string, path: string) => {
          asked.push(`${method} ${path}`)
          return answers[path.split('?')[0] ?? '']
        },
      },
    },
    quietly: (f: () => Promise<void>) => f(),
  } as unknown as Context
  return { context, asked, notes }
}

const list = (threads: unknown[], unread: number, mentions: number) => ({
  '/users/me/teams/t/threads': {
    total: threads.length,
    total_unread_threads: unread,
    total_unread_mentions: mentions,
    threads,
  },
})

test('threads come newest first, and are kept for the hours without a server', async () => {
  const { context, notes } = desk(list([item('a', 10), item('b', 20, 1)], 1, 0))
  const threads = new Threads(context)
  await threads.load('t')
  expect(threads.of('t').items.value?.map(t => t.id)).toEqual(['b', 'a'])
  expect(threads.of('t').totals.value).toEqual({ threads: 1, mentions: 0 })
  expect(notes.has('threads:t')).toBe(true)
})

test('a reply makes a thread new and puts it first; reading it takes the mark away', async () => {
  const { context } = desk(list([item('a', 10), item('b', 20)], 0, 0))
  const threads = new Threads(context)
  await threads.load('t')
  threads.heard(
    event('thread_updated', {
      thread: JSON.stringify(item('a', 30, 1, 1)),
      previous_unread_replies: 0,
      previous_unread_mentions: 0,
    }),
  )
  expect(threads.of('t').items.value?.map(t => t.id)).toEqual(['a', 'b'])
  expect(threads.of('t').totals.value).toEqual({ threads: 1, mentions: 1 })
  threads.heard(
    event('thread_read_changed', {
      thread_id: 'a',
      timestamp: 40,
      unread_replies: 0,
      unread_mentions: 0,
      previous_unread_replies: 1,
      previous_unread_mentions: 1,
    }),
  )
  expect(threads.of('t').totals.value).toEqual({ threads: 0, mentions: 0 })
  expect(threads.of('t').items.value?.[0]?.unread_replies).toBe(0)
})

test('all read elsewhere is all read here', async () => {
  const { context } = desk(list([item('a', 10, 3, 1)], 1, 1))
  const threads = new Threads(context)
  await threads.load('t')
  threads.heard(event('thread_read_changed', {}))
  expect(threads.of('t').totals.value).toEqual({ threads: 0, mentions: 0 })
})

test('a thread that is followed no more leaves the list', async () => {
  const { context } = desk(list([item('a', 10), item('b', 20)], 0, 0))
  const threads = new Threads(context)
  await threads.load('t')
  threads.heard(event('thread_follow_changed', { thread_id: 'b', state: false, reply_count: 2 }))
  expect(threads.of('t').items.value?.map(t => t.id)).toEqual(['a'])
})

test('a thread that is left while the list is read stays away', async () => {
  const answers: Record<string, unknown> = list([item('a', 10), item('b', 20)], 0, 0)
  const { context } = desk(answers)
  const { ask } = context.p.rest
  let arrive = () => {}
  const underWay = new Promise<void>(r => {
    arrive = r
  })
  context.p.rest.ask = (async (...asked: Parameters<typeof ask>) => {
    const answer = await ask(...asked)
    context.p.rest.ask = ask
    await underWay
    return answer
  }) as typeof ask
  const threads = new Threads(context)
  const loading = threads.load('t')
  await new Promise(r => setTimeout(r))
  Object.assign(answers, list([item('a', 10)], 0, 0))
  threads.heard(event('thread_follow_changed', { thread_id: 'b', state: false, reply_count: 2 }))
  arrive()
  await loading
  expect(threads.of('t').items.value?.map(t => t.id)).toEqual(['a'])
})

test('what was noted of a thread does not replace what is known of its message', async () => {
  const { context, notes } = desk(list([], 0, 0))
  const noted = item('a', 10)
  notes.set('threads:t', [{ ...noted, post: { ...noted.post, is_following: true } }])
  context.store.putPosts([{ ...noted.post, is_following: false } as never])
  await new Threads(context).load('t')
  expect(context.store.post('a').value?.is_following).toBe(false)
})

test('scheduled messages follow other tabs, the next one first', async () => {
  const { context } = desk({
    '/posts/scheduled/team/t': { t: [{ id: 'x', channel_id: 'c', scheduled_at: 50 }] },
  })
  const scheduled = new Scheduled(context)
  await scheduled.load('t')
  const other = { id: 'y', channel_id: 'c', scheduled_at: 10 }
  scheduled.heard(event('scheduled_post_created', { scheduledPost: JSON.stringify(other) }))
  expect(scheduled.items.value.map(p => p.id)).toEqual(['y', 'x'])
  scheduled.heard(event('scheduled_post_deleted', { scheduledPost: JSON.stringify(other) }))
  expect(scheduled.items.value.map(p => p.id)).toEqual(['x'])
})

test('the files of a scheduled message are asked for where the list does not say what they are', async () => {
  const { context, asked } = desk({ '/files/f1/info': { id: 'f1', name: 'chart.csv' } })
  const scheduled = new Scheduled(context)
  const post = { id: 'x', file_ids: ['f1'] } as never
  expect((await scheduled.filesOf(post)).map(f => f.name)).toEqual(['chart.csv'])
  const told = { id: 'x', file_ids: ['f1'], metadata: { files: [{ id: 'f1', name: 'log.csv' }] } } as never
  expect((await scheduled.filesOf(told)).map(f => f.name)).toEqual(['log.csv'])
  expect(asked).toEqual(['GET /files/f1/info'])
})

test('why a message was not sent is said in words, whatever the code', () => {
  expect(whyNotSent('')).toBe('')
  expect(whyNotSent('channel_archived')).toMatch(/archived/)
  expect(whyNotSent('something_new')).toBe('It could not be sent.')
})
