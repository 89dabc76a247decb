/** Webhooks and commands of a team, as those who manage them see and change them. */
import type { Rest } from './rest.ts'
import type { Id } from './types.ts'

export interface IncomingHook {
  id: Id
  user_id: Id
  channel_id: Id
  team_id: Id
  display_name: string
  description: string
  username?: string
  icon_url?: string
  channel_locked?: boolean
}

export interface OutgoingHook {
  id: Id
  token: string
  creator_id: Id
  channel_id: Id | ''
  team_id: Id
  display_name: string
  description: string
  trigger_words: string[] | null
  /** 0: the first word is one of them; 1: it begins with one. */
  trigger_when: number
  callback_urls: string[] | null
  content_type: string
}

export interface TeamCommand {
  id: Id
  token: string
  creator_id: Id
  team_id: Id
  trigger: string
  method: 'P' | 'G' | ''
  url: string
  username: string
  auto_complete: boolean
  auto_complete_desc: string
  auto_complete_hint: string
  display_name: string
  description: string
}

const ALL = 'page=0&per_page=200'

export class IntegrationRest {
  constructor(private readonly rest: Rest) {}

  incoming = (team: Id) => this.rest.ask<IncomingHook[]>('GET', `/hooks/incoming?team_id=${team}&${ALL}`)
  saveIncoming = (h: Partial<IncomingHook>) =>
    h.id
      ? this.rest.ask<IncomingHook>('PUT', `/hooks/incoming/${h.id}`, h)
      : this.rest.ask<IncomingHook>('POST', '/hooks/incoming', h)
  dropIncoming = (id: Id) => this.rest.ask<unknown>('DELETE', `/hooks/incoming/${id}`)

  outgoing = (team: Id) => this.rest.ask<OutgoingHook[]>('GET', `/hooks/outgoing?team_id=${team}&${ALL}`)
  saveOutgoing = (h: Partial<OutgoingHook>) =>
    h.id
      ? this.rest.ask<OutgoingHook>('PUT', `/hooks/outgoing/${h.id}`, h)
      : this.rest.ask<OutgoingHook>('POST', '/hooks/outgoing', h)
  dropOutgoing = (id: Id) => this.rest.ask<unknown>('DELETE', `/hooks/outgoing/${id}`)
  newOutgoingToken = (id: Id) => this.rest.ask<OutgoingHook>('POST', `/hooks/outgoing/${id}/regen_token`)

  commands = (team: Id) => this.rest.ask<TeamCommand[]>('GET', `/commands?team_id=${team}&custom_only=true`)
  saveCommand = (c: Partial<TeamCommand>) =>
    c.id
      ? this.rest.ask<TeamCommand>('PUT', `/commands/${c.id}`, c)
      : this.rest.ask<TeamCommand>('POST', '/commands', c)
  dropCommand = (id: Id) => this.rest.ask<unknown>('DELETE', `/commands/${id}`)
  newCommandToken = (id: Id) => this.rest.ask<{ token: string }>('PUT', `/commands/${id}/regen_token`)
}
