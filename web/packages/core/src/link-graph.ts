/** How a link was before, as a graph: where its lines run, and what they say in words. */

import type { LinkCurve, LinkPoint, LinkSpan } from '@fieldpost/api'
import { t } from '@fieldpost/words/far'
import { bitsText, percentText } from './link-measures.ts'
import { sinceText } from './time.ts'

const POINTS: Record<LinkSpan, number> = { hour: 60, day: 96 }
const LENGTHS: Record<LinkSpan, number> = { hour: 3_600_000, day: 86_400_000 }

/** What the graph is drawn in: its lines are stretched to the room that there is. */
export const GRAPH = { width: 960, rates: 100, waiting: 40, gap: 12 } as const

/** The height of everything. */
export const GRAPH_HEIGHT = GRAPH.rates + GRAPH.gap + GRAPH.waiting

export interface GraphView {
  /** The lines of what was sent and received, with gaps where there was no connection. */
  sent: string
  received: string
  /** The bars of what waited. */
  waiting: string
  /** Where there was no connection: from where, and how wide. */
  gaps: { x: number; width: number }[]
  /** What the highest line stands for. */
  top: string
  /** What the highest bar stands for; empty if nothing waited. */
  topWaiting: string
  /** When it begins. */
  from: string
  /** All that it shows, in sentences. */
  summary: string
}

/** Runs of neighbours for which something holds: from which on, and up to before which. */
function runs(points: readonly LinkPoint[], holds: (p: LinkPoint) => boolean): [number, number][] {
  const found: [number, number][] = []
  points.forEach((p, i) => {
    const last = found.at(-1)
    if (!holds(p)) return
    if (last?.[1] === i) last[1] = i + 1
    else found.push([i, i + 1])
  })
  return found
}

const rate = (bytes: number, step: number): number => (bytes * 8_000) / step
const round = (n: number): number => Math.round(n * 10) / 10

/** A step is not over yet: what passed in it says too little, unless there is no other. */
const finished = (points: readonly LinkPoint[]): readonly LinkPoint[] =>
  points.length > 1 ? points.slice(0, -1) : points

function summaryText(points: readonly LinkPoint[], span: LinkSpan, step: number, now: number): string {
  const up = points.filter(p => p.connected).length
  const most = (of: (p: LinkPoint) => number) => Math.max(0, ...points.map(of))
  const waited = points.some(p => p.waiting !== null) ? most(p => p.waiting ?? 0) : undefined
  const lost = most(p => p.loss ?? 0)
  const first = points[0]
  return [
    up === 0
      ? t('links.graphNone')
      : t('links.graphMost', {
          out: bitsText(
            rate(
              most(p => p.sent_bytes),
              step,
            ),
          ),
          in: bitsText(
            rate(
              most(p => p.received_bytes),
              step,
            ),
          ),
        }),
    up > 0 && up < points.length && t('links.graphUp', { percent: percentText(up / points.length) }),
    lost > 0 && t('links.graphLost', { percent: percentText(lost) }),
    waited === 0 && t('links.graphStill'),
    waited && t('links.graphWaited', { count: waited }),
    first && points.length < POINTS[span] - 1 && t('links.graphSince', { age: sinceText(first.at, now) }),
  ]
    .filter(Boolean)
    .join(' ')
}

/** The graph of what was measured; nothing as long as nothing was. */
export function graphView(
  { step, points: all }: LinkCurve,
  span: LinkSpan,
  now: number,
): GraphView | undefined {
  const points = finished(all)
  if (points.length === 0) return undefined
  const wide = GRAPH.width / POINTS[span]
  const x = (i: number): number => round(GRAPH.width - (points.length - i) * wide)
  const highest = Math.max(1, ...points.flatMap(p => [p.sent_bytes, p.received_bytes]))
  const most = Math.max(0, ...points.map(p => p.waiting ?? 0))
  const line = (bytes: (p: LinkPoint) => number): string =>
    runs(points, p => p.connected)
      .map(([from, to]) => {
        const y = points.slice(from, to).map(p => round(GRAPH.rates * (1 - bytes(p) / highest)))
        return y.map((at, i) => `${i === 0 ? `M${x(from)} ${at}` : `V${at}`}H${x(from + i + 1)}`).join('')
      })
      .join('')
  const bars = points.map((p, i) => {
    if (!p.waiting) return ''
    const top = round(GRAPH_HEIGHT - GRAPH.waiting * (p.waiting / most))
    return `M${x(i)} ${GRAPH_HEIGHT}V${top}H${x(i + 1)}V${GRAPH_HEIGHT}Z`
  })
  return {
    sent: line(p => p.sent_bytes),
    received: line(p => p.received_bytes),
    waiting: bars.join(''),
    gaps: runs(points, p => !p.connected).map(([from, to]) => ({
      x: x(from),
      width: round(x(to) - x(from)),
    })),
    top: bitsText(rate(highest, step)),
    topWaiting: most > 0 ? String(most) : '',
    from: sinceText(now - LENGTHS[span], now),
    summary: summaryText(points, span, step, now),
  }
}
