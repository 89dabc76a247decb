export {
  batch,
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from '@preact/signals-core'
export * from './client.ts'
export * from './db.ts'
export { applyEvent } from './events.ts'
export * from './links.ts'
export * from './markdown.ts'
export type { OutboxEntry } from './outbox.ts'
export type { Notice, Phase, Platform } from './platform.ts'
export * from './remote.ts'
export * from './store.ts'
export * from './time.ts'
export * from './views.ts'
