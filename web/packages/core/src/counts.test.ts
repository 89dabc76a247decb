import { expect, test } from 'vitest'
import { waiting, waitingMark } from './counts.ts'
import { Store } from './store.ts'

const put = (store: Store, id: string, total: number, member: Record<string, unknown>) =>
  store.putChannel(
    { id, team_id: 't', type: 'O', name: id, total_msg_count_root: total } as never,
    { channel_id: id, msg_count_root: 0, mention_count: 0, notify_props: {}, ...member } as never,
  )

test('the title counts mentions, and marks what is only new', () => {
  const store = new Store()
  put(store, 'read', 3, { msg_count_root: 3 })
  expect(waitingMark(waiting(store))).toBe('')
  put(store, 'new', 3, {})
  expect(waitingMark(waiting(store))).toBe('• ')
  put(store, 'mentioned', 3, { mention_count: 2 })
  expect(waitingMark(waiting(store))).toBe('(2) ')
})

test('what is new in a muted channel does not count; a mention in it does', () => {
  const store = new Store()
  put(store, 'muted', 3, { notify_props: { mark_unread: 'mention' } })
  expect(waitingMark(waiting(store))).toBe('')
  put(store, 'muted', 3, { mention_count: 1, notify_props: { mark_unread: 'mention' } })
  expect(waitingMark(waiting(store))).toBe('(1) ')
})
