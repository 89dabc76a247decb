/** Where the reader is: the address bar as a signal. */
import { computed, signal } from '@fieldpost/core'
import { parse, type Route } from './address.ts'

export const route = signal<Route>(parse(location.pathname, location.search))

/** What is open of the channel beside its conversation. */
export const panel = computed(() => (route.value ? asked('panel') : ''))

function asked(name: string): string {
  return new URLSearchParams(location.search).get(name) ?? ''
}

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
export const withThread = (root: string): string => beside('thread', root)

/** The address here with what belongs to the channel beside the conversation, or nothing. */
export const withPanel = (name: string): string => beside('panel', name)

/** One thing fits beside a conversation. */
function beside(what: 'thread' | 'panel', value: string): string {
  const query = new URLSearchParams(location.search)
  query.delete('thread')
  query.delete('panel')
  if (value) query.set(what, value)
  const text = query.toString()
  return text ? `${location.pathname}?${text}` : location.pathname
}
