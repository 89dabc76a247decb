/** What was done to links and what was refused: as lines of the page, and the book that keeps them. */

import { ApiError, type LinkAudit, type LinkAuditAction, type LinkRest } from '@fieldpost/api'
import { numberText } from '@fieldpost/words'
import { t } from '@fieldpost/words/far'
import { type Signal, signal } from '@preact/signals-core'
import { sinceText } from './time.ts'

const TITLES = {
  invited: 'links.pastInvited',
  accepted: 'links.pastAccepted',
  joined: 'links.pastJoined',
  removed: 'links.pastRemoved',
  forgotten: 'links.pastForgotten',
  paused: 'links.pastPaused',
  silenced: 'links.pastSilenced',
  resumed: 'links.pastResumed',
  shared: 'links.pastShared',
  unshared: 'links.pastUnshared',
  shared_all: 'links.pastSharedAll',
  unshared_all: 'links.pastUnsharedAll',
  offer_accepted: 'links.pastOfferAccepted',
  offer_declined: 'links.pastOfferDeclined',
  bundle_written: 'links.pastBundleWritten',
  bundle_taken: 'links.pastBundleTaken',
  offer_taken: 'links.pastOfferTaken',
  stranger_refused: 'links.pastStrangerRefused',
  key_refused: 'links.pastKeyRefused',
  other_key: 'links.pastOtherKey',
  offence: 'links.pastOffence',
  batch_refused: 'links.pastBatchRefused',
  batch_not_taken: 'links.pastBatchNotTaken',
  bundle_refused: 'links.pastBundleRefused',
  offer_refused: 'links.pastOfferRefused',
  direct_allowed: 'links.pastDirectAllowed',
  direct_ended: 'links.pastDirectEnded',
  introduced: 'links.pastIntroduced',
  site_refused: 'links.pastSiteRefused',
  asked_back: 'links.pastAskedBack',
  let_read: 'links.pastLetRead',
  let_write: 'links.pastLetWrite',
  write_refused: 'links.pastWriteRefused',
  guard_written: 'links.pastGuardWritten',
  budget_set: 'links.pastBudgetSet',
  files_set: 'links.pastFilesSet',
  gives_set: 'links.pastGivesSet',
} as const satisfies Record<LinkAuditAction, string>

const REFUSALS: ReadonlySet<LinkAuditAction> = new Set([
  'stranger_refused',
  'key_refused',
  'other_key',
  'offence',
  'batch_refused',
  'batch_not_taken',
  'bundle_refused',
  'offer_refused',
  'site_refused',
  'write_refused',
])

export interface HistoryView {
  key: string
  title: string
  /** Whether something was refused. */
  refusal: boolean
  /** Who did it and from where; empty if it is not known. */
  who: string
  /** The server's sentence, why something was refused; empty for what people did. */
  why: string
  /** When it was last, and how often if more than once. */
  when: string
}

function whoText(e: LinkAudit): string {
  const by = {
    account: t('links.byAccount', { name: e.username || e.user_id }),
    command_line: t('links.byCommandLine'),
    this_site: t('links.byThisSite'),
    other: '',
  }[e.by]
  const from = e.source && t('links.fromSource', { source: e.source })
  return [by, from].filter(Boolean).join(' · ')
}

/** An entry as a line of the page. A newer server may know actions that this page does not. */
export function historyView(e: LinkAudit, now: number): HistoryView {
  const title = TITLES[e.action]
  const refusal = REFUSALS.has(e.action)
  const last = sinceText(e.last_at, now)
  return {
    key: e.id,
    title: title
      ? t(title, {
          site: e.site || e.site_id || t('links.someSite'),
          channel: e.channel || e.channel_id,
          other: e.detail,
        })
      : e.action,
    refusal,
    who: whoText(e),
    why: refusal ? e.detail : '',
    when:
      e.count > 1
        ? t('links.timesSince', { last, count: numberText(e.count), first: sinceText(e.first_at, now) })
        : last,
  }
}

/** Entries that are asked for at once. */
const PAGE = 20

/** The newest entries, and older ones as far as somebody asked for them. */
export class LinkHistory {
  /** Nothing before the server has answered, and where it keeps no such entries. */
  readonly entries: Signal<readonly LinkAudit[] | undefined> = signal(undefined)
  readonly hasMore: Signal<boolean> = signal(false)

  constructor(private readonly rest: Pick<LinkRest, 'audit'>) {}

  /** Asks for what is new. What was shown stays when the server is away. */
  async refresh(): Promise<void> {
    try {
      const first = await this.rest.audit(0, PAGE)
      if (this.entries.peek() === undefined) this.hasMore.value = first.length === PAGE
      this.keep(first)
    } catch (e) {
      if (!(e instanceof ApiError)) throw e
    }
  }

  /** Asks for older entries. What is new meanwhile moves pages on, so that some come twice. */
  async showMore(): Promise<void> {
    const page = Math.floor((this.entries.peek()?.length ?? 0) / PAGE)
    const older = await this.rest.audit(page, PAGE)
    this.hasMore.value = older.length === PAGE
    this.keep(older)
  }

  private keep(found: readonly LinkAudit[]): void {
    const all = new Map([...(this.entries.peek() ?? []), ...found].map(e => [e.id, e]))
    this.entries.value = [...all.values()].sort((a, b) => b.last_at - a.last_at)
  }
}
