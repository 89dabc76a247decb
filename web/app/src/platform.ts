/** The browser, as the core wants it. */
import { Rest, Socket } from '@fieldpost/api'
import { Client, Db } from '@fieldpost/core'

const cookie = (name: string): string =>
  document.cookie
    .split('; ')
    .find(c => c.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? ''

export const signedIn = (): boolean => cookie('MMUSERID') !== ''

let tail: Promise<void> = Promise.resolve()
/** Without Web Locks (an insecure origin) tabs cannot see each other; in this tab at least, one at a time. */
const ownLock = (_: string, f: () => Promise<void>): Promise<void> => {
  tail = tail.then(f, f)
  return tail
}

export async function connect(): Promise<Client> {
  const db = await Db.open(indexedDB, IDBKeyRange)
  const rest = new Rest({ base: '', fetch: (url, init) => fetch(url, init), csrf: () => cookie('MMCSRF') })
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
    db,
    now: Date.now,
    setTimeout: (f, ms) => window.setTimeout(f, ms),
    clearTimeout: h => clearTimeout(h),
    lock: navigator.locks ? (name, f) => navigator.locks.request(name, f) : ownLock,
    visible: () => document.visibilityState === 'visible',
    wipe: async () => {
      await globalThis.caches?.delete('files')
    },
  })
  client.uploads.release = picture => URL.revokeObjectURL(picture)
  addEventListener('beforeunload', e => {
    // A file that is on its way is on this page alone.
    if (client.uploads.busy) e.preventDefault()
  })
  addEventListener('online', () => socket.hurry())
  addEventListener('focus', () => client.reading.becameVisible())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') client.reading.becameVisible()
    else void client.cache.saveNow()
  })
  addEventListener('pagehide', () => void client.cache.saveNow())
  return client
}
