/** Dialogs of integrations: what somebody wrote goes to them through the server. */
import type { Rest } from './rest.ts'
import type { Choice, DialogAnswer, Id, Submission } from './types.ts'

export interface Submitted {
  url: string
  callback_id: string
  state: string
  channel_id: Id
  team_id: Id
  submission: Submission
  cancelled: boolean
}

export class DialogRest {
  constructor(private readonly rest: Rest) {}

  submit = (s: Submitted) =>
    this.rest.ask<DialogAnswer>('POST', '/actions/dialogs/submit', { type: 'dialog_submission', ...s })

  /** The options of a menu that its integration fills while somebody types. */
  lookUp = (s: Omit<Submitted, 'cancelled'>, field: string, typed: string) =>
    this.rest.ask<{ items?: Choice[] | null }>('POST', '/actions/dialogs/lookup', {
      type: 'dialog_lookup',
      ...s,
      submission: { ...s.submission, query: typed, selected_field: field },
    })
}
