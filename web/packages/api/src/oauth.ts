/** Programs that people let act in their name: managing them, and answering what they ask. */
import type { Rest } from './rest.ts'
import type { Id } from './types.ts'

export interface OAuthApp {
  id: Id
  /** Who made it; empty for one that registered itself. */
  creator_id: Id
  /** Only in the answers that make it, and that give it another. */
  client_secret: string
  name: string
  description: string
  icon_url: string
  callback_urls: string[]
  homepage: string
  is_trusted: boolean
  is_dynamically_registered: boolean
  is_public: boolean
}

/** What is written of an app. */
export type OAuthAppWritten = Pick<
  OAuthApp,
  'name' | 'description' | 'icon_url' | 'callback_urls' | 'homepage' | 'is_trusted' | 'is_public'
> & { id?: Id }

/** What an app asks a person for, as it stands in the address. */
export interface AppRequest {
  response_type: string
  client_id: string
  redirect_uri: string
  state: string
  scope: string
  code_challenge: string
  code_challenge_method: string
}

export class OAuthRest {
  constructor(private readonly rest: Rest) {}

  apps = () => this.rest.ask<OAuthApp[]>('GET', '/oauth/apps?per_page=200')
  save = (app: OAuthAppWritten) =>
    app.id
      ? this.rest.ask<OAuthApp>('PUT', `/oauth/apps/${app.id}`, app)
      : this.rest.ask<OAuthApp>('POST', '/oauth/apps', app)
  drop = (id: Id) => this.rest.ask<unknown>('DELETE', `/oauth/apps/${id}`)
  newSecret = (id: Id) => this.rest.ask<OAuthApp>('POST', `/oauth/apps/${id}/regen_secret`)

  info = (id: Id) => this.rest.ask<OAuthApp>('GET', `/oauth/apps/${encodeURIComponent(id)}/info`)
  authorized = () => this.rest.ask<OAuthApp[]>('GET', '/users/me/oauth/apps/authorized?per_page=200')
  /** Lets an app in; answers where to go from here. */
  allow = (asked: AppRequest) => this.rest.askOutside<{ redirect: string }>('POST', '/oauth/authorize', asked)
  takeBack = (client_id: Id) => this.rest.askOutside<unknown>('POST', '/oauth/deauthorize', { client_id })
}
