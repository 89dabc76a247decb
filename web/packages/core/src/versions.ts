/** Which of two tellings of one post stands, and what of the other is kept: answers and events cross on their way. */
import type { Post } from '@fieldpost/api'

/** Nothing is known yet of what the address in a post leads to. */
const isBare = (p: Post): boolean => (p.metadata?.embeds ?? []).every(e => e.type === 'link')

/**
 * The post as it is to be shown once `told` has come; `known` where that is older.
 *
 * Two tellings of one time differ in what the server adds without changing the post: plain reads do not say how many
 * replies there are, and what an address leads to is found later than the post is answered, though that answer may
 * come last.
 */
export function newest(known: Post | undefined, told: Post): Post {
  if (!known || known.update_at < told.update_at) return told
  if (known.update_at > told.update_at) return known
  let post = told
  if (!told.root_id && told.reply_count < known.reply_count)
    post = { ...post, reply_count: known.reply_count }
  if (isBare(told) && !isBare(known)) {
    const { embeds = [], images = {} } = known.metadata ?? {}
    post = { ...post, metadata: { ...told.metadata, embeds, images } }
  }
  return post
}
