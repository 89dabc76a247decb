import { ApiError, type Channel, type Freshness, type Rest } from '@fieldpost/api'
import { signal } from '@preact/signals-core'
import { describe, expect, test } from 'vitest'
import type { Context, Platform } from './platform.ts'
import { fromText, News, ownName, siteOf, staleText } from './remote.ts'
import { Store } from './store.ts'

const NOW = 1_700_000_000_000

test('people of another site, by the name behind theirs', () => {
  expect(siteOf({ username: 'alice:hq', remote_id: 'r' })).toBe('hq')
  expect(ownName({ username: 'alice:hq', remote_id: 'r' })).toBe('alice')
  expect(siteOf({ username: 'alice', remote_id: 'r' })).toBe('another site')
  expect(siteOf({ username: 'alice', remote_id: null })).toBe('')
  expect(siteOf(undefined)).toBe('')
  expect([fromText('hq'), fromText('another site')]).toEqual(['from site hq', 'from another site'])
  expect(ownName({ username: 'alice', remote_id: '' })).toBe('alice')
})

test('how old the news is, of those out of reach', () => {
  const f = (site: string, state: Freshness['state'], ago: number): Freshness => ({
    site,
    state,
    last_contact: ago === 0 ? 0 : NOW - ago,
  })
  expect(staleText([f('hq', 'connected', 9e9)], NOW)).toBe('')
  expect(staleText([f('hq', 'paused', 60_000)], NOW)).toBe('')
  expect(staleText([f('hq', 'silent', 7_200_000)], NOW)).toBe('No news from hq for 2 hours')
  expect(staleText([f('hq', 'down', 10_000), f('camp', 'down', 0)], NOW)).toBe(
    'No news from hq for 1 minute · No news from camp yet',
  )
})

describe('asking for news', () => {
  const setUp = (answer: () => Promise<Freshness[]>) => {
    const world = { now: NOW, asked: 0, visible: true, next: () => {} }
    const store = new Store()
    store.link.value = 'online'
    const rest = {
      freshness: () => {
        world.asked++
        return answer()
      },
    } as Partial<Rest> as Rest
    const platform: Partial<Platform> = {
      rest,
      now: () => world.now,
      visible: () => world.visible,
      setTimeout: f => {
        world.next = f
        return 1
      },
      clearTimeout: () => {
        world.next = () => {}
      },
    }
    const context: Context = {
      p: platform as Platform,
      store,
      phase: signal('ready' as const),
      notice: () => {},
      quietly: f => f().catch(() => {}),
      keep: write => write().then(() => true),
      tell: () => {},
    }
    return { world, store, news: new News(context) }
  }
  const shared = { id: 'c', team_id: 't' } as Channel
  const down: Freshness[] = [{ site: 'hq', state: 'down', last_contact: 5 }]
  const settled = () => new Promise<void>(r => setTimeout(r))

  test('of a conversation with people of another site', async () => {
    const { world, news } = setUp(async () => down)
    news.watch({ id: 'x', team_id: '', shared: true } as Channel)
    await settled()
    expect(world.asked).toBe(1)
  })

  test('only of channels of teams, at most once a minute', async () => {
    const { world, news } = setUp(async () => down)
    news.watch({ id: 'x', team_id: '' } as Channel)
    expect(world.asked).toBe(0)
    news.watch(shared)
    news.watch(shared)
    await settled()
    expect(world.asked).toBe(1)
    expect(news.of('c').peek()).toEqual(down)
    world.now += 60_000
    world.next()
    expect(world.asked).toBe(2)
  })

  test('not while nobody looks, nor offline', () => {
    const { world, store, news } = setUp(async () => down)
    world.visible = false
    news.watch(shared)
    world.visible = true
    store.link.value = 'offline'
    news.watch(shared)
    expect(world.asked).toBe(0)
  })

  test.each([
    [404, 'x'],
    [501, 'x'],
    [503, 'api.fieldpost.link.none'],
  ])('never again from a server that answered %i %s', async (status, id) => {
    const { world, news } = setUp(async () => {
      throw new ApiError('refused', status, id, '')
    })
    news.watch(shared)
    await settled()
    world.now += 600_000
    news.watch(shared)
    expect(world.asked).toBe(1)
    expect(news.of('c').peek()).toEqual([])
  })
})
