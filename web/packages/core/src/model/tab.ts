/** A tab that looks at the server in memory. */
import { Rest, Socket } from '@fieldpost/api'
import { Client } from '../client.ts'
import { Db } from '../db.ts'
import type { Browser } from './browser.ts'
import type { Model } from './server.ts'

/** A tab of Ada's. */
export async function tabAt(model: Model, browser: Browser, name: string, shares: boolean): Promise<Client> {
  const { time } = model
  const client = new Client({
    rest: new Rest({ base: '', fetch: (u, i) => model.fetch(String(u), i), csrf: () => '' }),
    socket: new Socket({ url: 'ws://ship', open: model.open, ...time, random: () => 0.5 }),
    tabs: browser.tab(name, shares),
    db: await Db.open(browser.factory, IDBKeyRange),
    now: () => time.now,
    setTimeout: time.setTimeout,
    clearTimeout: time.clearTimeout,
    whenIdle: f => f(),
    lock: browser.lock,
    visible: () => true,
    wipe: async () => {},
  })
  // As the screens do, whenever the link comes.
  client.store.link.subscribe(link => {
    if (link === 'online') void client.saved.load()
  })
  void client.boot(true)
  return client
}
