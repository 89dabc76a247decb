/** Which of two tellings of one post stands, and what of the other is kept: answers and events cross on their way. */
import type { Post } from '@fieldpost/api'

/** Nothing is known yet of what the address in a post leads to. */
const isBare = (p: Post): boolean => (p.metadata?.embeds ?? []).every(e => e.type === 'link')

/** Neither plain reads nor edits say all of a thread: how many replies there are, or by whom. Live events have told us. */
function withThread(told: Post, known: Post): Post {
  if (told.root_id) return told
  const same = told.update_at === known.update_at
  const reply_count = same ? Math.max(told.reply_count, known.reply_count) : told.reply_count
  if (reply_count === 0 || told.participants)
    return reply_count === told.reply_count ? told : { ...told, reply_count }
  return { ...told, reply_count, participants: known.participants, last_reply_at: known.last_reply_at }
}

/** What an address leads to is found later than the post is answered, though that answer may come last. */
function withPreview(told: Post, known: Post): Post {
  if (told.update_at !== known.update_at || !isBare(told) || isBare(known)) return told
  const { embeds = [], images = {} } = known.metadata ?? {}
  return { ...told, metadata: { ...told.metadata, embeds, images } }
}

/** The post as it is to be shown once `told` has come; `known` where that is newer. */
export function newest(known: Post | undefined, told: Post): Post {
  if (!known) return told
  if (known.update_at > told.update_at) return known
  return withPreview(withThread(told, known), known)
}
