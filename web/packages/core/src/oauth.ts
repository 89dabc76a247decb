/** What an app asks of a person, and what becomes of their answer. */
import type { AppRequest, Id, OAuthApp } from '@fieldpost/api'

/** The request in an address. */
export function appRequest(search: string): AppRequest {
  const query = new URLSearchParams(search)
  const said = (name: string) => query.get(name) ?? ''
  return {
    response_type: said('response_type'),
    client_id: said('client_id'),
    redirect_uri: said('redirect_uri'),
    state: said('state'),
    scope: said('scope'),
    code_challenge: said('code_challenge'),
    code_challenge_method: said('code_challenge_method'),
  }
}

/** Whether an app said beforehand that people come back to this address; nobody is sent anywhere else. */
export const comesBack = (asked: AppRequest, app: OAuthApp): boolean =>
  /^https?:\/\//.test(asked.redirect_uri) && app.callback_urls.includes(asked.redirect_uri)

/** Where somebody goes who does not let an app in; nowhere, if the app did not say so beforehand. */
export function deniedAddress(asked: AppRequest, app: OAuthApp): string {
  if (!comesBack(asked, app)) return ''
  const url = new URL(asked.redirect_uri)
  url.searchParams.append('error', 'access_denied')
  if (asked.state) url.searchParams.append('state', asked.state)
  return url.href
}

/** The address of the machine that somebody is sent back to, as people read it. */
export function hostOf(address: string): string {
  try {
    return new URL(address).host
  } catch {
    return ''
  }
}

/** Whether a person need not be asked: they said yes before to an app that has a secret, or it is trusted. */
export const isSettled = (app: OAuthApp, authorized: readonly Id[]): boolean =>
  app.is_trusted || (!app.is_public && authorized.includes(app.id))
