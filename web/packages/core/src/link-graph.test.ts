import type { LinkPoint, LinkSpan } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { GRAPH, GRAPH_HEIGHT, graphView } from './link-graph.ts'

const NOW = 1_700_000_000_000
const STEP = { hour: 60_000, day: 900_000 }

/** A curve of some steps, the last of which goes on. */
const curve = (points: Partial<LinkPoint>[], span: LinkSpan = 'hour') => ({
  step: STEP[span],
  points: points.map((p, i) => ({
    at: NOW - (points.length - 1 - i) * STEP[span],
    sent_bytes: 0,
    received_bytes: 0,
    loss: null,
    waiting: null,
    connected: true,
    ...p,
  })),
})
const graph = (...points: Partial<LinkPoint>[]) => graphView(curve(points), 'hour', NOW)
const goesOn = { sent_bytes: 1, waiting: 999 }

test('a line is as high as what passed, and the newest stands at the end', () => {
  const g = graph({ sent_bytes: 7_500, received_bytes: 3_750 }, { sent_bytes: 0 }, goesOn)
  const [first, second] = [GRAPH.width - 32, GRAPH.width - 16]
  expect(g?.sent).toBe(`M${first} 0H${second}V100H${GRAPH.width}`)
  expect(g?.received).toBe(`M${first} 50H${second}V100H${GRAPH.width}`)
  expect(g?.top).toBe('1 kbit/s')
})

test('where there was no connection there is no line but a gap', () => {
  const off = { connected: false }
  const g = graph({ sent_bytes: 10 }, off, off, { sent_bytes: 10 }, goesOn)
  expect(g?.gaps).toEqual([{ x: GRAPH.width - 48, width: 32 }])
  expect(g?.sent).toBe(`M${GRAPH.width - 64} 0H${GRAPH.width - 48}M${GRAPH.width - 16} 0H${GRAPH.width}`)
  expect(g?.summary).toContain('Connected 50% of the time.')
})

test('what waited is a bar, also where there was no connection', () => {
  const g = graph({ waiting: 4, connected: false }, { waiting: 0 }, { waiting: 8 }, goesOn)
  const [half, whole] = [GRAPH_HEIGHT - GRAPH.waiting / 2, GRAPH_HEIGHT - GRAPH.waiting]
  expect(g?.waiting).toContain(`V${half}H`)
  expect(g?.waiting).toContain(`V${whole}H${GRAPH.width}`)
  expect(g?.waiting.match(/M/g)).toHaveLength(2)
  expect(g?.topWaiting).toBe('8')
})

test('all of it is said in words', () => {
  const g = graph(
    { sent_bytes: 7_500, received_bytes: 75, loss: 0.031, waiting: 1 },
    { loss: 0, waiting: 0 },
    goesOn,
  )
  expect(g?.summary).toBe(
    'At most 1 kbit/s out and 10 bit/s in. Up to 3.1% of packets lost. At most 1 change waited. ' +
      'Measured since the server began to run, 2 minutes ago.',
  )
  const still = graph({ connected: false, waiting: 0 }, goesOn)
  expect(still?.summary).toMatch(/^There was no connection\. Nothing waited\. Measured/)
  expect(still?.topWaiting).toBe('')
  expect(graph({}, goesOn)?.summary).not.toContain('wait')
})

test('a whole day is not said to begin with the server', () => {
  const day = curve(Array<Partial<LinkPoint>>(96).fill({ sent_bytes: 900 }), 'day')
  const g = graphView(day, 'day', NOW)
  expect(g?.summary).toBe('At most 8 bit/s out and 0 bit/s in.')
  expect(g?.sent.startsWith(`M${GRAPH.width - 950} 0`)).toBe(true)
  expect(g?.from).toBe('24 hours ago')
})

test('of the first step what there is is shown, and of nothing nothing', () => {
  expect(graph({ sent_bytes: 10 })?.sent).toBe(`M${GRAPH.width - 16} 0H${GRAPH.width}`)
  expect(graph()).toBeUndefined()
})
