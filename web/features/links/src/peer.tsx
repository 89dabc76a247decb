import type { PeerState } from '@fieldpost/api'
import { ACTIONS, type LinkAction, type LinkView, type Step } from '@fieldpost/core'
import { Button, Icon, type IconName } from '@fieldpost/ui'
import { useId } from 'preact/hooks'
import type { Deeds } from './deeds.ts'

/** A shape for each state, since colour alone tells not everybody. */
const SHAPES: Record<PeerState, IconName> = {
  connected: 'ok',
  down: 'warn',
  paused: 'pause',
  silent: 'silent',
}
const STEPS: Record<Step, IconName> = {
  'in step': 'check',
  'catching up': 'retry',
  differs: 'differs',
  'not compared yet': 'clock',
  'waits for the other side': 'clock',
}

function Shares({ view, deeds }: { view: LinkView; deeds: Deeds }) {
  if (view.shares.length === 0)
    return (
      <p class="hint">
        {view.shareAll
          ? 'There are no team channels yet.'
          : `Nothing yet: ${view.site} learns nothing of this site’s channels.`}
      </p>
    )
  return (
    <ul class="shares">
      {view.shares.map(s => (
        <li key={s.channel}>
          <span class="grow cut">
            <Icon name="hash" /> {s.name} <small>{s.team}</small>
          </span>
          <span class={`step ${s.step === 'differs' ? 'differs' : ''}`}>
            <Icon name={STEPS[s.step]} /> {s.step}
          </span>
          <Button look="quiet" onClick={() => void deeds.unshare(view, s.channel)}>
            Stop sharing<span class="vh"> {s.channel}</span>
          </Button>
        </li>
      ))}
    </ul>
  )
}

/** What the other site offers, with an answer to each. */
function Offers({ view, deeds }: { view: LinkView; deeds: Deeds }) {
  const id = useId()
  if (view.offers.length === 0) return null
  return (
    <section class="offers" aria-labelledby={id}>
      <h3 id={id}>Offered by {view.site}</h3>
      <p class="hint">
        Nothing of these passes before they are accepted. Then what is written in them, here too, is kept the
        same on both sides.
      </p>
      <ul class="shares">
        {view.offers.map(o => (
          <li key={o.id} data-offer={o.id}>
            <span class="grow">
              <Icon name="hash" /> {o.title} <small>{o.detail}</small>
            </span>
            <span class="step">
              <Icon name="clock" /> {o.since}
            </span>
            <Button onClick={() => void deeds.accept(view, o)}>
              Accept<span class="vh"> {o.channel}</span>
            </Button>
            <Button look="quiet" onClick={() => void deeds.decline(view, o)}>
              Decline<span class="vh"> {o.channel}</span>
            </Button>
          </li>
        ))}
      </ul>
      {view.moreOffers > 0 && <p class="hint">And {view.moreOffers} more, once these are answered.</p>}
    </section>
  )
}

function Change({ view, deeds }: { view: LinkView; deeds: Deeds }) {
  const id = useId()
  const all: LinkAction[] = [...view.actions, 'remove']
  return (
    <details class="change">
      <summary>
        Change this link<span class="vh"> with {view.site}</span>
      </summary>
      <ul>
        {all.map(a => (
          <li key={a}>
            <Button
              look={a === 'remove' ? 'danger' : ''}
              aria-describedby={`${id}${a}`}
              onClick={() => void deeds.change(view, a)}
            >
              {ACTIONS[a].label}
            </Button>
            <span id={`${id}${a}`}>{ACTIONS[a].explain(view.site)}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}

/** One linked site. */
export function PeerCard({ view, deeds, onShare }: { view: LinkView; deeds: Deeds; onShare: () => void }) {
  const id = useId()
  return (
    <section class="peer" aria-labelledby={id} data-site={view.id}>
      <header>
        <h2 id={id} class="cut">
          {view.site}
        </h2>
        <span class={`state ${view.state}`}>
          <Icon name={SHAPES[view.state]} /> {view.word}
        </span>
        <p>
          {view.means} <span class="calls">{view.calls}</span>
          {view.why && <span class="why">{view.why}</span>}
        </p>
        {view.clock && (
          <p class="clock">
            <Icon name="warn" /> {view.clock}
          </p>
        )}
      </header>
      <dl class="figures">
        <div>
          <dt>Last contact</dt>
          <dd>
            {view.contact}
            {view.roundTrip && <small>{view.roundTrip}</small>}
          </dd>
        </div>
        <div>
          <dt>Waiting to be sent</dt>
          <dd>
            {view.backlog}
            {view.clear && <small>{view.clear}</small>}
          </dd>
        </div>
        <div>
          <dt>Sent</dt>
          <dd>{view.sent}</dd>
        </div>
        <div>
          <dt>Received</dt>
          <dd>{view.received}</dd>
        </div>
      </dl>
      <Offers view={view} deeds={deeds} />
      <div class="sharing">
        <h3 class="grow">Shared channels</h3>
        <Button onClick={onShare}>
          <Icon name="plus" /> Share a channel<span class="vh"> with {view.site}</span>
        </Button>
      </div>
      {view.shareAll && (
        <div class="everything">
          <p class="hint grow">All team channels are shared, and those made from now on.</p>
          <Button look="quiet" onClick={() => void deeds.unshareAll(view)}>
            Stop sharing all<span class="vh"> with {view.site}</span>
          </Button>
        </div>
      )}
      <Shares view={view} deeds={deeds} />
      <Change view={view} deeds={deeds} />
    </section>
  )
}
