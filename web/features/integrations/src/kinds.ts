/** The three kinds of integrations, each as a list with a form. */

import {
  type IncomingHook,
  IntegrationRest,
  type OAuthApp,
  OAuthRest,
  type OutgoingHook,
  type Rest,
  type TeamCommand,
} from '@fieldpost/api'
import type { AnyKey } from '@fieldpost/words'
import { t } from '@fieldpost/words/far'

/** A thing of any kind, as a form holds it. */
export type Values = Record<string, string | boolean>

/** Words that need nothing put into them. */
export type Ask = Extract<AnyKey, `ask.${string}`>

export interface Question {
  name: string
  label: Ask
  hint?: Ask
  kind?: 'text' | 'channel' | 'lines' | 'check' | 'choice'
  optional?: boolean
  /** Asked only where something new is made. */
  once?: boolean
  /** A box that is empty unless somebody checks it. */
  off?: boolean
  choices?: readonly { value: string; text: Ask }[]
}

export interface Item {
  id: string
  title: string
  about: string
  /** What is copied: where to post, or what to type. */
  address: string
  addressLabel: Ask
  channel: string
  /** What proves to its address that this site asks. */
  token: string
  values: Values
}

export interface Kind {
  id: string
  title: Ask
  /** What a new one is called, and the question before one is deleted. */
  fresh: Ask
  dropTitle: Ask
  about: Ask
  permission: string
  /** The setting of the server without which there are none. */
  setting?: string
  questions: readonly Question[]
  load: (rest: Rest, team: string, origin: string) => Promise<Item[]>
  save: (rest: Rest, team: string, id: string, v: Values) => Promise<unknown>
  drop: (rest: Rest, id: string) => Promise<unknown>
  newToken?: (rest: Rest, id: string) => Promise<unknown>
  /** The secret in the answer that makes one, or gives it another: it is shown once. */
  secretIn?: (answer: unknown) => string
}

const text = (v: Values, name: string): string => {
  const x = v[name]
  return typeof x === 'string' ? x.trim() : ''
}
const lines = (v: Values, name: string): string[] =>
  text(v, name)
    .split(/[\n,]/)
    .map(x => x.trim())
    .filter(Boolean)

const NAMED: readonly Question[] = [
  { name: 'display_name', label: 'ask.title' },
  { name: 'description', label: 'ask.about', optional: true },
]

export const INCOMING: Kind = {
  id: 'incoming',
  title: 'ask.incoming',
  fresh: 'ask.newIncoming',
  dropTitle: 'ask.dropIncoming',
  about: 'ask.incomingText',
  permission: 'manage_own_incoming_webhooks',
  questions: [
    ...NAMED,
    { name: 'channel_id', label: 'ask.postsInto', kind: 'channel' },
    { name: 'channel_locked', label: 'ask.onlyThis', kind: 'check' },
    { name: 'username', label: 'ask.shownAs', hint: 'ask.shownAsHint', optional: true },
    { name: 'icon_url', label: 'ask.picture', optional: true },
  ],
  load: async (rest, team, origin) => {
    const list = await new IntegrationRest(rest).incoming(team)
    return list.map((h: IncomingHook) => ({
      id: h.id,
      title: h.display_name || t('hook.noTitle'),
      about: h.description,
      address: `${origin}/hooks/${h.id}`,
      addressLabel: 'ask.address',
      channel: h.channel_id,
      token: '',
      values: {
        display_name: h.display_name,
        description: h.description,
        channel_id: h.channel_id,
        channel_locked: h.channel_locked === true,
        username: h.username ?? '',
        icon_url: h.icon_url ?? '',
      },
    }))
  },
  save: (rest, team_id, id, v) =>
    new IntegrationRest(rest).saveIncoming({
      ...(id ? { id } : {}),
      team_id,
      display_name: text(v, 'display_name'),
      description: text(v, 'description'),
      channel_id: text(v, 'channel_id'),
      channel_locked: v['channel_locked'] === true,
      username: text(v, 'username'),
      icon_url: text(v, 'icon_url'),
    }),
  drop: (rest, id) => new IntegrationRest(rest).dropIncoming(id),
}

export const OUTGOING: Kind = {
  id: 'outgoing',
  title: 'ask.outgoing',
  fresh: 'ask.newOutgoing',
  dropTitle: 'ask.dropOutgoing',
  about: 'ask.outgoingText',
  permission: 'manage_own_outgoing_webhooks',
  questions: [
    ...NAMED,
    { name: 'channel_id', label: 'ask.listens', kind: 'channel', optional: true },
    {
      name: 'trigger_words',
      label: 'ask.words',
      kind: 'lines',
      hint: 'ask.wordsHint',
      optional: true,
    },
    {
      name: 'trigger_when',
      label: 'ask.toldWhen',
      kind: 'choice',
      choices: [
        { value: '0', text: 'ask.firstWord' },
        { value: '1', text: 'ask.begins' },
      ],
    },
    { name: 'callback_urls', label: 'ask.addresses', kind: 'lines', hint: 'ask.oneLine' },
    {
      name: 'content_type',
      label: 'ask.sentAs',
      kind: 'choice',
      choices: [
        { value: 'application/x-www-form-urlencoded', text: 'ask.form' },
        { value: 'application/json', text: 'ask.json' },
      ],
    },
  ],
  load: async (rest, team) => {
    const list = await new IntegrationRest(rest).outgoing(team)
    return list.map((h: OutgoingHook) => ({
      id: h.id,
      title: h.display_name || t('hook.noTitle'),
      about: h.description,
      address: (h.callback_urls ?? []).join(', '),
      addressLabel: 'ask.tells',
      channel: h.channel_id,
      token: h.token,
      values: {
        display_name: h.display_name,
        description: h.description,
        channel_id: h.channel_id,
        trigger_words: (h.trigger_words ?? []).join('\n'),
        trigger_when: String(h.trigger_when),
        callback_urls: (h.callback_urls ?? []).join('\n'),
        content_type: h.content_type,
      },
    }))
  },
  save: (rest, team_id, id, v) =>
    new IntegrationRest(rest).saveOutgoing({
      ...(id ? { id } : {}),
      team_id,
      display_name: text(v, 'display_name'),
      description: text(v, 'description'),
      channel_id: text(v, 'channel_id'),
      trigger_words: lines(v, 'trigger_words'),
      trigger_when: Number(text(v, 'trigger_when')) || 0,
      callback_urls: lines(v, 'callback_urls'),
      content_type: text(v, 'content_type') || 'application/x-www-form-urlencoded',
    }),
  drop: (rest, id) => new IntegrationRest(rest).dropOutgoing(id),
  newToken: (rest, id) => new IntegrationRest(rest).newOutgoingToken(id),
}

export const COMMANDS: Kind = {
  id: 'commands',
  title: 'ask.commands',
  fresh: 'ask.newCommand',
  dropTitle: 'ask.dropCommand',
  about: 'ask.commandsText',
  permission: 'manage_own_slash_commands',
  questions: [
    ...NAMED,
    { name: 'trigger', label: 'ask.trigger' },
    { name: 'url', label: 'ask.url' },
    {
      name: 'method',
      label: 'ask.method',
      kind: 'choice',
      choices: [
        { value: 'P', text: 'ask.post' },
        { value: 'G', text: 'ask.get' },
      ],
    },
    { name: 'auto_complete', label: 'ask.suggested', kind: 'check' },
    {
      name: 'auto_complete_hint',
      label: 'ask.hint',
      hint: 'ask.hintHint',
      optional: true,
    },
    { name: 'auto_complete_desc', label: 'ask.beside', optional: true },
    { name: 'username', label: 'ask.answersAs', optional: true },
  ],
  load: async (rest, team) => {
    const list = await new IntegrationRest(rest).commands(team)
    return list
      .filter(c => c.id)
      .map((c: TeamCommand) => ({
        id: c.id,
        title: c.display_name || `/${c.trigger}`,
        about: c.description || c.auto_complete_desc,
        address: `/${c.trigger} ${c.auto_complete_hint}`.trim(),
        addressLabel: 'ask.typedAs',
        channel: '',
        token: c.token,
        values: {
          display_name: c.display_name,
          description: c.description,
          trigger: c.trigger,
          url: c.url,
          method: c.method || 'P',
          auto_complete: c.auto_complete,
          auto_complete_hint: c.auto_complete_hint,
          auto_complete_desc: c.auto_complete_desc,
          username: c.username,
        },
      }))
  },
  save: (rest, team_id, id, v) =>
    new IntegrationRest(rest).saveCommand({
      ...(id ? { id } : {}),
      team_id,
      display_name: text(v, 'display_name'),
      description: text(v, 'description'),
      trigger: text(v, 'trigger').replace(/^\//, '').toLowerCase(),
      url: text(v, 'url'),
      method: text(v, 'method') === 'G' ? 'G' : 'P',
      auto_complete: v['auto_complete'] === true,
      auto_complete_hint: text(v, 'auto_complete_hint'),
      auto_complete_desc: text(v, 'auto_complete_desc'),
      username: text(v, 'username'),
    }),
  drop: (rest, id) => new IntegrationRest(rest).dropCommand(id),
  newToken: (rest, id) => new IntegrationRest(rest).newCommandToken(id),
}

export const APPS: Kind = {
  id: 'apps',
  title: 'ask.apps',
  fresh: 'ask.newApp',
  dropTitle: 'ask.dropApp',
  about: 'ask.appsText',
  permission: 'manage_oauth',
  setting: 'EnableOAuthServiceProvider',
  questions: [
    { name: 'name', label: 'ask.title' },
    { name: 'description', label: 'ask.about', optional: true },
    { name: 'homepage', label: 'ask.home', hint: 'ask.homeHint' },
    {
      name: 'callback_urls',
      label: 'ask.goBack',
      kind: 'lines',
      hint: 'ask.goBackHint',
    },
    { name: 'icon_url', label: 'ask.picture', optional: true },
    { name: 'is_trusted', label: 'ask.trusted', kind: 'check', off: true },
    {
      name: 'is_public',
      label: 'ask.public',
      kind: 'check',
      off: true,
      once: true,
    },
  ],
  load: async rest => {
    const list = await new OAuthRest(rest).apps()
    return list.map((a: OAuthApp) => ({
      id: a.id,
      title: a.name,
      about: [
        a.description,
        a.is_trusted ? t('hook.trusted') : '',
        a.is_public ? t('hook.public') : '',
        a.is_dynamically_registered ? t('hook.registered') : '',
      ]
        .filter(Boolean)
        .join(' '),
      address: a.id,
      addressLabel: 'ask.clientId',
      channel: '',
      token: a.is_public ? '' : 'kept',
      values: {
        name: a.name,
        description: a.description,
        homepage: a.homepage,
        callback_urls: a.callback_urls.join('\n'),
        icon_url: a.icon_url,
        is_trusted: a.is_trusted,
        is_public: a.is_public,
      },
    }))
  },
  save: (rest, _, id, v) =>
    new OAuthRest(rest).save({
      ...(id ? { id } : {}),
      name: text(v, 'name'),
      description: text(v, 'description'),
      homepage: text(v, 'homepage'),
      callback_urls: lines(v, 'callback_urls'),
      icon_url: text(v, 'icon_url'),
      is_trusted: v['is_trusted'] === true,
      is_public: v['is_public'] === true,
    }),
  drop: (rest, id) => new OAuthRest(rest).drop(id),
  newToken: (rest, id) => new OAuthRest(rest).newSecret(id),
  secretIn: answer => (answer as OAuthApp).client_secret,
}

/** What a new one begins with. */
export const blank = (kind: Kind): Values =>
  Object.fromEntries(
    kind.questions.map(q => [
      q.name,
      q.kind === 'check' ? !q.off : q.kind === 'choice' ? (q.choices?.[0]?.value ?? '') : '',
    ]),
  )

/** The first question that has to be answered and is not. */
export const missing = (kind: Kind, v: Values): Question | undefined =>
  kind.questions.find(q => !q.optional && q.kind !== 'check' && text(v, q.name) === '')
