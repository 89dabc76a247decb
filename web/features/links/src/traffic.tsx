/** How a link was in the last hour or day: a graph, and the same in words. */
import type { LinkCurve, LinkSpan } from '@fieldpost/api'
import { GRAPH, GRAPH_HEIGHT, type GraphView, graphView } from '@fieldpost/core/link-graph'
import type { LinkView } from '@fieldpost/core/links'
import { t } from '@fieldpost/words/far'
import { useEffect, useId, useState } from 'preact/hooks'
import type { Deeds } from './deeds.ts'

const SPANS: { span: LinkSpan; label: 'links.lastHour' | 'links.lastDay' }[] = [
  { span: 'hour', label: 'links.lastHour' },
  { span: 'day', label: 'links.lastDay' },
]

/** How long what was heard is current. */
const MINUTE = 60_000

/** The lines. All that they say stands beside them in words. */
function Lines({ graph }: { graph: GraphView }) {
  return (
    <svg viewBox={`0 0 ${GRAPH.width} ${GRAPH_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {graph.gaps.map(g => (
        <g key={g.x} class="gap">
          <rect x={g.x} y={0} width={g.width} height={GRAPH.rates} />
          <path d={`M${g.x} ${GRAPH.rates}h${g.width}`} />
        </g>
      ))}
      <path class="axis" d={`M0 ${GRAPH.rates}H${GRAPH.width}M0 ${GRAPH_HEIGHT}H${GRAPH.width}`} />
      <path class="waits" d={graph.waiting} />
      <path class="received" d={graph.received} />
      <path class="sent" d={graph.sent} />
    </svg>
  )
}

function Key({ graph }: { graph: GraphView }) {
  const kinds = [
    { kind: 'sent', word: t('links.sent'), d: 'M0 5H24' },
    { kind: 'received', word: t('links.received'), d: 'M0 5H24' },
    { kind: 'waits', word: t('links.waiting'), d: 'M4 10V1H20V10Z', only: graph.topWaiting },
    { kind: 'gap', word: t('links.graphGap'), d: 'M0 5H24', only: graph.gaps.length },
  ]
  return (
    <ul class="key">
      {kinds
        .filter(k => k.only !== '' && k.only !== 0)
        .map(k => (
          <li key={k.kind}>
            <svg viewBox="0 0 24 10" aria-hidden="true">
              <g class={k.kind}>
                <path class={k.kind} d={k.d} />
              </g>
            </svg>
            {k.word}
            {k.kind === 'waits' && <small>≤ {graph.topWaiting}</small>}
          </li>
        ))}
    </ul>
  )
}

/** What passed over a link; nothing where the server does not tell. */
export function Traffic({ view, deeds, now }: { view: LinkView; deeds: Deeds; now: number }) {
  const id = useId()
  const [span, choose] = useState<LinkSpan>('hour')
  const [heard, hear] = useState<{ span: LinkSpan; curve: LinkCurve }>()
  const minute = Math.floor(now / MINUTE)
  useEffect(() => {
    let wanted = true
    deeds.curve(view, span).then(
      curve => wanted && hear({ span, curve }),
      // An older server does not tell; of one that is away the page says so above.
      () => undefined,
    )
    return () => {
      wanted = false
    }
  }, [deeds, view.id, span, minute, view.state])
  const graph = heard?.span === span ? graphView(heard.curve, span, now) : undefined
  if (!heard) return null
  return (
    <section class="traffic" aria-labelledby={id}>
      <div class="sharing">
        <h3 id={id} class="grow">
          {t('links.traffic')}
        </h3>
        <div class="tabs" role="group" aria-labelledby={id}>
          {SPANS.map(s => (
            <button key={s.span} type="button" aria-pressed={span === s.span} onClick={() => choose(s.span)}>
              {t(s.label)}
              <span class="vh"> {t('links.with', { site: view.site })}</span>
            </button>
          ))}
        </div>
      </div>
      {graph && (
        <figure>
          <p class="scale" aria-hidden="true">
            {graph.top}
          </p>
          <Lines graph={graph} />
          <p class="scale ends" aria-hidden="true">
            <span>{graph.from}</span>
            <span>{t('time.justNow')}</span>
          </p>
          <Key graph={graph} />
          <figcaption class="hint">{graph.summary}</figcaption>
        </figure>
      )}
    </section>
  )
}
