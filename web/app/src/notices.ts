/** Shows notifications of messages outside the page, once however many windows are open. */
import { type Client, effect, type Told } from '@fieldpost/core'
import { go, route } from './router.ts'

const NAME = 'fieldpost-notices'
/** How long the other windows may take to say that somebody looks at the message. */
const ANSWER_MS = 250

type Word = { ask: Told } | { seen: string }

/** Whether somebody has the conversation before their eyes in this window. */
function looking(client: Client, t: Told): boolean {
  if (document.visibilityState !== 'visible') return false
  const r = route.peek()
  if (t.root) return 'thread' in r && r.thread === t.root
  return client.store.current.peek() === t.channel
}

/** The one window that shows notifications; when it closes, another is. */
function teller(): () => boolean {
  // Without locks the address is not encrypted, and no browser shows notifications there anyway.
  let mine = !navigator.locks
  void navigator.locks?.request(NAME, () => {
    mine = true
    return new Promise(() => {})
  })
  return () => mine
}

export const wanted = (): boolean =>
  'Notification' in globalThis &&
  Notification.permission === 'granted' &&
  localStorage.getItem('fieldpost.silent') !== 'yes'

/** Phones show them only through the worker, which then says what was pressed. */
async function showByWorker(t: Told, options: NotificationOptions): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration()
  await worker?.showNotification(t.title, { ...options, data: t.path })
}

function show(t: Told, open: (path: string) => void): Notification | undefined {
  const options = { body: t.text, tag: t.post, icon: '/icon.svg', silent: !t.sound }
  try {
    const n = new Notification(t.title, options)
    n.onclick = () => {
      n.close()
      open(t.path)
    }
    return n
  } catch {
    void showByWorker(t, options).catch(() => {})
    return undefined
  }
}

export function notices(client: Client): () => void {
  const isTeller = teller()
  const others = 'BroadcastChannel' in globalThis ? new BroadcastChannel(NAME) : undefined
  const waiting = new Map<string, () => void>()
  const shown = new Map<string, { t: Told; n: Notification }>()
  const say = (w: Word) => others?.postMessage(w)

  const seenElsewhere = (t: Told): Promise<boolean> =>
    new Promise(resolve => {
      const done = (seen: boolean) => {
        waiting.delete(t.post)
        resolve(seen)
      }
      waiting.set(t.post, () => done(true))
      setTimeout(() => done(false), ANSWER_MS)
      say({ ask: t })
    })
  const open = (path: string) => {
    window.focus()
    go(path)
  }
  const tell = async (t: Told) => {
    if (!isTeller() || !wanted() || looking(client, t)) return
    if (await seenElsewhere(t)) return
    const n = show(t, open)
    if (n) shown.set(t.post, { t, n })
  }
  if (others)
    others.onmessage = (e: MessageEvent<Word>) => {
      if ('ask' in e.data) {
        if (looking(client, e.data.ask)) say({ seen: e.data.ask.post })
      } else waiting.get(e.data.seen)?.()
    }
  const pressed = (e: MessageEvent) => {
    const path: unknown = e.data?.open
    if (typeof path === 'string' && path.startsWith('/')) open(path)
  }
  navigator.serviceWorker?.addEventListener('message', pressed)
  client.interruptions.onTell = t => void tell(t)
  // What was read here or elsewhere needs no notification any more.
  const stop = effect(() => {
    const members = client.store.members.value
    for (const [post, { t, n }] of shown) {
      const read = !t.root && (members.get(t.channel)?.last_viewed_at ?? 0) >= t.at
      if (!read) continue
      n.close()
      shown.delete(post)
    }
  })
  return () => {
    stop()
    others?.close()
    navigator.serviceWorker?.removeEventListener('message', pressed)
    client.interruptions.onTell = () => {}
  }
}
