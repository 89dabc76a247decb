/** Keeps the client itself on the device, so that it opens while the server is away. */
import { type Client, effect } from '@fieldpost/core'

const can = () => 'serviceWorker' in navigator && import.meta.url.includes('/assets/')

export const install = (): void => {
  if (can()) void navigator.serviceWorker.register('/sw.js').catch(() => {})
}

/** Once more whenever the server is back, as long as a cut left it unfinished. */
export function finishInstalling(client: Client): void {
  if (!can()) return
  effect(() => {
    if (client.store.link.value !== 'online') return
    void navigator.serviceWorker.getRegistration().then(r => {
      if (!r?.active && !r?.waiting && !r?.installing) install()
    })
  })
}
