/** The addresses people have in their bookmarks. */

export type Route =
  | { at: 'home' }
  | { at: 'login' }
  | { at: 'signup' }
  | { at: 'console' }
  | { at: 'team'; team: string }
  | { at: 'channel'; team: string; channel: string; thread: string }
  | { at: 'direct'; team: string; user: string; thread: string }
  | { at: 'post'; team: string; post: string }

export function parse(path: string, search = ''): Route {
  const parts = path.split('/').filter(Boolean).map(safeDecode)
  const [first = '', second = '', third = ''] = parts
  const thread = new URLSearchParams(search).get('thread') ?? ''
  if (!first) return { at: 'home' }
  if (first === 'login') return { at: 'login' }
  if (first === 'signup_email' || first === 'signup_user_complete') return { at: 'signup' }
  if (first === 'admin_console') return { at: 'console' }
  if (second === 'channels' && third) return { at: 'channel', team: first, channel: third, thread }
  if (second === 'messages' && third)
    return third.startsWith('@')
      ? { at: 'direct', team: first, user: third.slice(1), thread }
      : { at: 'channel', team: first, channel: third, thread }
  if (second === 'pl' && third) return { at: 'post', team: first, post: third }
  return { at: 'team', team: first }
}

function safeDecode(s: string): string {
  try {
    return decodeURIComponent(s)
  } catch {
    return s
  }
}
