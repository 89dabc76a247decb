import { describe, expect, test } from 'vitest'
import { bytesOf, filesView, sized, typesOf } from './link-files.ts'

type Told = Parameters<typeof filesView>[0]

const told = (more: Partial<Told> = {}): Told => ({
  largest: null,
  largest_thin: 20_000,
  types: [],
  waiting: 0,
  waiting_bytes: 0,
  ...more,
})

describe('in words', () => {
  test.each([
    [{}, 'Files of any size come by themselves. Over thin datagrams, those of up to 20 kB.'],
    [{ largest_thin: null }, 'Files of any size come by themselves. Over thin datagrams too.'],
    [{ largest_thin: 0 }, 'Files of any size come by themselves. Over thin datagrams, none.'],
    [
      { largest: 2_500_000, largest_thin: 1_000 },
      'Files of up to 2.5 MB come by themselves. Over thin datagrams, those of up to 1 kB.',
    ],
    // What may be larger over the radio than over any line is no larger there.
    [{ largest: 1_000 }, 'Files of up to 1 kB come by themselves. Over thin datagrams too.'],
    [{ largest: 0, types: ['image/*'] }, 'No file comes by itself.'],
    [
      { largest_thin: null, types: ['image/*', 'application/pdf'] },
      'Files of any size come by themselves. Over thin datagrams too. Only these types: image/* and application/pdf.',
    ],
  ])('%j', (policy, words) => {
    expect(filesView(told(policy), 'hq').comes).toBe(words)
  })

  test.each([
    [{}, ''],
    [{ gives_largest: 5_000_000 }, 'hq is given files of up to 5 MB.'],
    [
      { gives_types: ['image/*', 'text/plain'] },
      'hq is given files of these types only: image/* and text/plain.',
    ],
    [
      { gives_largest: 0, gives_types: ['image/*'] },
      'hq is given files of up to 0 B, of these types only: image/*.',
    ],
  ])('what is given: %j', (policy, words) => {
    expect(filesView(told(policy), 'hq').gives).toBe(words)
  })

  test('how many wait, and how much', () => {
    expect(filesView(told(), 'hq').waiting).toBe('No file waits there.')
    expect(filesView(told({ waiting: 1, waiting_bytes: 5_000 }), 'hq').waiting).toBe(
      '1 file waits there, 5 kB.',
    )
    expect(filesView(told({ waiting: 12, waiting_bytes: 7_300_000 }), 'hq').waiting).toBe(
      '12 files wait there, 7.3 MB.',
    )
  })
})

describe('as it is typed', () => {
  test.each([
    [20_000, '20', 'kB'],
    [500, '0.5', 'kB'],
    [0, '0', 'kB'],
    [1_500_000, '1.5', 'MB'],
    [12_345_678, '12.345678', 'MB'],
    [3_000_000_000, '3', 'GB'],
  ] as const)('%i bytes, and back', (bytes, typed, unit) => {
    expect(sized(bytes, 'MB')).toEqual({ typed, unit })
    expect(bytesOf({ typed, unit })).toBe(bytes)
  })

  test('any size is an empty field', () => {
    expect(filesView(told({ largest: null, largest_thin: null }), 'hq')).toMatchObject({
      largest: { typed: '', unit: 'MB' },
      thin: { typed: '', unit: 'kB' },
    })
    expect(bytesOf({ typed: ' ', unit: 'MB' })).toBeNull()
  })

  test('a number may have a comma, and what is none is refused', () => {
    expect(bytesOf({ typed: ' 2,4 ', unit: 'MB' })).toBe(2_400_000)
    for (const typed of ['much', '-1', '1e3', '.']) expect(bytesOf({ typed, unit: 'kB' })).toBeUndefined()
  })

  test('types stand on lines of their own, or between commas', () => {
    expect(typesOf(' image/*\n\napplication/pdf, text/plain ')).toEqual([
      'image/*',
      'application/pdf',
      'text/plain',
    ])
    expect(typesOf(' \n')).toEqual([])
  })
})
