/** Where the reader is: the address bar as a signal. */
import { signal } from '@fieldpost/core'
import { parse, type Route } from './address.ts'

export const route = signal<Route>(parse(location.pathname, location.search))

export function go(path: string, replace = false): void {
  if (replace) history.replaceState(null, '', path)
  else if (path !== location.pathname + location.search) history.pushState(null, '', path)
  read()
}

const read = () => {
  route.value = parse(location.pathname, location.search)
}
addEventListener('popstate', read)

/** The address here with another thread beside it, or none. */
export function withThread(root: string): string {
  const query = new URLSearchParams(location.search)
  query.delete('thread')
  if (root) query.set('thread', root)
  const text = query.toString()
  return text ? `${location.pathname}?${text}` : location.pathname
}
