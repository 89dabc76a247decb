/** What people say of themselves and how they want to be told: status, profile, picture, notifications. */
import type { Rest } from './rest.ts'
import type { Id, Status, User } from './types.ts'

/** As it is kept with a person; the moment of its end is empty or in the year 1 where there is none. */
export interface CustomStatus {
  emoji: string
  text: string
  duration: string
  expires_at?: string
}

/** What somebody changes about themselves. A new address needs the password. */
export interface ProfilePatch {
  first_name?: string
  last_name?: string
  nickname?: string
  position?: string
  username?: string
  email?: string
  password?: string
  timezone?: Record<string, string>
  notify_props?: Record<string, string>
}

export class PeopleRest {
  constructor(private readonly rest: Rest) {}

  status = (user: Id) => this.rest.ask<Status>('GET', `/users/${user}/status`)
  /** `dnd_end_time` is in seconds; 0 for no end. */
  setStatus = (user_id: Id, status: Status['status'], dnd_end_time = 0) =>
    this.rest.ask<Status>('PUT', `/users/${user_id}/status`, {
      user_id,
      status,
      ...(dnd_end_time > 0 ? { dnd_end_time } : {}),
    })
  setCustom = (s: CustomStatus) => this.rest.ask<unknown>('PUT', '/users/me/status/custom', s)
  clearCustom = () => this.rest.ask<unknown>('DELETE', '/users/me/status/custom')
  dropRecent = (s: CustomStatus) => this.rest.ask<unknown>('POST', '/users/me/status/custom/recent/delete', s)

  change = (patch: ProfilePatch) => this.rest.ask<User>('PUT', '/users/me/patch', patch)
  changePassword = (current_password: string, new_password: string) =>
    this.rest.ask<unknown>('PUT', '/users/me/password', { current_password, new_password })

  setPicture = (user: Id, image: Blob) => {
    const form = new FormData()
    form.append('image', image)
    return this.rest.ask<unknown>('POST', `/users/${user}/image`, form)
  }
  clearPicture = (user: Id) => this.rest.ask<unknown>('DELETE', `/users/${user}/image`)

  /** Changes what is given of how a person is told of a channel; the rest stays. */
  setChannel = (channel: Id, user: Id, props: Record<string, string>) =>
    this.rest.ask<unknown>('PUT', `/channels/${channel}/members/${user}/notify_props`, props)
  /** Has the server write to the caller, past all settings. */
  tryOut = () => this.rest.ask<unknown>('POST', '/notifications/test')
}
