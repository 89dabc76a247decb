/** Links to other sites, as an administrator sees and changes them. */
import { ApiError, errorOf, type Rest } from './rest.ts'
import type { Id } from './types.ts'
import { sendBytes } from './uploads.ts'

export type PeerState = 'connected' | 'down' | 'paused' | 'silent' | 'closed'

export interface Amount {
  changes: number
  bytes: number
}

/** What waits by how much it matters: that of FLASH, urgent and important posts, and all the rest. */
export interface Precedences {
  flash: Amount
  immediate: Amount
  priority: Amount
  routine: Amount
}

export interface Backlog extends Amount {
  /** The same in parts. Older servers do not say. */
  by?: Precedences
}

/** How far back it is shown how a link was. */
export type LinkSpan = 'hour' | 'day'

/** What passed over a link in a step of time. */
export interface LinkPoint {
  at: number
  sent_bytes: number
  received_bytes: number
  /** From 0 to 1; null of too few packets. */
  loss: number | null
  /** Changes that waited when that was last looked at; null if it was not. */
  waiting: number | null
  /** Whether there was a connection for any part of it. */
  connected: boolean
}

/** How a link was since the server began, the oldest step first. */
export interface LinkCurve {
  /** Milliseconds from one point to the next. */
  step: number
  points: LinkPoint[]
}

/** A channel shared with a peer. Equal hashes mean equal content on both sides. */
export interface SharedChannel {
  /** `team:name` */
  channel: string
  channel_id: Id
  hash: string
  /** Empty until the peer has told its own, which it does every few seconds at most. */
  peer_hash: string
  /** Whether the peer shares it too: nothing of it passes before. */
  mutual: boolean
  /** Whether the channel was made here: then it can be said here who writes in it. None from older servers. */
  made_here?: boolean
  /** Whether this site only reads it. */
  reads?: boolean
  /** Whether the peer only reads it. */
  peer_reads?: boolean
}

/** A channel that a peer shares and this site does not: somebody has to accept or decline it. */
export interface OfferedChannel {
  /** `team:name`; its id until it has come. */
  channel: string
  channel_id: Id
  /** Empty if the team is not known here. */
  team: string
  team_id: Id
  offered_at: number
}

/** A file with what a link would carry: written here for a peer, or by a peer and taken in here. */
export interface Bundle {
  direction: 'sent' | 'received'
  written_at: number
  /** Of one that was written here: when news came that it arrived; 0 if none did. */
  taken_at: number
  /** Of a received one, those that were new. */
  changes: number
  files: number
  bytes: number
}

/** What came of taking a bundle in. */
export interface BundleTaken {
  site: string
  id: Id
  changes: number
  new_changes: number
  files: number
  again: boolean
}

export type LinkAuditAction =
  | 'invited'
  | 'accepted'
  | 'joined'
  | 'removed'
  | 'forgotten'
  | 'paused'
  | 'silenced'
  | 'resumed'
  | 'shared'
  | 'unshared'
  | 'shared_all'
  | 'unshared_all'
  | 'offer_accepted'
  | 'offer_declined'
  | 'bundle_written'
  | 'bundle_taken'
  | 'offer_taken'
  | 'stranger_refused'
  | 'key_refused'
  | 'other_key'
  | 'offence'
  | 'batch_refused'
  | 'batch_not_taken'
  | 'bundle_refused'
  | 'offer_refused'
  | 'direct_allowed'
  | 'direct_ended'
  | 'introduced'
  | 'site_refused'
  | 'asked_back'
  | 'let_read'
  | 'let_write'
  | 'write_refused'
  | 'guard_written'
  | 'budget_set'
  | 'files_set'
  | 'gives_set'

/** Something that was done to links, or refused. */
export interface LinkAudit {
  id: Id
  action: LinkAuditAction
  by: 'account' | 'command_line' | 'this_site' | 'other'
  /** The account that did it, if one did. */
  user_id: Id
  username: string
  /** What the site that it concerns was called here then; empty if it had no name. */
  site: string
  /** Empty if it concerns none. */
  site_id: Id
  /** `team:name`; empty until its making has come. */
  channel: string
  /** Empty if it concerns none. */
  channel_id: Id
  /** From which address of the network, or under which key; empty if that is not known. */
  source: string
  /** Why it was refused, or what more there is to say. */
  detail: string
  count: number
  first_at: number
  last_at: number
}

export interface Peer {
  site: string
  id: Id
  state: PeerState
  /** A sentence for people; empty unless it is down. */
  why_down: string
  /** Where this site calls it; empty if it calls. */
  address: string
  backlog: Backlog
  /** 0 when there never was any. */
  last_contact: number
  sent_bytes: number
  received_bytes: number
  /** How far its clock is ahead of this site's, in milliseconds; 0 if it is not wrong. Older servers do not say. */
  clock_ahead?: number
  /** In milliseconds, while connected. */
  round_trip: number | null
  /** What carries the conversation, while there is one. Older servers do not say. */
  carriage?: 'quic' | 'web' | 'thin' | null
  /** In bits a second, if the carriage was told. Older servers do not say. */
  rate?: number | null
  /** Bits a second over the last minute, both ways; null without a connection. Older servers do not say. */
  rate_out?: number | null
  rate_in?: number | null
  /** Which share of the packets sent was lost lately; null if there were few. Older servers do not say. */
  loss?: number | null
  /** About how many milliseconds until nothing waits, once connected; null if unknown. Older servers do not say. */
  clears_in?: number | null
  share_all: boolean
  shared: SharedChannel[]
  /** Older servers do not say. */
  offers?: OfferedChannel[]
  /** Which side allows direct messages. Older servers do not say. */
  direct?: { here: boolean; there: boolean; conversations: number }
  /** The newest of both directions. Older servers do not say. */
  bundles?: Bundle[]
  /** The sites whose messages it can pass on, while it is connected. Older servers do not say. */
  beyond?: Beyond[]
  /** Whether it may be used now, and when that changes; 0 for never. Older servers do not say. */
  window?: { open: boolean; next: number }
  /** What it may use. Older servers do not say. */
  budget?: Budget & { used_today: number }
  /** What comes of its files by itself, and how much does not. Older servers do not say. */
  files?: FilePolicy & { waiting: number; waiting_bytes: number }
}

/** What a link may use. */
export interface Budget {
  /** When it may be used, in UTC, such as `22:00-04:00` or `sat,sun 08:00-12:00`; always, if there is none. */
  windows: string[]
  /** How many bits a second are sent at most; null for as many as the line carries. */
  rate: number | null
  /** How many bytes are sent at most in a day of UTC; null for no limit. */
  bytes_per_day: number | null
}

/** Which files of a site come here by themselves, and which of this one it is given. */
export interface FilePolicy {
  /** Bytes of the largest, over whichever line; null for any. */
  largest: number | null
  /** Bytes of the largest over thin datagrams; null for any. */
  largest_thin: number | null
  /** Media types such as `image/*`; all, if there is none. */
  types: string[]
  /** Bytes of the largest that the site is given; null for any. Older servers do not say. */
  gives_largest?: number | null
  /** Media types that it is given; all, if there is none. */
  gives_types?: string[]
}

/** A site with which this one talks over a linked one. */
export interface Beyond {
  site: string
  id: Id
  /** Whether messages of it are had over this link, and not from the site itself. */
  used: boolean
}

export interface LinkReport {
  site: string
  id: Id
  /** Where other sites reach this one; empty when it does not listen. */
  listening: string
  peers: Peer[]
}

/** A channel as `team:name`, or every channel of every team, also those to come. */
export type Shareable = { channel: string } | { all: true }

export class LinkRest {
  constructor(private readonly rest: Rest) {}

  report = () => this.rest.ask<LinkReport>('GET', '/fieldpost/link')
  invite = (address: string) =>
    this.rest.ask<{ code: string }>('POST', '/fieldpost/link/invite', address ? { address } : {})
  accept = (code: string) =>
    this.rest.ask<{ site: string; id: Id }>('POST', '/fieldpost/link/accept', { code })
  share = (site: Id, what: Shareable) => this.rest.ask<unknown>('POST', `${at(site)}/share`, what)
  unshare = (site: Id, what: Shareable) => this.rest.ask<unknown>('POST', `${at(site)}/unshare`, what)
  acceptOffer = (site: Id, channel: Id) =>
    this.rest.ask<unknown>('POST', `${at(site)}/offers/${encodeURIComponent(channel)}/accept`)
  declineOffer = (site: Id, channel: Id) =>
    this.rest.ask<unknown>('POST', `${at(site)}/offers/${encodeURIComponent(channel)}/decline`)
  letRead = (site: Id, channel: string) =>
    this.rest.ask<unknown>('POST', `${at(site)}/read_only`, { channel })
  letWrite = (site: Id, channel: string) =>
    this.rest.ask<unknown>('POST', `${at(site)}/read_write`, { channel })
  allowDirect = (site: Id) => this.rest.ask<unknown>('POST', `${at(site)}/direct/allow`)
  endDirect = (site: Id) => this.rest.ask<unknown>('POST', `${at(site)}/direct/end`)
  /** What is not named stays as it is. */
  setBudget = (site: Id, budget: Partial<Budget>) =>
    this.rest.ask<unknown>('POST', `${at(site)}/budget`, budget)
  /** What is not named stays as it is. */
  setFiles = (site: Id, policy: Partial<FilePolicy>) =>
    this.rest.ask<unknown>('POST', `${at(site)}/files`, policy)
  pause = (site: Id) => this.rest.ask<unknown>('POST', `${at(site)}/pause`)
  resume = (site: Id) => this.rest.ask<unknown>('POST', `${at(site)}/resume`)
  silence = (site: Id) => this.rest.ask<unknown>('POST', `${at(site)}/silence`)
  /** A bundle for a site. It is whole, or this fails. */
  writeBundle = (site: Id): Promise<Blob> => fetchBytes(this.rest, `${at(site)}/bundle`)
  takeBundle = (file: Blob, onSent: (bytes: number) => void) =>
    sendBytes<BundleTaken>(this.rest, '/fieldpost/link/bundle', file, onSent, new AbortController().signal)
  /** How a link was. */
  curve = (site: Id, span: LinkSpan) => this.rest.ask<LinkCurve>('GET', `${at(site)}/history?span=${span}`)
  /** What was done to links and what was refused, the newest first. */
  audit = (page: number, perPage: number) =>
    this.rest.ask<LinkAudit[]>('GET', `/fieldpost/link/audit?page=${page}&per_page=${perPage}`)
  remove = (site: Id) => this.rest.ask<unknown>('DELETE', at(site))
}

const at = (site: Id): string => `/fieldpost/link/${encodeURIComponent(site)}`

/** What the server answers, as a file. */
async function fetchBytes(rest: Rest, path: string): Promise<Blob> {
  const headers = { ...rest.headers('POST'), 'Content-Type': 'application/json' }
  try {
    const answer = await fetch(rest.url(path), { method: 'POST', headers, body: '{}' })
    if (!answer.ok) throw errorOf(answer.status, await answer.json().catch(() => undefined))
    return await answer.blob()
  } catch (e) {
    if (e instanceof ApiError) throw e
    throw new ApiError('offline', 0, 'offline', 'The connection broke.')
  }
}
