/** Links to other sites: what the administrator's page draws, and the book that keeps it current. */

import {
  ApiError,
  type Backlog,
  type Beyond,
  type Bundle,
  type Channel,
  type LinkReport,
  type LinkRest,
  type OfferedChannel,
  type Peer,
  type PeerState,
  type SharedChannel,
} from '@fieldpost/api'
import { listText, numberText } from '@fieldpost/words'
import { t } from '@fieldpost/words/far'
import { type Signal, signal } from '@preact/signals-core'
import { type FilesView, filesView } from './link-files.ts'
import { lossText, ratesText, waitsText } from './link-measures.ts'
import { cannotLink } from './remote.ts'
import { ageText, sinceText, sizeText, utcText } from './time.ts'

const STATES = {
  connected: { word: 'links.connected', means: 'links.connectedText' },
  down: { word: 'links.down', means: 'links.downText' },
  paused: { word: 'links.paused', means: 'links.pausedText' },
  silent: { word: 'links.silent', means: 'links.silentText' },
  closed: { word: 'links.closed', means: 'links.closedText' },
} as const satisfies Record<PeerState, { word: string; means: string }>

export type LinkAction = 'pause' | 'resume' | 'silence' | 'remove'

/** What each action does, in one sentence. */
export const ACTIONS = {
  pause: { label: 'links.pause', explain: 'links.pauseText' },
  silence: { label: 'links.silence', explain: 'links.silenceText' },
  resume: { label: 'links.resume', explain: 'links.resumeText' },
  remove: { label: 'links.remove', explain: 'links.removeText' },
} as const satisfies Record<LinkAction, { label: string; explain: string }>

/** What can be done about a link in this state. */
export const actionsOf = (state: PeerState): LinkAction[] =>
  state === 'paused' ? ['resume', 'silence'] : state === 'silent' ? ['resume', 'pause'] : ['pause', 'silence']

// ---- what was seen before

export interface Sample {
  at: number
  bytes: number
}

const WINDOW_MS = 120_000
const SHORTEST_MS = 4_000

/** Adds what a poll saw, and forgets what is too old to say something about now. */
export const keepSample = (samples: readonly Sample[], next: Sample): Sample[] => [
  ...samples.filter(s => s.at < next.at && s.at >= next.at - WINDOW_MS),
  next,
]

/** Seconds until nothing waits, at the rate at which the backlog shrank; unknown while it does not. */
export function secondsToClear(samples: readonly Sample[]): number | undefined {
  const last = samples.at(-1)
  // A backlog that grew was added to: the rate before that says nothing about what waits now.
  const turn = samples.findLastIndex((s, i) => i > 0 && s.bytes > (samples[i - 1]?.bytes ?? 0))
  const first = samples[Math.max(0, turn)]
  if (!last || !first || last.bytes === 0) return undefined
  const ms = last.at - first.at
  const cleared = first.bytes - last.bytes
  return ms >= SHORTEST_MS && cleared > 0 ? (last.bytes * ms) / cleared / 1000 : undefined
}

export function durationText(seconds: number): string {
  if (seconds < 50) return t('links.underMinute')
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return t('links.minutes', { count: minutes })
  const hours = Math.round(seconds / 3600)
  return hours < 36
    ? t('links.hours', { count: hours })
    : t('links.days', { count: Math.round(seconds / 86_400) })
}

/** The two states of a channel that was compared, and since when they are these. */
interface Compared {
  states: string
  since: number
}

/** What earlier polls saw of a peer. */
export interface Past {
  backlog: readonly Sample[]
  compared: ReadonlyMap<string, Compared>
}

export const NO_PAST: Past = { backlog: [], compared: new Map() }

/** Adds what a poll saw of a peer. */
export const remember = (past: Past, p: Peer, at: number): Past => ({
  backlog: keepSample(past.backlog, { at, bytes: p.backlog.bytes }),
  compared: new Map(
    p.shared.map(s => {
      const states = `${s.hash} ${s.peer_hash}`
      const before = past.compared.get(s.channel)
      return [s.channel, before?.states === states ? before : { states, since: at }]
    }),
  ),
})

const backlogText = (b: Backlog): string =>
  b.changes === 0
    ? t('links.nothingWaits')
    : t('links.changes', { count: b.changes, size: sizeText(b.bytes) })

// ---- what is drawn

export type Step = 'in step' | 'catching up' | 'differs' | 'not compared yet' | 'waits for the other side'

export interface ShareView {
  channel: string
  team: string
  name: string
  step: Step
  /** Which of the two only reads it, in words; empty if both write. */
  reading: string
  /** Whether the other side may be let write, or only read; nothing where that is not said here. */
  peerWrites: boolean | undefined
}

/** A channel that waits for an answer. */
export interface OfferView {
  id: string
  /** `team:name`, or its id. */
  channel: string
  title: string
  /** What else is known of it. */
  detail: string
  since: string
}

export interface LinkView {
  id: string
  site: string
  state: PeerState
  word: string
  means: string
  /** Empty unless it is down and the reason is known. */
  why: string
  /** Empty unless the peer's clock is wrong. */
  clock: string
  /** Which side calls, in one sentence. */
  calls: string
  /** The sites whose messages it passes on; empty if there are none. */
  beyond: string
  contact: string
  /** Empty unless connected. */
  roundTrip: string
  backlog: string
  /** What of it goes before the rest; empty if nothing does. */
  waits: string
  /** About how long it takes; empty when that is not known. */
  clear: string
  /** How much passes now; empty unless connected, and when that is not known. */
  rates: string
  /** What is lost, likewise. */
  loss: string
  sent: string
  received: string
  shareAll: boolean
  shares: ShareView[]
  /** What the peer offers, the oldest first; of many, those that are shown at once. */
  offers: OfferView[]
  /** How many more it offers. */
  moreOffers: number
  /** Whether direct messages are allowed here, and how it is with them in words; none for older servers. */
  direct: { here: boolean; text: string } | undefined
  /** What it may use; none for older servers. */
  budget: BudgetView | undefined
  /** Which of its files come by themselves; none for older servers. */
  files: FilesView | undefined
  /** Those that were carried, newest first. */
  bundles: BundleView[]
  actions: LinkAction[]
}

/** What a link may use. */
export interface BudgetView {
  /** Whether it is open, and until when, in words. */
  opening: string
  windows: readonly string[]
  /** How much is sent at most, in words; empty for no limit. */
  speed: string
  /** The same in kbit/s, as it is typed. */
  rate: string
  /** How much of the bytes of a day was sent, in words; empty for no limit. */
  today: string
  /** The bytes of a day in MB, as they are typed. */
  daily: string
}

/** A bundle as a line of the page. */
export interface BundleView {
  key: string
  /** Which way it goes, and when it was written. */
  title: string
  detail: string
  /** Whether it arrived, as far as is known here. */
  state: string
  arrived: boolean
}

const byName = (a: string, b: string): number => a.localeCompare(b, undefined, { numeric: true })

/** What a peer tells of a channel's state is up to some seconds old: only what stays unequal differs. */
const SETTLES_MS = 15_000

function stepOf(s: SharedChannel, p: Peer, past: Past, now: number): Step {
  if (!s.mutual) return 'waits for the other side'
  if (s.peer_hash === '') return 'not compared yet'
  if (s.peer_hash === s.hash) return 'in step'
  const since = past.compared.get(s.channel)?.since ?? now
  const moving = p.backlog.changes > 0 || now - since < SETTLES_MS
  return p.state === 'connected' && moving ? 'catching up' : 'differs'
}

function shareView(s: SharedChannel, p: Peer, past: Past, now: number): ShareView {
  return {
    channel: s.channel,
    ...namesOf(s.channel),
    step: stepOf(s, p, past, now),
    reading: s.reads ? t('links.readsHere') : s.peer_reads ? t('links.readsThere') : '',
    peerWrites: s.made_here ? !s.peer_reads : undefined,
  }
}

/** Until a channel has come, nothing is known of its names. */
function namesOf(channel: string): { team: string; name: string } {
  const [team = '', name] = channel.split(':')
  return name === undefined ? { team: '', name: channel } : { team, name }
}

/** Of how many offers of a peer the page can be expected to draw. */
const MOST_OFFERS = 50

function offerView(o: OfferedChannel, now: number): OfferView {
  const { team, name } = namesOf(o.channel)
  const common = { id: o.channel_id, channel: o.channel, since: sinceText(o.offered_at, now) }
  if (team) return { ...common, title: name, detail: team }
  const detail = o.team
    ? t('links.inTeam', { id: o.channel_id, team: o.team })
    : t('links.inUnknown', { id: o.channel_id })
  return { ...common, title: t('links.unknownChannel'), detail }
}

/** Bundles of a peer that are shown. */
const MOST_BUNDLES = 5

function bundleView(b: Bundle, site: string, now: number): BundleView {
  const ours = b.direction === 'sent'
  const arrived = b.taken_at > 0
  return {
    key: `${b.direction}${b.written_at}`,
    title: t(ours ? 'links.bundleFor' : 'links.bundleOf', { site, age: sinceText(b.written_at, now) }),
    detail: t('links.changes', { count: b.changes, size: sizeText(b.bytes) }),
    state: t(!ours ? 'links.bundleTakenIn' : arrived ? 'links.bundleArrived' : 'links.bundleUnknown'),
    arrived,
  }
}

const clockText = (p: Peer): string =>
  p.clock_ahead && p.clock_ahead > 0 ? t('links.clock', { site: p.site, age: ageText(0, p.clock_ahead) }) : ''

/** When there was contact last, to the second while that matters. */
function contactText(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1000)
  return at > 0 && seconds >= 10 && seconds < 60
    ? t('links.secondsAgo', { count: seconds })
    : sinceText(at, now)
}

/** Which way there is to it: what carries the conversation if it is not UDP, else who calls. */
function callsText(p: Peer): string {
  if (p.carriage === 'thin' && p.rate) return t('links.thin', { rate: p.rate })
  if (p.carriage === 'web') return t('links.web')
  return p.address ? t('links.callsIt', { address: p.address }) : t('links.callsUs')
}

/** The server's reason, as a sentence. */
const sentence = (why: string): string =>
  why && `${why.charAt(0).toUpperCase()}${why.slice(1)}${/[.!?]$/.test(why) ? '' : '.'}`

function directText({ here, there }: { here: boolean; there: boolean }, site: string): string {
  if (here && there) return t('links.directOn')
  if (here) return t('links.directWaits', { site })
  return there ? t('links.directThere', { site }) : t('links.directOff')
}

/** What the page counts rates and bytes of a day in. */
export const KILO = 1_000
export const MEGA = 1_000_000

function todayText(bytes: number, daily: number, now: number): string {
  const [used, allowed] = [sizeText(bytes), sizeText(daily)]
  if (bytes < daily) return t('links.used', { used, allowed })
  const midnight = (Math.floor(now / 86_400_000) + 1) * 86_400_000
  return t('links.usedUp', { used, allowed, time: utcText(midnight, now) })
}

function budgetView({ window: at, budget }: Peer, now: number): BudgetView | undefined {
  if (!at || !budget) return undefined
  const until = at.open ? 'links.openUntil' : 'links.closedUntil'
  const opening = at.next ? t(until, { time: utcText(at.next, now) }) : t('links.openAlways')
  const { windows, rate, bytes_per_day: daily } = budget
  return {
    opening,
    windows,
    speed: rate ? t('links.rateSet', { rate: numberText(rate / KILO) }) : '',
    rate: rate ? String(rate / KILO) : '',
    today: daily ? todayText(budget.used_today, daily, now) : '',
    daily: daily ? String(daily / MEGA) : '',
  }
}

/** What was typed for a limit in some unit: null for none, nothing if it is no number. */
export function limitOf(typed: string, unit: number): number | null | undefined {
  const plain = typed.trim().replace(',', '.')
  if (plain === '') return null
  return /^\d+(\.\d+)?$/.test(plain) ? Math.round(Number(plain) * unit) : undefined
}

/** About how long what waits will take: as the server has it, or for an older one as was seen here. */
function clearText(p: Peer, past: Past): string {
  const { clears_in: told } = p
  const seconds = told === undefined ? secondsToClear(past.backlog) : told === null ? undefined : told / 1000
  if (p.backlog.changes === 0 || seconds === undefined) return ''
  const says = p.state === 'connected' ? 'links.clears' : 'links.wouldClear'
  return t(says, { time: durationText(seconds) })
}

/** The sites behind it, and which of them are heard themselves. */
function beyondText(beyond: readonly Beyond[]): string {
  const names = beyond.map(({ site, used }) => (used ? site : t('links.beyondOther', { site })))
  return names.length > 0 ? t('links.beyond', { sites: listText(names) }) : ''
}

export function linkView(p: Peer, past: Past, now: number): LinkView {
  const offers = p.offers ?? []
  return {
    id: p.id,
    site: p.site,
    state: p.state,
    word: t(STATES[p.state].word),
    means: t(STATES[p.state].means, { site: p.site }),
    why: p.state === 'down' ? sentence(p.why_down) : '',
    clock: clockText(p),
    calls: callsText(p),
    beyond: beyondText(p.beyond ?? []),
    contact: contactText(p.last_contact, now),
    roundTrip: p.round_trip === null ? '' : t('links.roundTrip', { ms: p.round_trip }),
    backlog: backlogText(p.backlog),
    waits: waitsText(p.backlog),
    clear: clearText(p, past),
    rates: p.round_trip === null ? '' : ratesText(p),
    loss: p.round_trip === null ? '' : lossText(p),
    sent: sizeText(p.sent_bytes),
    received: sizeText(p.received_bytes),
    shareAll: p.share_all,
    shares: p.shared.map(s => shareView(s, p, past, now)).sort((a, b) => byName(a.channel, b.channel)),
    offers: offers.slice(0, MOST_OFFERS).map(o => offerView(o, now)),
    moreOffers: Math.max(0, offers.length - MOST_OFFERS),
    direct: p.direct && { here: p.direct.here, text: directText(p.direct, p.site) },
    budget: budgetView(p, now),
    files: p.files && filesView(p.files, p.site),
    bundles: (p.bundles ?? []).slice(0, MOST_BUNDLES).map(b => bundleView(b, p.site, now)),
    actions: actionsOf(p.state),
  }
}

/** Every link, by the name of its site: a state that changes must not move what somebody is about to press. */
export const linkViews = (r: LinkReport, past: ReadonlyMap<string, Past>, now: number): LinkView[] =>
  [...r.peers]
    .sort((a, b) => byName(a.site, b.site) || byName(a.id, b.id))
    .map(p => linkView(p, past.get(p.id) ?? NO_PAST, now))

/** One line on how things stand. */
export function summaryText(r: LinkReport): string {
  const n = r.peers.length
  const up = r.peers.filter(p => p.state === 'connected').length
  if (n === 0) return t('links.noneLinked')
  if (n === 1) return t(up === 1 ? 'links.oneUp' : 'links.oneDown')
  return up === n ? t('links.allUp', { count: n }) : t('links.someUp', { up, count: n })
}

export interface ShareChoice {
  /** `team:name` */
  channel: string
  title: string
  team: string
  locked: boolean
}

/** Channels that can still be shared with a peer, those that match what was typed. */
export function shareChoices(
  channels: readonly Channel[],
  teamName: (id: string) => string | undefined,
  shared: readonly ShareView[],
  typed: string,
): ShareChoice[] {
  const q = typed.trim().toLowerCase()
  const taken = new Set(shared.map(s => s.channel))
  return channels
    .flatMap(c => {
      const team = teamName(c.team_id)
      const open = c.delete_at === 0 && (c.type === 'O' || c.type === 'P')
      return team && open
        ? [{ channel: `${team}:${c.name}`, title: c.display_name || c.name, team, locked: c.type === 'P' }]
        : []
    })
    .filter(c => !taken.has(c.channel) && `${c.title} ${c.channel}`.toLowerCase().includes(q))
    .sort((a, b) => byName(a.team, b.team) || byName(a.title, b.title))
}

// ---- keeping it current

/** `missing`: the server cannot link at all, for a reason that it may have told. */
export type LinkProblem = 'offline' | { missing: string } | { refused: string }

export const problemOf = (e: unknown): LinkProblem => {
  if (!(e instanceof ApiError)) return { refused: t('common.wrong') }
  if (cannotLink(e)) return { missing: e.status === 503 ? e.message : t('links.oldServer') }
  return e.kind === 'offline' ? 'offline' : { refused: e.message }
}

interface Beat {
  now: () => number
  setTimeout: (f: () => void, ms: number) => number
  clearTimeout: (handle: number) => void
  visible: () => boolean
}

const POLL_MS = 5_000

/** What the server said last about its links, asked for again every few seconds while somebody looks. */
export class LinkBook {
  readonly report: Signal<LinkReport | undefined> = signal(undefined)
  readonly problem: Signal<LinkProblem | undefined> = signal(undefined)
  readonly past: Signal<ReadonlyMap<string, Past>> = signal(new Map())
  /** The moment that ages are counted to. */
  readonly now: Signal<number>
  private timer = 0
  private running = false
  private asked = 0
  private heard = 0

  constructor(
    private readonly rest: Pick<LinkRest, 'report'>,
    private readonly beat: Beat,
  ) {
    this.now = signal(beat.now())
  }

  start(): void {
    this.running = true
    void this.turn()
  }

  stop(): void {
    this.running = false
    this.beat.clearTimeout(this.timer)
  }

  private async turn(): Promise<void> {
    this.beat.clearTimeout(this.timer)
    if (this.beat.visible()) await this.refresh()
    const problem = this.problem.peek()
    // Without the operation there is nothing to wait for.
    if (this.running && !(typeof problem === 'object' && 'missing' in problem))
      this.timer = this.beat.setTimeout(() => void this.turn(), POLL_MS)
  }

  async refresh(): Promise<void> {
    const turn = ++this.asked
    // An answer that was overtaken by a later one says what is no more.
    const overtaken = () => {
      if (turn < this.heard) return true
      this.heard = turn
      return false
    }
    try {
      const r = await this.rest.report()
      if (overtaken()) return
      const at = this.beat.now()
      const kept = this.past.peek()
      this.past.value = new Map(r.peers.map(p => [p.id, remember(kept.get(p.id) ?? NO_PAST, p, at)]))
      this.report.value = r
      this.problem.value = undefined
    } catch (e) {
      if (overtaken()) return
      this.problem.value = problemOf(e)
    }
    this.now.value = this.beat.now()
  }
}
