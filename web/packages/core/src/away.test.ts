import { ApiError, type FileWhere, type Freshness, type Id, type Rest } from '@fieldpost/api'
import { beforeEach, describe, expect, test } from 'vitest'
import { AwayFiles, awayView, fetchAirText, lacking } from './away.ts'
import { Store } from './store.ts'

const where = (file_id: Id, more: Partial<FileWhere> = {}): FileWhere => ({
  file_id,
  state: 'waits',
  why: 'size',
  asked: false,
  site: 'hq',
  received: 0,
  size: 5_000,
  preview: '',
  preview_asked: false,
  ...more,
})

describe('in words', () => {
  test.each([
    [{ why: 'size' }, 'Too large to come by itself'],
    [{ why: 'thin' }, 'Waits for a better line than the radio'],
    [{ why: 'type' }, 'Of a type that does not come by itself'],
    [{ why: '' }, 'Waits there'],
  ] as const)('what waits says why: %j', (more, text) => {
    expect(awayView(where('a', more), 'whole')).toEqual({ text, share: undefined, deed: 'fetch' })
  })

  test('what comes says how far it is, and can be stopped by whoever asked', () => {
    const comes = where('a', { state: 'comes', received: 1_720 })
    expect(awayView(comes, 'whole')).toEqual({ text: 'Comes: 34 %', share: 0.344, deed: undefined })
    expect(awayView({ ...comes, asked: true }, 'whole').deed).toBe('stop')
    expect(awayView({ ...comes, size: 0 }, 'whole').text).toBe('On its way')
  })

  test('what was asked for and cannot come yet can be taken back', () => {
    const view = awayView(where('a', { asked: true }), 'whole')
    expect(view).toMatchObject({ text: 'Asked for; waits for a line', deed: 'stop' })
  })

  test('what its site does not give is not offered, and a question can be taken back', () => {
    const held = where('a', { why: 'held', site: 'hq' })
    const view = { text: 'hq does not give it', share: undefined, deed: undefined }
    expect(awayView(held, 'whole')).toEqual(view)
    expect(awayView({ ...held, preview: 'waits' }, 'preview')).toEqual(view)
    expect(awayView({ ...held, asked: true }, 'whole')).toEqual({ ...view, deed: 'stop' })
  })

  test('what is nowhere is not offered', () => {
    const view = awayView(where('a', { state: 'missing', why: '' }), 'whole')
    expect(view).toEqual({ text: 'Not here, and no longer to be had', share: undefined, deed: undefined })
  })

  test('of a preview, what is said of all of the file does not count', () => {
    const waits = where('a', { preview: 'waits', asked: true })
    const text = 'Waits for a better line than the radio'
    expect(awayView(waits, 'preview')).toEqual({ text, share: undefined, deed: 'fetch' })
    expect(awayView({ ...waits, why: 'type' }, 'preview').text).toBe('Of a type that does not come by itself')
    const comes = where('a', { preview: 'comes', preview_asked: true, received: 1_000 })
    expect(awayView(comes, 'preview')).toEqual({ text: 'On its way', share: undefined, deed: 'stop' })
  })

  test('how long the rest of it is on the air', () => {
    const thin: Freshness = { site: 'hq', state: 'connected', last_contact: 0, rate: 1_200 }
    const file = where('a', { size: 100_000, received: 50_000 })
    expect(fetchAirText([thin], file)).toBe('about 6 min on the air')
    expect(
      fetchAirText(
        [
          { ...thin, site: 'camp' },
          { site: 'hq', state: 'down', last_contact: 0 },
        ],
        file,
      ),
    ).toBe('')
  })
})

test('what is lacking to look at a file', () => {
  expect(lacking(undefined, true)).toBeUndefined()
  expect(lacking(where('a'), false)).toBe('whole')
  expect(lacking(where('a', { state: 'here' }), false)).toBeUndefined()
  // A picture is looked at by its preview, if it has one.
  expect(lacking(where('a'), true)).toBe('whole')
  expect(lacking(where('a', { preview: 'waits' }), true)).toBe('preview')
  expect(lacking(where('a', { preview: 'here' }), true)).toBeUndefined()
  expect(lacking(where('a', { state: 'here', preview: 'waits' }), true)).toBeUndefined()
})

describe('asking', () => {
  let asked: Id[][]
  let deeds: unknown[]
  let held: Record<Id, FileWhere>
  let visible: boolean
  let timer: { f: () => void; ms: number } | undefined
  let fails: ApiError | undefined
  /** Called while an answer is on its way. */
  let meanwhile: () => Promise<void>
  let store: Store
  let away: AwayFiles

  /** Lets the time come for which was waited; answers how long that was, and 0 if nothing waits. */
  const wait = async (): Promise<number> => {
    const { f, ms } = timer ?? { f: () => {}, ms: 0 }
    timer = undefined
    f()
    await new Promise<void>(r => setTimeout(r))
    return ms
  }
  const told = (id: Id) => away.of(id).peek()

  beforeEach(() => {
    asked = []
    deeds = []
    held = {}
    visible = true
    timer = undefined
    fails = undefined
    meanwhile = async () => {}
    store = new Store()
    store.link.value = 'online'
    const ask = async (_: string, path: string, body: { file_ids: Id[] }) => {
      const found = body.file_ids.flatMap(id => held[id] ?? [])
      if (path.endsWith('/fetch')) deeds.push(body)
      else {
        asked.push(body.file_ids)
        await meanwhile()
      }
      if (fails) throw fails
      return found
    }
    const platform = {
      rest: { ask } as Partial<Rest> as Rest,
      visible: () => visible,
      setTimeout: (f: () => void, ms: number) => {
        timer = { f, ms }
        return 1
      },
      clearTimeout: () => {
        timer = undefined
      },
    }
    away = new AwayFiles(platform, store)
  })

  test('what is on screen is asked for together, every ten seconds, until it is here', async () => {
    held = { a: where('a'), b: where('b', { state: 'here' }) }
    for (const id of ['a', 'b', 'not-mine']) away.follow(id)
    expect(await wait()).toBeLessThan(1_000)
    expect(asked).toEqual([['a', 'b', 'not-mine']])
    expect([told('a')?.state, told('b')?.state, told('not-mine')]).toEqual(['waits', 'here', undefined])
    for (let i = 0; i < 3; i++) expect(await wait()).toBe(10_000)
    expect(asked.slice(1)).toEqual([['a'], ['a'], ['a']])
    held['a'] = where('a', { state: 'here' })
    await wait()
    expect(told('a')?.state).toBe('here')
    expect(await wait()).toBe(0)
    expect(asked).toHaveLength(5)
  })

  test('a picture is settled with its preview only once nothing of it can come', async () => {
    held = { a: where('a', { preview: 'here' }), b: where('b', { state: 'missing', preview: 'comes' }) }
    away.follow('a')
    away.follow('b')
    await wait()
    await wait()
    expect(asked.at(-1)).toEqual(['a', 'b'])
    held = { a: where('a', { state: 'here', preview: 'waits' }), b: where('b', { state: 'missing' }) }
    await wait()
    expect(await wait()).toBe(0)
  })

  test('one that comes on screen is asked for soon, even while others are told of; one that is here never again', async () => {
    held = { a: where('a'), b: where('b', { state: 'here' }) }
    away.follow('a')
    meanwhile = async () => void away.follow('b')
    await wait()
    meanwhile = async () => {}
    expect(await wait()).toBeLessThan(1_000)
    expect(asked.at(-1)).toEqual(['a', 'b'])
    away.follow('b')
    expect(await wait()).toBe(10_000)
    expect(asked.at(-1)).toEqual(['a'])
  })

  test('not while nobody looks, nor offline, nor once it left the screen', async () => {
    held = { a: where('a') }
    const [one, other] = [away.follow('a'), away.follow('a')]
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
    away.follow('a')
    await wait()
    expect(timer?.ms).toBe(10_000)
    fails = new ApiError('refused', 404, 'x', '')
    await wait()
    expect(asked).toHaveLength(2)
    away.follow('b')
    expect(await wait()).toBe(0)
  })

  test('one that somebody asked for is looked after soon, and then ever less often', async () => {
    held = { a: where('a') }
    away.follow('a')
    await wait()
    held['a'] = where('a', { state: 'comes', asked: true })
    await away.ask('a', 'whole', true)
    expect(deeds).toEqual([{ file_ids: ['a'], preview: false, wanted: true }])
    expect(told('a')).toMatchObject({ state: 'comes', asked: true })
    const pauses = []
    for (let i = 0; i < 6; i++) pauses.push(await wait())
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
    held['a'] = where('a', { state: 'here', asked: true })
    await wait()
    expect(await wait()).toBe(0)
  })

  test('a question is taken back, of a preview alone if it was of that', async () => {
    held = { a: where('a', { preview: 'waits' }) }
    away.follow('a')
    await wait()
    await away.ask('a', 'preview', true)
    await away.ask('a', 'preview', false)
    expect(deeds).toEqual([
      { file_ids: ['a'], preview: true, wanted: true },
      { file_ids: ['a'], preview: true, wanted: false },
    ])
  })

  test('what cannot be asked for is told to whoever asked', async () => {
    held = { a: where('a') }
    away.follow('a')
    await wait()
    fails = new ApiError('refused', 403, 'x', 'Not for you.')
    await expect(away.ask('a', 'whole', true)).rejects.toThrow('Not for you.')
    expect(told('a')?.asked).toBe(false)
  })

  test('an answer from before somebody asked does not undo it', async () => {
    held = { a: where('a') }
    away.follow('a')
    meanwhile = async () => {
      held['a'] = where('a', { state: 'comes', asked: true })
      await away.ask('a', 'whole', true)
    }
    await wait()
    expect(told('a')?.state).toBe('comes')
    expect(timer?.ms).toBe(1_000)
  })

  test('nothing is known of them to whoever comes next', async () => {
    held = { a: where('a') }
    away.follow('a')
    await wait()
    away.reset()
    expect(told('a')).toBeUndefined()
    expect(await wait()).toBe(0)
  })
})
