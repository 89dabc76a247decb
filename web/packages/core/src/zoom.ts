/** How a picture lies in its window while somebody looks closer: enlarged about a point, and moved. */
import type { Box } from './files.ts'

/** `x` and `y` say how far the middle of the picture is from the middle of the view. */
export interface Lens {
  scale: number
  x: number
  y: number
}

export const WHOLE: Lens = { scale: 1, x: 0, y: 0 }
export const MAX_SCALE = 16

/** Keeps the picture where it can be seen: an edge of it never comes further in than the window's own. */
export function held(l: Lens, picture: Box, view: Box): Lens {
  const scale = Math.min(MAX_SCALE, Math.max(1, l.scale))
  const room = (size: number, window: number) => Math.max(0, (size * scale - window) / 2)
  const limit = (v: number, by: number) => Math.min(by, Math.max(-by, v))
  return {
    scale,
    x: limit(l.x, room(picture.width, view.width)),
    y: limit(l.y, room(picture.height, view.height)),
  }
}

/** Enlarged by a factor about a point of the window, which stays over the same point of the picture. */
export function closer(l: Lens, by: number, x: number, y: number): Lens {
  const scale = Math.min(MAX_SCALE, Math.max(1, l.scale * by))
  const real = scale / l.scale
  return { scale, x: x - (x - l.x) * real, y: y - (y - l.y) * real }
}

export const shifted = (l: Lens, dx: number, dy: number): Lens => ({ ...l, x: l.x + dx, y: l.y + dy })

export interface Point {
  x: number
  y: number
}

/** What two fingers did between two moments: they moved their middle, and their distance. */
export function pinched(l: Lens, before: readonly [Point, Point], now: readonly [Point, Point]): Lens {
  const middle = ([a, b]: readonly [Point, Point]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
  const apart = ([a, b]: readonly [Point, Point]) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y))
  const from = middle(before)
  const to = middle(now)
  return shifted(closer(l, apart(now) / apart(before), from.x, from.y), to.x - from.x, to.y - from.y)
}
