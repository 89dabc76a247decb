export {
  batch,
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from '@preact/signals-core'
export * from './account.ts'
export * from './attachments.ts'
export * from './bookmarks.ts'
export * from './changes.ts'
export * from './client.ts'
export * from './days.ts'
export * from './db.ts'
export * from './dialogs.ts'
export * from './drafts.ts'
export * from './emoji-use.ts'
export { applyEvent } from './events.ts'
export * from './format.ts'
export * from './links.ts'
export * from './markdown.ts'
export * from './named.ts'
export type { OutboxEntry } from './outbox.ts'
export * from './permissions.ts'
export type { Notice, Phase, Platform } from './platform.ts'
export * from './remote.ts'
export * from './scheduled.ts'
export * from './search.ts'
export * from './store.ts'
export * from './threads.ts'
export * from './time.ts'
export * from './uploads.ts'
export * from './views.ts'
