/** The browser, as the core wants it. */
import { Rest, Socket } from '@fieldpost/api'
import { Client, Db, type Pictures, type TabPorts, type Word } from '@fieldpost/core'

const cookie = (name: string): string =>
  document.cookie
    .split('; ')
    .find(c => c.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? ''

export const signedIn = (): boolean => cookie('MMUSERID') !== ''

declare global {
  /** What `early.js` has asked for. */
  var fieldpostEarly: Map<string, Promise<Response>> | undefined
}

/** Asks the server, unless that was done before this client was there. Each early answer is taken once. */
const ask: typeof fetch = (url, init) => {
  const early = init?.method === 'GET' ? globalThis.fieldpostEarly?.get(String(url)) : undefined
  if (!early) return fetch(url, init)
  globalThis.fieldpostEarly?.delete(String(url))
  return early
}

/** Nobody may be given what was asked for in the name of another. */
export const forgetEarly = (): void => globalThis.fieldpostEarly?.clear()

let tail: Promise<void> = Promise.resolve()
/** Without Web Locks (an insecure origin) tabs cannot see each other; in this tab at least, one at a time. */
const ownLock = (_: string, f: () => Promise<void>): Promise<void> => {
  tail = tail.then(f, f)
  return tail
}

/** How tabs hear each other, and which of them leads. */
function tabs(): TabPorts {
  const channel = new BroadcastChannel('fieldpost')
  return {
    say: word => channel.postMessage(word),
    hear: f => {
      channel.onmessage = (m: MessageEvent<Word>) => f(m.data)
    },
    ...(navigator.locks
      ? { lead: (held: () => Promise<unknown>) => navigator.locks.request('fieldpost-leader', held) }
      : {}),
  }
}

/** The pictures that the service worker keeps, in the order in which they came. */
function pictures(): Pictures {
  const size = async (cache: Cache, r: Request) => (await (await cache.match(r))?.blob())?.size ?? 0
  const bytes = async () => {
    const cache = await caches.open('files')
    const sizes = await Promise.all((await cache.keys()).map(r => size(cache, r)))
    return sizes.reduce((n, x) => n + x, 0)
  }
  return {
    bytes,
    shrink: async to => {
      const cache = await caches.open('files')
      let left = await bytes()
      for (const r of await cache.keys()) {
        if (left <= to) break
        left -= await size(cache, r)
        await cache.delete(r)
      }
    },
  }
}

/** Not every browser says when it is idle. */
const whenIdle = (f: () => void) => {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(f, { timeout: 5_000 })
  else setTimeout(f, 100)
}

export async function connect(): Promise<Client> {
  const db = await Db.open(indexedDB, IDBKeyRange)
  const rest = new Rest({ base: '', fetch: ask, csrf: () => cookie('MMCSRF') })
  const url = new URL('/api/v4/websocket', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new Socket({
    url: url.href,
    open: u => new WebSocket(u) as unknown as import('@fieldpost/api').SocketLike,
    setTimeout: (f, ms) => window.setTimeout(f, ms),
    clearTimeout: h => clearTimeout(h),
    random: Math.random,
  })
  const client = new Client({
    rest,
    socket,
    tabs: tabs(),
    db,
    now: Date.now,
    setTimeout: (f, ms) => window.setTimeout(f, ms),
    clearTimeout: h => clearTimeout(h),
    whenIdle,
    lock: navigator.locks ? (name, f) => navigator.locks.request(name, f) : ownLock,
    visible: () => document.visibilityState === 'visible',
    wipe: async () => {
      localStorage.removeItem('fieldpost.last')
      sessionStorage.clear()
      await globalThis.caches?.delete('files')
    },
    ...(globalThis.caches ? { pictures: pictures() } : {}),
  })
  client.uploads.release = picture => URL.revokeObjectURL(picture)
  addEventListener('beforeunload', e => {
    // A file that is on its way is on this page alone.
    if (client.uploads.busy) e.preventDefault()
  })
  addEventListener('online', () => client.platform.socket.hurry())
  addEventListener('offline', () => client.platform.socket.cut())
  addEventListener('focus', () => client.reading.becameVisible())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') client.reading.becameVisible()
    else void client.cache.saveNow()
  })
  addEventListener('pagehide', () => void client.cache.saveNow())
  return client
}
