import { expect, test } from 'vitest'
import { Outbox, type OutboxEntry } from './outbox.ts'

const entry: OutboxEntry = {
  pending_post_id: 'me:1',
  written_at: 1,
  user_id: 'me',
  channel_id: 'ops',
  root_id: '',
  message: 'In the night',
  files: [],
}

test('nothing is promised of a message before the device has kept it', async () => {
  let kept = () => {}
  let shown: readonly OutboxEntry[] = []
  const outbox = new Outbox({
    db: {
      outbox: async () => [],
      outboxEntry: async () => entry,
      putOutbox: () =>
        new Promise<void>(resolve => {
          kept = resolve
        }),
      dropOutbox: async () => {},
    },
    create: () => Promise.reject(new Error('nothing is sent here')),
    lock: (_, f) => f(),
    keep: write => write().then(() => true),
    onKept: () => {},
    onChange: entries => {
      shown = entries
    },
    onSent: () => {},
    onSessionLost: () => {},
  })
  const added = outbox.add(entry)
  expect(shown).toEqual([{ ...entry, unsaved: true }])
  kept()
  await added
  expect(shown).toEqual([entry])
})
