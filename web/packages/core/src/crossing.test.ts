/** Answers and events that cross on their way, each as it once went wrong. */
import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Client } from './client.ts'
import { Browser } from './model/browser.ts'
import { Model } from './model/server.ts'
import { tabAt } from './model/tab.ts'
import { Time } from './model/time.ts'
import { channelRows, unreadOf } from './views.ts'

let time: Time
let model: Model
let browser: Browser

beforeEach(() => {
  time = new Time()
  model = new Model(time, () => 0)
  browser = new Browser()
})

/** A page that stands, at a channel if one is named. */
async function reader(at = ''): Promise<Client> {
  const c = await tabAt(model, browser, 'one', false)
  await time.pass(10_000)
  if (at) await Promise.all([c.reading.openChannel(at), time.pass(5_000)])
  return c
}

/** Does something while the answers to `what` are on their way. */
async function meanwhile(what: RegExp, ask: () => Promise<unknown>, f: () => void): Promise<void> {
  model.held = what
  const done = ask()
  await time.pass(1_000)
  f()
  await time.pass(1_000)
  model.held = undefined
  await Promise.all([done, time.pass(10_000)])
}

async function away(c: Client, f: () => unknown): Promise<void> {
  model.plug(false)
  model.forget()
  await time.pass(100)
  f()
  model.plug(true)
  c.platform.socket.hurry()
  await time.pass(10_000)
}

const texts = (c: Client, channel: string) =>
  channelRows(c.store, channel).flatMap(r => {
    const p = r.kind === 'post' ? c.store.post(r.id).peek() : undefined
    return p ? [p.message] : r.kind === 'pending' ? [`(${r.entry.message})`] : []
  })
const counts = (c: Client, id: string) => {
  const ch = c.store.channels.peek().get(id)
  const m = c.store.members.peek().get(id)
  if (!ch || !m) return undefined
  return { unread: ch.total_msg_count_root - m.msg_count_root, mentions: unreadOf(ch, m).mentions }
}
const replies = (c: Client, root: string) =>
  c.store
    .replies(root)
    .peek()
    .flatMap(id => c.store.post(id).peek()?.message ?? [])

describe('what is counted', () => {
  test('a mention between the reading of the lists and the greeting of the connection counts', async () => {
    model = new Model(time, () => 3)
    const c = await tabAt(model, browser, 'one', false)
    while (!model.asked.some(x => x.endsWith('/channels/members'))) await time.pass(50)
    model.say('bo', 'engine', '@ada', { mention: true })
    expect(c.phase.peek()).not.toBe('ready')
    await time.pass(20_000)
    expect(counts(c, 'engine')).toEqual({ unread: 1, mentions: 1 })
  })

  test('what is counted while the lists are read again counts once, before them or after', async () => {
    const c = await reader()
    await meanwhile(
      /channels$|channels\/members/,
      () => c.places.load(),
      () => {
        model.say('bo', 'engine', '@ada', { mention: true })
      },
    )
    expect(counts(c, 'engine')).toEqual({ unread: 1, mentions: 1 })
  })

  test('a channel is not read again for ever because somebody goes on writing in it', async () => {
    const c = await reader()
    void c.places.load()
    for (let i = 0; i < 60; i++) {
      model.say('bo', 'engine', `and ${i}`)
      await time.pass(500)
    }
    expect(model.asked.filter(x => x.endsWith('/channels/engine')).length).toBeLessThan(6)
  })

  test('whoever is taken out of a channel while the lists are read is not in it', async () => {
    const c = await reader()
    await meanwhile(
      /channels$|channels\/members/,
      () => c.places.load(),
      () => model.putOut('engine'),
    )
    expect(c.store.channels.peek().has('engine')).toBe(false)
  })

  test('who was taken into a channel is in it, although the answer that said so was lost', async () => {
    model.members.delete('engine')
    const c = await reader()
    model.takeIn('engine')
    model.loseAnswers = 2
    await time.pass(20_000)
    expect(counts(c, 'engine')).toEqual({ unread: 0, mentions: 0 })
  })

  test('the lists are read again where their answer was lost', async () => {
    const c = await reader()
    await away(c, () => {
      model.say('bo', 'engine', '@ada', { mention: true })
      model.loseAnswers = 20
    })
    model.loseAnswers = 0
    await time.pass(60_000)
    expect(counts(c, 'engine')).toEqual({ unread: 1, mentions: 1 })
  })

  test('a message that says what changed about its channel is not counted twice', async () => {
    const c = await reader()
    // The event about the channel comes first, and its counts know of the message already.
    const before = model.channels.get('engine')
    if (before) model.channels.set('engine', { ...before, total_msg_count: 1, total_msg_count_root: 1 })
    model.rename('engine', 'new')
    const renamed = model.channels.get('engine')
    if (renamed) model.channels.set('engine', { ...renamed, total_msg_count: 0, total_msg_count_root: 0 })
    model.say('bo', 'engine', 'Bo changed the header.')
    await time.pass(1_000)
    expect(counts(c, 'engine')).toEqual({ unread: 1, mentions: 0 })
    expect(c.store.channels.peek().get('engine')?.header).toBe('new')
  })

  test('a message that an answer brought before its event is counted', async () => {
    const c = await reader('deck')
    c.reading.setAtBottom('deck', false)
    const p = model.say('bo', 'deck', 'hello')
    c.store.putPosts([p])
    await time.pass(5_000)
    expect(counts(c, 'deck')).toEqual({ unread: 1, mentions: 0 })
  })

  test('what others wrote before one’s own message is read by it, though one hears of it later', async () => {
    const c = await reader('deck')
    c.reading.leave()
    // Its answer comes at once, the events a moment later.
    model.roll = n => (n === 6 ? 5 : 0)
    model.say('bo', 'deck', '@ada', { mention: true })
    await Promise.all([c.writing.send('deck', 'yes?'), time.pass(5_000)])
    expect(counts(c, 'deck')).toEqual({ unread: 0, mentions: 0 })
  })

  test('a reply of one’s own does not say that the channel was read', async () => {
    const root = model.say('bo', 'engine', 'well?')
    const c = await reader()
    await Promise.all([c.writing.send('engine', 'well.', root.id), time.pass(5_000)])
    expect(counts(c, 'engine')).toEqual({ unread: 1, mentions: 0 })
    expect(model.members.get('engine')?.msg_count_root).toBe(0)
  })
})

describe('what is shown', () => {
  test('what is written while a channel is opened for the first time', async () => {
    model.say('bo', 'deck', 'before')
    const c = await reader()
    await meanwhile(
      /posts/,
      () => c.reading.openChannel('deck'),
      () => void model.say('bo', 'deck', 'now'),
    )
    expect(texts(c, 'deck')).toEqual(['before', 'now'])
  })

  test('what is written while the connection begins, and the channel is read', async () => {
    model.say('bo', 'deck', 'before')
    const c = await reader('deck')
    c.reading.leave()
    c.store.log('deck').broken()
    model.held = /posts/
    const done = c.reading.openChannel('deck')
    await time.pass(1_000)
    model.forget()
    model.say('bo', 'deck', 'unheard')
    await time.pass(5_000)
    model.held = undefined
    await Promise.all([done, time.pass(10_000)])
    expect(texts(c, 'deck')).toEqual(['before', 'unheard'])
  })

  test('what is on screen is read again where the answer was lost', async () => {
    const c = await reader('deck')
    await away(c, () => {
      model.say('bo', 'deck', 'unheard')
      model.losing = /channels\/deck\/posts/
    })
    expect(texts(c, 'deck')).toEqual([])
    model.losing = undefined
    await time.pass(5_000)
    expect(texts(c, 'deck')).toEqual(['unheard'])
  })

  test('what was written in a channel on screen while its reader was not in it', async () => {
    const c = await reader('engine')
    model.putOut('engine')
    await time.pass(1_000)
    model.say('bo', 'engine', 'unheard')
    model.takeIn('engine')
    await time.pass(5_000)
    expect(texts(c, 'engine')).toEqual(['unheard'])
  })

  test('what is saved while the list of it is read, and what is in a list whose answer was lost', async () => {
    const p = model.say('bo', 'deck', 'keep')
    const q = model.say('bo', 'deck', 'keep too')
    const c = await reader('deck')
    await meanwhile(
      /preferences$/,
      () => c.saved.load(),
      () => model.remember(p.id, true),
    )
    expect([...c.saved.posts.peek()]).toEqual([p.id])
    model.saved.add(q.id)
    model.loseAnswers = 1
    await Promise.all([c.saved.load(), time.pass(5_000)])
    expect([...c.saved.posts.peek()].sort()).toEqual([p.id, q.id].sort())
  })

  test('a post that was deleted while an answer was on its way does not come back', async () => {
    const p = model.say('bo', 'deck', 'secret')
    const c = await reader()
    await meanwhile(
      /posts/,
      () => c.reading.openChannel('deck'),
      () => void model.remove(p.id),
    )
    expect(texts(c, 'deck')).toEqual([])
  })

  test('an edit and a reaction are not undone by an answer that does not know them', async () => {
    const p = model.say('bo', 'deck', 'mistkae')
    const q = model.say('bo', 'deck', 'nice')
    const c = await reader()
    await meanwhile(
      /posts/,
      () => c.reading.openChannel('deck'),
      () => {
        model.change(p.id, { message: 'mistake' })
        model.react('bo', q.id, '+1', true)
      },
    )
    expect(texts(c, 'deck')).toEqual(['mistake', 'nice'])
    expect(c.store.post(q.id).peek()?.metadata?.reactions).toHaveLength(1)
  })

  test('one’s own message is there once, sent, when the server has it and its answer was lost', async () => {
    const c = await reader('deck')
    // The server makes it, and neither its answer nor its event arrives.
    model.held = /POST .*\/posts$/
    model.forget()
    // What was missed is read.
    await Promise.all([c.writing.send('deck', 'once'), time.pass(5_000)])
    expect([texts(c, 'deck'), c.writing.unsent]).toEqual([['once'], 1])
    model.held = undefined
    await time.pass(60_000)
    expect([model.posts.size, c.writing.unsent, texts(c, 'deck')]).toEqual([1, 0, ['once']])
  })

  test('only a message that may be there already is taken for one that waits', async () => {
    const base = model.say('ada', 'deck', 'ok')
    const { store } = await reader('deck')
    const pending_post_id = 'ada:5'
    const waits = { pending_post_id, written_at: 5, user_id: 'ada', channel_id: 'deck', root_id: '' } as const
    const own = (id: string, at: number) => ({ ...base, id, create_at: at, update_at: at })
    // Not sent yet: another device has written the same.
    store.outbox.value = [{ ...waits, message: 'ok', files: [] }]
    store.putPosts([own('a', 9_000_000)])
    // Older than what was read when it was sent.
    store.outbox.value = [{ ...waits, message: 'ok', files: [], tried: true }]
    store.putPosts([own('b', 1)])
    store.putPosts([own('c', 9_000_001)])
    expect(['a', 'b', 'c'].map(id => store.rowKey(id))).toEqual(['a', 'b', pending_post_id])
  })

  test('a late message older than all that is shown comes with its neighbours', async () => {
    for (let i = 0; i < 80; i++) {
      model.age(1_000)
      model.say('bo', 'deck', `${i}`)
    }
    const c = await reader('deck')
    expect(texts(c, 'deck')).toHaveLength(60)
    model.say('bo', 'deck', 'late', { late: 75_500 })
    await time.pass(1_000)
    expect(texts(c, 'deck')[0]).toBe('20')
    await Promise.all([c.reading.loadOlder('deck'), time.pass(5_000)])
    expect(texts(c, 'deck').slice(0, 8)).toEqual(['0', '1', '2', '3', 'late', '4', '5', '6'])
  })
})

describe('threads', () => {
  test('a reply that was deleted while away is not there any more', async () => {
    const root = model.say('ada', 'deck', 'why?')
    const gone = model.say('bo', 'deck', 'because', { root: root.id })
    model.say('bo', 'deck', 'no idea', { root: root.id })
    const c = await reader('deck')
    await Promise.all([c.reading.openThread(root.id), time.pass(1_000)])
    expect(replies(c, root.id)).toEqual(['because', 'no idea'])
    await away(c, () => model.remove(gone.id))
    await Promise.all([c.reading.openThread(root.id), time.pass(1_000)])
    expect(replies(c, root.id)).toEqual(['no idea'])
    expect(c.store.post(root.id).peek()?.reply_count).toBe(1)
  })

  test('a reply that was deleted is one less, whether its thread was opened or not', async () => {
    const root = model.say('ada', 'deck', 'why?')
    const gone = model.say('bo', 'deck', 'because', { root: root.id })
    model.say('bo', 'deck', 'no idea', { root: root.id })
    const c = await reader('deck')
    model.remove(gone.id)
    model.stutter()
    await time.pass(1_000)
    expect(c.store.post(root.id).peek()?.reply_count).toBe(1)
  })

  test('an edit of the first message does not forget who answered', async () => {
    const root = model.say('ada', 'deck', 'why?')
    model.say('bo', 'deck', 'because', { root: root.id })
    const c = await reader('deck')
    model.change(root.id, { message: 'why, really?' })
    await time.pass(1_000)
    const p = c.store.post(root.id).peek()
    expect([p?.message, p?.reply_count, p?.participants, (p?.last_reply_at ?? 0) > 0]).toEqual([
      'why, really?',
      1,
      [{ id: 'bo' }],
      true,
    ])
  })

  test('a reply that the first message knows already is not counted again', async () => {
    const root = model.say('ada', 'deck', 'why?')
    const c = await reader('deck')
    const reply = model.say('bo', 'deck', 'because', { root: root.id })
    const told = model.posts.get(root.id)
    if (told) c.store.putPosts([told])
    await time.pass(1_000)
    expect(c.store.known(reply.id)?.message).toBe('because')
    expect(c.store.post(root.id).peek()?.reply_count).toBe(1)
  })
})

test('a message of another tab is known by its event, though what that tab says of it comes later', async () => {
  const two = await tabAt(model, browser, 'two', false)
  await time.pass(5_000)
  await Promise.all([two.reading.openChannel('deck'), time.pass(1_000)])
  const at = time.now
  const entry = {
    pending_post_id: `ada:${at}`,
    written_at: at,
    user_id: 'ada',
    channel_id: 'deck',
    root_id: '',
    message: 'from one',
    files: [],
  } as const
  model.say('ada', 'deck', 'from one', { pending: entry.pending_post_id })
  await time.pass(100)
  await two.platform.db.putOutbox({ ...entry, files: [] })
  await Promise.all([two.writing.load('ada'), time.pass(10)])
  expect(texts(two, 'deck')).toEqual(['from one'])
})

test('whoever is only kept is not in sight', async () => {
  const { store, cache } = await reader()
  const bo = store.knownUser('bo')
  if (bo) store.putUsers([{ ...bo, id: 'cem', username: 'cem' }])
  await Promise.all([cache.saveNow(), time.pass(1_000)])
  expect(store.knownUser('cem')?.username).toBe('cem')
  expect(store.doubtUsers()).toEqual([])
})
