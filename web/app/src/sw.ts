/** Keeps the shell on the device, so that the app opens without its server. Messages are not kept here. */
export {}

interface WorkerEvent extends Event {
  waitUntil(p: Promise<unknown>): void
}
interface FetchEvent extends WorkerEvent {
  request: Request
  respondWith(r: Promise<Response>): void
}
interface NotificationEvent extends WorkerEvent {
  notification: Notification
}
interface Page {
  focus(): Promise<unknown>
  postMessage(what: unknown): void
}
const worker = self as unknown as {
  addEventListener(type: 'install' | 'activate', f: (e: WorkerEvent) => void): void
  addEventListener(type: 'fetch', f: (e: FetchEvent) => void): void
  addEventListener(type: 'message', f: (e: MessageEvent) => void): void
  addEventListener(type: 'notificationclick', f: (e: NotificationEvent) => void): void
  skipWaiting(): Promise<void>
  clients: {
    claim(): Promise<void>
    matchAll(q: { type: 'window'; includeUncontrolled: boolean }): Promise<Page[]>
    openWindow(path: string): Promise<unknown>
  }
}

const SHELL = 'shell-__VERSION__'
const FILES = 'files'
const files: string[] = JSON.parse('__PRECACHE__')

worker.addEventListener('install', e => {
  e.waitUntil(
    caches
      .open(SHELL)
      .then(c => c.addAll(files.map(f => new Request(f, { cache: 'reload' }))))
      .then(() => worker.skipWaiting()),
  )
})

worker.addEventListener('activate', e => {
  e.waitUntil(
    caches
      .keys()
      // The version before stays for pages that still run it and load a part later.
      .then(all =>
        Promise.all(
          all
            .filter(k => k.startsWith('shell-') && k !== SHELL)
            .slice(0, -1)
            .map(k => caches.delete(k)),
        ),
      )
      .then(() => worker.clients.claim()),
  )
})

worker.addEventListener('message', e => {
  if (e.data === 'wipe') void caches.delete(FILES)
})

/** A press on a notification opens its message: in a window that is there, or else in a new one. */
async function open(path: string): Promise<void> {
  const [page] = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  if (!page) return void (await worker.clients.openWindow(path))
  page.postMessage({ open: path })
  await page.focus()
}

worker.addEventListener('notificationclick', e => {
  e.notification.close()
  e.waitUntil(open(String(e.notification.data ?? '/')))
})

/** Pictures that stay what they are: previews of files, what the server fetched from elsewhere, emoji, and faces,
 * whose address changes with them. */
const picture =
  /^\/api\/v4\/(files\/[a-z0-9]+\/(preview|thumbnail)|image|emoji\/[a-z0-9]+\/image|users\/[a-z0-9]+\/image)$/

async function fromCacheFirst(name: string, request: Request, put: boolean): Promise<Response> {
  const hit = await caches.match(request)
  if (hit) return hit
  const answer = await fetch(request)
  if (put && answer.ok) await (await caches.open(name)).put(request, answer.clone())
  return answer
}

async function page(request: Request): Promise<Response> {
  const hit = await caches.match('/', { cacheName: SHELL })
  return hit ?? fetch(request)
}

worker.addEventListener('fetch', e => {
  const url = new URL(e.request.url)
  if (e.request.method !== 'GET' || url.origin !== location.origin) return
  if (picture.test(url.pathname)) e.respondWith(fromCacheFirst(FILES, e.request, true))
  else if (url.pathname.startsWith('/api/') || url.pathname.startsWith('/plugins/')) return
  // Whether somebody is asked, or sent back at once, is the server's to say.
  else if (e.request.mode === 'navigate' && url.pathname.startsWith('/oauth/'))
    e.respondWith(fetch(e.request).catch(() => page(e.request)))
  else if (e.request.mode === 'navigate') e.respondWith(page(e.request))
  // A part that is not kept ahead is kept once it was used; its name changes with what is in it.
  else e.respondWith(fromCacheFirst(SHELL, e.request, url.pathname.startsWith('/assets/')))
})
