export {
  batch,
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from '@preact/signals-core'
export * from './about.ts'
export * from './account.ts'
export * from './attachments.ts'
export * from './bookmarks.ts'
export * from './categories.ts'
export * from './client.ts'
export * from './counts.ts'
export * from './db.ts'
export * from './deed.ts'
export * from './dialogs.ts'
export * from './directory.ts'
export { applyEvent } from './events.ts'
export * from './keeping.ts'
export * from './kept.ts'
export * from './links.ts'
export * from './markdown.ts'
export * from './named.ts'
export * from './notices.ts'
export * from './notify-words.ts'
export * from './oauth.ts'
export type { OutboxEntry } from './outbox.ts'
export * from './permissions.ts'
export type { Notice, Phase, Platform } from './platform.ts'
export * from './presence.ts'
export * from './remote.ts'
export * from './roster.ts'
export * from './saved.ts'
export * from './scheduled.ts'
export * from './search.ts'
export * from './store.ts'
export * from './tabs.ts'
export * from './threads.ts'
export * from './time.ts'
export * from './views.ts'
export * from './whereabouts.ts'
