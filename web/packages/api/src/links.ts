/** Links to other sites, as an administrator sees and changes them. */
import type { Rest } from './rest.ts'
import type { Id } from './types.ts'

export type PeerState = 'connected' | 'down' | 'paused' | 'silent'

export interface Backlog {
  changes: number
  bytes: number
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
  share_all: boolean
  shared: SharedChannel[]
  /** Older servers do not say. */
  offers?: OfferedChannel[]
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
  pause = (site: Id) => this.rest.ask<unknown>('POST', `${at(site)}/pause`)
  resume = (site: Id) => this.rest.ask<unknown>('POST', `${at(site)}/resume`)
  silence = (site: Id) => this.rest.ask<unknown>('POST', `${at(site)}/silence`)
  remove = (site: Id) => this.rest.ask<unknown>('DELETE', at(site))
}

const at = (site: Id): string => `/fieldpost/link/${encodeURIComponent(site)}`
