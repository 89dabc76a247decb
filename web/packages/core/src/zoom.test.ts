import { describe, expect, test } from 'vitest'
import { closer, held, MAX_SCALE, pinched, shifted, WHOLE } from './zoom.ts'

const picture = { width: 400, height: 200 }
const view = { width: 400, height: 400 }

describe('a closer look', () => {
  test('the point under the finger stays there', () => {
    const l = closer(WHOLE, 3, 100, -40)
    // The picture's own point, before and after.
    expect((100 - l.x) / l.scale).toBeCloseTo(100)
    expect((-40 - l.y) / l.scale).toBeCloseTo(-40)
    const back = closer(l, 1 / 3, 100, -40)
    expect(back).toEqual(WHOLE)
  })

  test('never smaller than whole, never beyond the limit', () => {
    expect(closer(WHOLE, 0.2, 50, 50)).toEqual(WHOLE)
    expect(closer(WHOLE, 1_000, 0, 0).scale).toBe(MAX_SCALE)
  })

  test('a whole picture is not moved, an enlarged one as far as its edge', () => {
    expect(held(shifted(WHOLE, 90, 90), picture, view)).toEqual(WHOLE)
    // Twice as large: 400 wider than the window, and as high as it.
    expect(held({ scale: 2, x: 900, y: 900 }, picture, view)).toEqual({ scale: 2, x: 200, y: 0 })
    expect(held({ scale: 2, x: -50, y: 0 }, picture, view)).toEqual({ scale: 2, x: -50, y: 0 })
  })

  test('two fingers enlarge about their middle and take the picture along', () => {
    const l = pinched(
      WHOLE,
      [
        { x: -50, y: 0 },
        { x: 50, y: 0 },
      ],
      [
        { x: -90, y: 10 },
        { x: 110, y: 10 },
      ],
    )
    expect(l).toEqual({ scale: 2, x: 10, y: 10 })
  })
})
