import { ApiError, type Arrival, type Id, type Rest } from '@fieldpost/api'
import { signal } from '@preact/signals-core'
import { beforeEach, expect, test } from 'vitest'
import { Arrivals, arrivalText, isHeldHere } from './arrivals.ts'
import type { Context, Platform } from './platform.ts'
import { Store } from './store.ts'

const at = (site: string, there: boolean): Arrival => ({ site, there })
const post = (id: Id) => ({ id, channel_id: 'c' })

let asked: Id[][]
let held: Record<Id, Arrival[]>
let visible: boolean
let timers: { f: () => void; ms: number }[]
let fails: ApiError | undefined
let store: Store
let arrivals: Arrivals

/** Lets the time come for which was waited; answers how long that was, and 0 if nothing waits. */
const wait = async (): Promise<number> => {
  const timer = timers.pop()
  timer?.f()
  await new Promise<void>(r => setTimeout(r))
  return timer?.ms ?? 0
}
const places = (id: Id) => arrivals.of(id).peek()

beforeEach(() => {
  asked = []
  held = {}
  visible = true
  timers = []
  fails = undefined
  store = new Store()
  store.link.value = 'online'
  const rest = {
    whereabouts: async (_: Id, ids: readonly Id[]) => {
      asked.push([...ids])
      if (fails) throw fails
      return ids.flatMap(id => (held[id] ? [{ post_id: id, sites: held[id] }] : []))
    },
  } as Partial<Rest> as Rest
  const platform: Partial<Platform> = {
    rest,
    visible: () => visible,
    setTimeout: (f, ms) => {
      timers = [{ f, ms }]
      return 1
    },
    clearTimeout: () => {
      timers = []
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
  arrivals = new Arrivals(context)
})

test('in words', () => {
  expect(arrivalText([at('edge', true)])).toBe('At edge')
  expect(arrivalText([at('camp', false), at('edge', false)])).toBe('Not at camp and edge yet')
  expect(arrivalText([at('camp', false), at('edge', true)])).toBe('At edge · Not at camp yet')
})

test('what is on screen is asked for together, ever less often, until it is everywhere', async () => {
  held = { a: [at('edge', false)], b: [at('edge', true)] }
  for (const id of ['a', 'b', 'from-another-site']) arrivals.follow(post(id))
  const first = await wait()
  expect(asked).toEqual([['a', 'b', 'from-another-site']])
  expect([places('a'), places('b')]).toEqual([[at('edge', false)], [at('edge', true)]])
  const second = await wait()
  expect(asked.at(-1)).toEqual(['a'])
  expect(second).toBeGreaterThan(first)
  for (let i = 0; i < 10; i++) await wait()
  expect(timers[0]?.ms).toBe(30_000)
  held['a'] = [at('edge', true)]
  await wait()
  expect(places('a')).toEqual([at('edge', true)])
  expect(await wait()).toBe(0)
})

test('a message that comes is asked for soon, and what is known to be everywhere not again', async () => {
  held = { a: [at('edge', true)], b: [at('edge', false)] }
  arrivals.follow(post('a'))
  const first = await wait()
  arrivals.follow(post('a'))
  expect(await wait()).toBe(0)
  arrivals.follow(post('b'))
  for (let i = 0; i < 5; i++) await wait()
  arrivals.follow(post('c'))
  expect(timers[0]?.ms).toBe(first)
})

test('not while nobody looks, nor offline, nor once it left the screen', async () => {
  held = { a: [at('edge', false)] }
  const [one, other] = [arrivals.follow(post('a')), arrivals.follow(post('a'))]
  visible = false
  await wait()
  visible = true
  store.link.value = 'offline'
  await wait()
  expect(asked).toEqual([])
  store.link.value = 'online'
  one()
  await wait()
  expect(asked).toEqual([['a']])
  other()
  await wait()
  expect(await wait()).toBe(0)
  expect(asked).toEqual([['a']])
})

test('a failure is tried again, and a server without links is left alone', async () => {
  fails = new ApiError('offline', 0, '', '')
  arrivals.follow(post('a'))
  await wait()
  fails = new ApiError('refused', 404, 'x', '')
  await wait()
  expect(asked).toHaveLength(2)
  arrivals.follow(post('b'))
  expect(await wait()).toBe(0)
})

test('nothing is known of them to whoever comes next', async () => {
  held = { a: [at('edge', true)] }
  arrivals.follow(post('a'))
  await wait()
  arrivals.reset()
  expect(places('a')).toEqual([])
})

test('what no other site is known to have waits here, if there is another site', () => {
  expect(isHeldHere([])).toBe(false)
  expect(isHeldHere([at('edge', false), at('camp', false)])).toBe(true)
  expect(isHeldHere([at('edge', true), at('camp', false)])).toBe(false)
})
