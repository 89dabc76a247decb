/** The addresses people have in their bookmarks. */

const ACCOUNT = ['profile', 'notifications', 'display', 'reading', 'security'] as const
export type AccountPage = (typeof ACCOUNT)[number]

export type Route =
  | { at: 'home' }
  | { at: 'login' }
  | { at: 'signup' }
  | { at: 'invited'; token: string; invite: string; email: string; team: string }
  | { at: 'forgotten' }
  | { at: 'reset'; token: string }
  | { at: 'verify'; token: string; email: string }
  | { at: 'console'; path: string }
  | { at: 'authorize'; search: string }
  | { at: 'account'; page: AccountPage }
  | { at: 'team'; team: string }
  | { at: 'channel'; team: string; channel: string; thread: string }
  | { at: 'direct'; team: string; user: string; thread: string }
  | { at: 'post'; team: string; post: string }
  | { at: 'page'; team: string; page: PageName; thread: string; query: string }

/** What a team has beside its conversations. */
export type PageName =
  | 'threads'
  | 'drafts'
  | 'scheduled_posts'
  | 'saved'
  | 'search'
  | 'integrations'
  | 'groups'
const PAGES: readonly string[] = [
  'threads',
  'drafts',
  'scheduled_posts',
  'saved',
  'search',
  'integrations',
  'groups',
] satisfies PageName[]

export function parse(path: string, search = ''): Route {
  const parts = path.split('/').filter(Boolean).map(safeDecode)
  const [first = '', second = '', third = ''] = parts
  const query = new URLSearchParams(search)
  const asked = (name: string) => query.get(name) ?? ''
  const thread = asked('thread')
  if (!first) return { at: 'home' }
  if (first === 'login') return { at: 'login' }
  if (first === 'reset_password') return { at: 'forgotten' }
  if (first === 'reset_password_complete') return { at: 'reset', token: asked('token') }
  if (first === 'do_verify_email') return { at: 'verify', token: asked('token'), email: asked('email') }
  if (first === 'signup_user_complete' && (query.has('t') || query.has('id')))
    return { at: 'invited', token: asked('t'), invite: asked('id'), ...told(asked('d')) }
  if (first === 'signup_email' || first === 'signup_user_complete') return { at: 'signup' }
  if (first === 'admin' || first === 'admin_console') return { at: 'console', path: path + search }
  if (first === 'oauth' && second === 'authorize') return { at: 'authorize', search }
  if (first === 'account_settings')
    return { at: 'account', page: ACCOUNT.find(p => p === second) ?? 'security' }
  if (second === 'channels' && third) return { at: 'channel', team: first, channel: third, thread }
  if (second === 'messages' && third)
    return third.startsWith('@')
      ? { at: 'direct', team: first, user: third.slice(1), thread }
      : { at: 'channel', team: first, channel: third, thread }
  if (second === 'pl' && third) return { at: 'post', team: first, post: third }
  if (PAGES.includes(second))
    return { at: 'page', team: first, page: second as PageName, thread, query: asked('q') }
  return { at: 'team', team: first }
}

/** What an invitation says of itself; whoever made the address up may have written anything. */
function told(details: string): { email: string; team: string } {
  try {
    const d: unknown = JSON.parse(details)
    const text = (name: string) => {
      const value = d && typeof d === 'object' ? (d as Record<string, unknown>)[name] : ''
      return typeof value === 'string' ? value.slice(0, 128) : ''
    }
    return { email: text('email'), team: text('display_name') }
  } catch {
    return { email: '', team: '' }
  }
}

function safeDecode(s: string): string {
  try {
    return decodeURIComponent(s)
  } catch {
    return s
  }
}
