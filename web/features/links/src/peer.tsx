import type { PeerState } from '@fieldpost/api'
import { ACTIONS, type LinkAction, type LinkView, type Step } from '@fieldpost/core/links'
import { Button, Icon, type IconName } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useId } from 'preact/hooks'
import { Budget } from './budget.tsx'
import { Bundles } from './bundles.tsx'
import type { Deeds } from './deeds.ts'
import { Files } from './files.tsx'
import { Traffic } from './traffic.tsx'

/** A shape for each state, since colour alone tells not everybody. */
const SHAPES: Record<PeerState, IconName> = {
  connected: 'ok',
  down: 'warn',
  paused: 'pause',
  silent: 'silent',
  closed: 'clock',
}
const STEPS = {
  'in step': { icon: 'check', word: 'links.stepEqual' },
  'catching up': { icon: 'retry', word: 'links.stepMoving' },
  differs: { icon: 'differs', word: 'links.stepDiffers' },
  'not compared yet': { icon: 'clock', word: 'links.stepUnknown' },
  'waits for the other side': { icon: 'clock', word: 'links.stepWaits' },
} as const satisfies Record<Step, { icon: IconName; word: string }>

function Shares({ view, deeds }: { view: LinkView; deeds: Deeds }) {
  if (view.shares.length === 0)
    return (
      <p class="hint">
        {view.shareAll ? t('links.noChannels') : t('links.nothingShared', { site: view.site })}
      </p>
    )
  return (
    <ul class="shares">
      {view.shares.map(s => (
        <li key={s.channel}>
          <span class="grow cut ours">
            <Icon name="hash" /> {s.name} <small>{s.team}</small>
            {s.reading && <small> · {s.reading}</small>}
          </span>
          <span class={`step ${s.step === 'differs' ? 'differs' : ''}`}>
            <Icon name={STEPS[s.step].icon} /> {t(STEPS[s.step].word)}
          </span>
          {s.peerWrites !== undefined && (
            <Button look="quiet" onClick={() => void deeds.setWrites(view, s.channel, !s.peerWrites)}>
              {t(s.peerWrites ? 'links.letRead' : 'links.letWrite')}
              <span class="vh"> {s.channel}</span>
            </Button>
          )}
          <Button look="quiet" onClick={() => void deeds.unshare(view, s.channel)}>
            {t('links.stop')}
            <span class="vh"> {s.channel}</span>
          </Button>
        </li>
      ))}
    </ul>
  )
}

/** Whether people of both sites may write to each other, and what is to be done about it. */
function Direct({ view, deeds }: { view: LinkView; deeds: Deeds }) {
  if (!view.direct) return null
  const { here, text } = view.direct
  return (
    <>
      <div class="sharing">
        <h3 class="grow">{t('links.direct')}</h3>
        <Button
          look={here ? 'quiet' : ''}
          onClick={() => void (here ? deeds.endDirect(view) : deeds.allowDirect(view))}
        >
          {t(here ? 'links.directEnd' : 'links.directAllow')}
          <span class="vh"> {t('links.with', { site: view.site })}</span>
        </Button>
      </div>
      <p class="hint">{text}</p>
    </>
  )
}

/** What the other site offers, with an answer to each. */
function Offers({ view, deeds }: { view: LinkView; deeds: Deeds }) {
  const id = useId()
  if (view.offers.length === 0) return null
  return (
    <section class="offers" aria-labelledby={id}>
      <h3 id={id}>{t('links.offeredBy', { site: view.site })}</h3>
      <p class="hint">{t('links.offersText')}</p>
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
              {t('links.accept')}
              <span class="vh"> {o.channel}</span>
            </Button>
            <Button look="quiet" onClick={() => void deeds.decline(view, o)}>
              {t('links.decline')}
              <span class="vh"> {o.channel}</span>
            </Button>
          </li>
        ))}
      </ul>
      {view.moreOffers > 0 && <p class="hint">{t('links.moreOffers', { count: view.moreOffers })}</p>}
    </section>
  )
}

function Change({ view, deeds }: { view: LinkView; deeds: Deeds }) {
  const id = useId()
  const all: LinkAction[] = [...view.actions, 'remove']
  return (
    <details class="change">
      <summary>
        {t('links.change')}
        <span class="vh"> {t('links.with', { site: view.site })}</span>
      </summary>
      <ul>
        {all.map(a => (
          <li key={a}>
            <Button
              look={a === 'remove' ? 'danger' : ''}
              aria-describedby={`${id}${a}`}
              onClick={() => void deeds.change(view, a)}
            >
              {t(ACTIONS[a].label)}
            </Button>
            <span id={`${id}${a}`}>{t(ACTIONS[a].explain, { site: view.site })}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}

/** One linked site. */
export function PeerCard({
  view,
  deeds,
  now,
  onShare,
}: {
  view: LinkView
  deeds: Deeds
  now: number
  onShare: () => void
}) {
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
        {view.beyond && <p class="beyond">{view.beyond}</p>}
        {view.clock && (
          <p class="clock">
            <Icon name="warn" /> {view.clock}
          </p>
        )}
      </header>
      <dl class="figures">
        <div>
          <dt>{t('links.lastContact')}</dt>
          <dd>
            {view.contact}
            {view.roundTrip && <small>{view.roundTrip}</small>}
            {view.rates && <small>{view.rates}</small>}
            {view.loss && <small>{view.loss}</small>}
          </dd>
        </div>
        <div>
          <dt>{t('links.waiting')}</dt>
          <dd>
            {view.backlog}
            {view.waits && <small>{view.waits}</small>}
            {view.clear && <small>{view.clear}</small>}
          </dd>
        </div>
        <div>
          <dt>{t('links.sent')}</dt>
          <dd>{view.sent}</dd>
        </div>
        <div>
          <dt>{t('links.received')}</dt>
          <dd>{view.received}</dd>
        </div>
      </dl>
      <Traffic view={view} deeds={deeds} now={now} />
      <Offers view={view} deeds={deeds} />
      <div class="sharing">
        <h3 class="grow">{t('links.sharedChannels')}</h3>
        <Button onClick={onShare}>
          <Icon name="plus" /> {t('links.share')}
          <span class="vh"> {t('links.with', { site: view.site })}</span>
        </Button>
      </div>
      {view.shareAll && (
        <div class="everything">
          <p class="hint grow">{t('links.allShared2')}</p>
          <Button look="quiet" onClick={() => void deeds.unshareAll(view)}>
            {t('links.stopAll')}
            <span class="vh"> {t('links.with', { site: view.site })}</span>
          </Button>
        </div>
      )}
      <Shares view={view} deeds={deeds} />
      <Direct view={view} deeds={deeds} />
      <Budget view={view} deeds={deeds} />
      <Files view={view} deeds={deeds} />
      <Bundles view={view} deeds={deeds} />
      <Change view={view} deeds={deeds} />
    </section>
  )
}
