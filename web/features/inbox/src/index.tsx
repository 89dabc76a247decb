/** What waits for the reader, and what they left for later. */
import './inbox.css'

export { Drafts } from './drafts.tsx'
export { ScheduledPosts } from './scheduled.tsx'
export { Threads } from './threads.tsx'
