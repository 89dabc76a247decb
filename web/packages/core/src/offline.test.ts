import 'fake-indexeddb/auto'
import type { Socket } from '@fieldpost/api'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Client } from './client.ts'
import { Db } from './db.ts'
import { waitingText } from './deed.ts'
import { pageAt, Ship, settle, unplug } from './ship.ts'
import { channelRows, sidebar } from './views.ts'

let ship: Ship
let factory: IDBFactory
const sockets: Socket[] = []

async function page(more: Parameters<typeof pageAt>[2] = {}): Promise<{ client: Client; socket: Socket }> {
  const made = await pageAt(ship, factory, more)
  sockets.push(made.socket)
  return made
}

/** A page that looks at the channel. */
async function reader(more: Parameters<typeof pageAt>[2] = {}): Promise<Client> {
  const { client } = await page(more)
  await client.reading.openChannel('c')
  await settle()
  return client
}

const back = async () => {
  ship.up = true
  for (const s of sockets) s.hurry()
  await settle(40)
}

const texts = (c: Client) =>
  channelRows(c.store, 'c').flatMap(r => {
    const p = r.kind === 'post' ? c.store.post(r.id).peek() : undefined
    return p ? [p.message] : r.kind === 'pending' ? [`(${r.entry.message})`] : []
  })
const thumbs = (c: Client, id: string) =>
  c.store
    .post(id)
    .peek()
    ?.metadata?.reactions?.map(r => `${r.user_id} ${r.emoji_name}`) ?? []
const asked = (what: RegExp) => ship.asked.filter(x => what.test(x))

beforeEach(() => {
  ship = new Ship()
  factory = new IDBFactory()
})
afterEach(() => {
  for (const s of sockets.splice(0)) s.stop()
})

describe('what is done while the server is away', () => {
  test('is seen at once, survives a reload, and reaches the server once each', async () => {
    const mine = ship.post('ada', 'a mistkae')
    const bad = ship.post('ada', 'should not stay')
    const bos = ship.post('bo', 'the answer')
    const { client: first, socket } = await page()
    await first.reading.openChannel('c')
    await settle()
    unplug(ship)
    await settle()
    await first.writing.edit(mine.id, 'a mistake')
    await first.writing.remove(bad.id)
    await first.writing.toggleReaction(bos.id, '+1')
    await first.deeds.put({ do: 'pin', post: bos.id, on: true })
    await first.deeds.put({ do: 'save', post: bos.id, on: true })
    const seen = (c: Client) => [texts(c), thumbs(c, bos.id), c.store.post(bos.id).peek()?.is_pinned]
    const meant = [['a mistake', 'the answer'], ['ada +1'], true]
    expect(seen(first)).toEqual(meant)
    await first.cache.saveNow()
    socket.stop()

    const second = await reader()
    expect(seen(second)).toEqual(meant)
    expect([...second.saved.posts.peek()]).toEqual([bos.id])
    expect(second.writing.unsent).toBe(5)
    ship.asked = []
    await back()
    expect(seen(second)).toEqual(meant)
    expect(second.writing.unsent).toBe(0)
    expect(ship.posts.filter(p => p.delete_at === 0).map(p => p.message)).toEqual(['a mistake', 'the answer'])
    expect(ship.posts.find(p => p.id === bos.id)).toMatchObject({ is_pinned: true })
    expect([...ship.saved]).toEqual([bos.id])
    expect(asked(/patch|DELETE|POST \/reactions|\/pin|PUT \/users/)).toHaveLength(5)
  })

  test('is forgotten when it is taken back: on and off again is nothing', async () => {
    const post = ship.post('bo', 'well?')
    const client = await reader()
    unplug(ship)
    await expect.poll(() => client.store.link.peek()).toBe('offline')
    await client.writing.toggleReaction(post.id, '+1')
    await client.writing.edit(post.id, 'well!')
    await client.writing.edit(post.id, 'well?')
    expect(client.writing.unsent).toBe(1)
    // What is on its way may arrive, and is not nothing any more.
    await settle()
    await client.writing.toggleReaction(post.id, '+1')
    expect(client.writing.unsent).toBe(0)
    ship.asked = []
    await back()
    expect(asked(/reactions|patch/)).toEqual([])
  })

  test('of several edits only the last is sent', async () => {
    const post = ship.post('ada', 'one')
    const client = await reader()
    unplug(ship)
    await settle()
    for (const text of ['two', 'three', 'four']) await client.writing.edit(post.id, text)
    ship.asked = []
    await back()
    expect(asked(/patch/)).toHaveLength(1)
    expect(texts(client)).toEqual(['four'])
  })

  test('stays as it is meant while the server tells how it was before', async () => {
    const post = ship.post('ada', 'old')
    const client = await reader()
    unplug(ship)
    await settle()
    await client.writing.edit(post.id, 'new')
    client.store.putPosts([{ ...post, update_at: ++ship.clock, is_pinned: true }])
    expect(client.store.post(post.id).peek()).toMatchObject({ message: 'new', is_pinned: true })
  })

  test('is undone with a reason where it is refused, and the text is kept', async () => {
    const post = ship.post('ada', 'old')
    const client = await reader()
    unplug(ship)
    await settle()
    await client.writing.edit(post.id, 'new')
    await client.writing.remove(ship.post('bo', 'not mine').id)
    ship.refuseDeeds = { status: 403, message: 'It is too late for that.' }
    await back()
    expect(texts(client)).toEqual(['old', 'not mine'])
    expect(client.store.deedsOf(post.id)).toMatchObject([
      { act: { message: 'new' }, refused: 'It is too late for that.' },
    ])
    expect(client.notices.peek().map(n => n.text)).toEqual([
      'Your edit was refused: It is too late for that.',
      'The message could not be deleted: It is too late for that.',
    ])
    const kept = await (await Db.open(factory, IDBKeyRange)).deeds()
    expect(kept.map(d => d.refused)).toEqual(['It is too late for that.', 'It is too late for that.'])
    ship.refuseDeeds = undefined
    await client.writing.edit(post.id, 'new')
    await settle()
    expect(texts(client)[0]).toBe('new')
    expect(client.store.deedsOf(post.id)).toEqual([])
  })

  test('the text of an edit goes to the draft where the message was deleted meanwhile', async () => {
    const post = ship.post('ada', 'old')
    const client = await reader()
    client.drafts.write('c', { text: 'half a thought' })
    unplug(ship)
    await settle()
    await client.writing.edit(post.id, 'new words')
    ship.remove(post.id)
    await back()
    expect(client.store.draft('c').peek()).toBe('half a thought\n\nnew words')
    expect(client.writing.unsent).toBe(0)
  })

  test('what is called unread stays so, though it was read before and the server does not know', async () => {
    const post = ship.post('bo', 'read, and called unread')
    const client = await reader()
    unplug(ship)
    await settle()
    await client.deeds.put({ do: 'read', channel: 'c', at: post.create_at + 1 })
    ship.up = true
    await client.reading.unreadFrom(post)
    await back()
    expect(client.writing.unsent).toBe(0)
    expect(ship.member.last_viewed_at).toBe(post.create_at - 1)
    expect(client.reading.watching('c')).toBe(false)
  })

  test('deleting what somebody else deleted meanwhile is no trouble', async () => {
    const post = ship.post('ada', 'old')
    const client = await reader()
    unplug(ship)
    await settle()
    await client.writing.remove(post.id)
    ship.remove(post.id)
    await back()
    expect([texts(client), client.writing.unsent, client.notices.peek()]).toEqual([[], 0, []])
  })

  test('a server that stumbles over one thing hears the others', async () => {
    const one = ship.post('ada', 'one')
    const two = ship.post('ada', 'two')
    const client = await reader()
    unplug(ship)
    await settle()
    await client.writing.edit(one.id, 'one!')
    await client.writing.edit(two.id, 'two!')
    const { fetch } = ship
    ship.fetch = (url, init) =>
      url.includes(`${one.id}/patch`)
        ? Promise.resolve(new Response('{"id":"x","message":"Oh."}', { status: 500, headers: JSON_TYPE }))
        : fetch(url, init)
    await back()
    expect(ship.posts.map(p => p.message)).toEqual(['one', 'two!'])
    expect(client.store.deeds.peek()).toHaveLength(1)
  })

  test('is named in words', () => {
    expect(waitingText(0, [])).toBe('')
    expect(waitingText(1, [])).toBe('1 message')
    const deed = { key: '', user_id: 'ada', written_at: 1 }
    const react = { ...deed, act: { do: 'react', post: 'p', emoji: 'x', on: true } } as const
    const edit = { ...deed, act: { do: 'edit', post: 'p', channel: 'c', message: 'x' } } as const
    expect(waitingText(2, [react, edit, react])).toBe('2 messages, 1 edit and 2 reactions')
  })
})

const JSON_TYPE = { 'content-type': 'application/json' }

describe('what is read while the server is away', () => {
  const item = (c: Client) => sidebar(c.store, 't')[0]?.items[0]

  test('is told to the server when it is back', async () => {
    const { client } = await page()
    ship.post('bo', 'one')
    await settle()
    unplug(ship)
    await settle()
    client.reading.atBottom = true
    await client.reading.openChannel('c')
    await settle()
    expect(item(client)?.unread).toBe(false)
    expect(client.writing.unsent).toBe(1)
    await back()
    expect(ship.member.last_viewed_at).toBe(ship.channel.last_post_at)
    expect(client.writing.unsent).toBe(0)
  })

  test('does not take along what was written meanwhile', async () => {
    const { client } = await page()
    ship.post('bo', 'one')
    await settle()
    unplug(ship)
    await settle()
    await client.reading.openChannel('c')
    await settle()
    client.reading.leave()
    const unseen = ship.post('bo', 'two')
    await back()
    expect(ship.member.last_viewed_at).toBe(unseen.create_at - 1)
    expect(item(client)?.unread).toBe(true)
    expect(client.writing.unsent).toBe(0)
  })

  test('does not go back behind what another device has read', async () => {
    const { client } = await page()
    ship.post('bo', 'one')
    await settle()
    unplug(ship)
    await settle()
    await client.reading.openChannel('c')
    await settle()
    client.reading.leave()
    ship.post('bo', 'two')
    const last_viewed_at = ship.channel.last_post_at
    ship.member = { ...ship.member, last_viewed_at, msg_count_root: 2 }
    await back()
    expect(asked(/view|set_unread/)).toEqual([])
    expect(item(client)?.unread).toBe(false)
  })
})

describe('a device whose clock is wrong', () => {
  test('sends what was written in that order, also when the clock is set back between', async () => {
    let now = 5_000_000
    ship.post('bo', 'zero')
    const { client: first, socket } = await page({ now: () => now })
    await first.reading.openChannel('c')
    await settle()
    unplug(ship)
    await settle()
    await first.writing.send('c', 'one')
    await first.cache.saveNow()
    socket.stop()
    now = 10
    const second = await reader({ now: () => now })
    await second.writing.send('c', 'two')
    expect(texts(second)).toEqual(['zero', '(one)', '(two)'])
    await back()
    expect(ship.posts.map(p => p.message)).toEqual(['zero', 'one', 'two'])
  })

  test.each([1, 9e12])('shows the line of what is new by the times of the server (%s)', async now => {
    const client = await reader({ now: () => now })
    ship.post('bo', 'seen')
    await settle()
    client.reading.leave()
    const news = ship.post('bo', 'not seen')
    await settle()
    await client.reading.openChannel('c')
    const kinds = channelRows(client.store, 'c').map(r => (r.kind === 'post' ? r.id : r.kind))
    expect(kinds.slice(-2)).toEqual(['new', news.id])
  })
})

/** The same each time: a number from 0 to below `n`. */
function dice(seed: number): (n: number) => number {
  let s = seed * 2_654_435_761
  return n => {
    s = (Math.imul(s ^ (s >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0
    return Math.floor((s / 2 ** 32) * n)
  }
}

describe('whatever happens in whatever order', () => {
  test.each(Array.from({ length: 20 }, (_, i) => i + 1))(
    'the reader ends with what the server has (%i)',
    async seed => {
      const roll = dice(seed)
      ship.resumes = roll(2) === 0
      ship.pause = () => new Promise(r => setTimeout(r, roll(4)))
      ship.post('bo', 'first')
      // A clock of its own, which jumps.
      const client = await reader({ now: () => roll(1e9) })
      const written: string[] = []
      const some = (who?: string) => {
        const all = ship.posts.filter(p => p.delete_at === 0 && (!who || p.user_id === who))
        return all[roll(all.length)]?.id
      }
      for (let i = 0; i < 40; i++) {
        const id = some(roll(2) === 0 ? 'ada' : undefined)
        const what = roll(11)
        if (what < 2) ship.post('bo', `bo ${i}`)
        else if (what === 2) {
          written.push(`ada ${i}`)
          await client.writing.send('c', `ada ${i}`)
        } else if (what === 3 && id) ship.change(id, { message: `changed ${i}` })
        else if (what === 4 && id && roll(3) === 0) ship.remove(id)
        else if (what === 5 && id) ship.react('bo', id, '+1', roll(2) === 0)
        else if (what === 6 && id) await client.writing.toggleReaction(id, '+1')
        else if (what === 7 && id && client.store.known(id)) await client.writing.edit(id, `edited ${i}`)
        else if (what === 8 && id && client.store.known(id) && roll(3) === 0) await client.writing.remove(id)
        else if (what === 9) unplug(ship)
        else if (what === 10) {
          ship.up = true
          sockets.at(-1)?.hurry()
        }
        if (roll(3) === 0) await settle(roll(4))
      }
      ship.up = true
      sockets.at(-1)?.hurry()
      await settle(150)
      expect(client.writing.unsent).toBe(0)
      const there = ship.posts.filter(p => p.delete_at === 0).sort((a, b) => a.create_at - b.create_at)
      expect(texts(client)).toEqual(there.map(p => p.message))
      for (const p of there)
        expect(thumbs(client, p.id).sort(), p.message).toEqual(
          (p.metadata?.reactions ?? []).map(r => `${r.user_id} ${r.emoji_name}`).sort(),
        )
      const own = ship.posts.filter(p => p.pending_post_id)
      expect(own).toHaveLength(written.length)
      expect(own.map(p => p.pending_post_id)).toEqual([...new Set(own.map(p => p.pending_post_id))])
    },
  )
})

describe('signing out', () => {
  test('of a session that was ended elsewhere deletes what was read, and keeps what was written', async () => {
    ship.post('bo', 'secret')
    const client = await reader()
    client.drafts.write('c', { text: 'half a thought' })
    await settle()
    unplug(ship)
    await settle()
    await client.writing.send('c', 'not sent')
    await client.cache.saveNow()
    ship.revoked = true
    await back()
    expect(client.phase.peek()).toBe('signed-out')
    expect(client.store.knownUsers()).toEqual([])
    const db = await Db.open(factory, IDBKeyRange)
    expect([
      await db.session(),
      await db.users(),
      await db.logs(),
      await db.findPosts(() => true, 9),
    ]).toEqual([undefined, [], [], []])
    expect((await db.outbox()).map(e => e.message)).toEqual(['not sent'])
    ship.revoked = false
    const again = await reader()
    await settle(20)
    expect(texts(again)).toEqual(['secret', 'not sent'])
    expect(again.store.draft('c').peek()).toBe('half a thought')
  })

  test('what answers after it is not written to the device any more', async () => {
    ship.post('bo', 'secret')
    const client = await reader()
    ship.pause = () => new Promise(r => setTimeout(r, 15))
    const late = client.threads.load('t')
    const saved = client.saved.load()
    await client.logout()
    await Promise.all([late, saved])
    client.drafts.write('c', { text: 'too late' })
    client.drafts.settle('c')
    await settle(20)
    const db = await Db.open(factory, IDBKeyRange)
    expect([await db.note('saved'), await db.drafts(), await db.session()]).toEqual([
      undefined,
      [],
      undefined,
    ])
  })
})

test('what came while the link was away is called read, where its reader looks on', async () => {
  const client = await reader()
  unplug(ship)
  await settle()
  const said = ship.post('bo', 'while you were away')
  ship.asked = []
  await back()
  expect(texts(client)).toEqual(['while you were away'])
  expect(ship.member.last_viewed_at).toBe(said.create_at)
})
