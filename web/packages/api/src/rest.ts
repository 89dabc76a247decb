import type {
  Acknowledgement,
  Channel,
  ChannelMember,
  ClientConfig,
  Command,
  CommandAnswer,
  ErrorEnvelope,
  FileInfo,
  Freshness,
  Id,
  NewPost,
  Post,
  PostList,
  Preference,
  Reaction,
  Status,
  Team,
  User,
  Whereabouts,
} from './types.ts'

/** What went wrong, in the three ways a caller must tell apart. */
export class ApiError extends Error {
  constructor(
    /** `offline`: no answer. `server`: answered 5xx, may be tried again. `refused`: will not change by itself. */
    readonly kind: 'offline' | 'server' | 'refused',
    readonly status: number,
    readonly id: string,
    message: string,
  ) {
    super(message)
    this.name = 'ApiError'
  }

  get notBuilt(): boolean {
    return this.status === 501
  }

  get sessionLost(): boolean {
    return this.status === 401
  }
}

const isEnvelope = (x: unknown): x is ErrorEnvelope =>
  typeof x === 'object' && x !== null && 'id' in x && 'message' in x && typeof x.message === 'string'

export function errorOf(status: number, body: unknown): ApiError {
  // Whoever has sent as many as they may within an hour is told so, and not kept waiting.
  const spent = isEnvelope(body) && body.id === 'api.fieldpost.flash.too_many'
  const again = status === 429 && !spent
  const kind = status === 501 || (status >= 400 && status < 500 && !again) ? 'refused' : 'server'
  return isEnvelope(body)
    ? new ApiError(kind, status, body.id, body.message)
    : new ApiError(kind, status, '', `The server answered ${status}.`)
}

export interface RestOptions {
  /** Address in front of `/api/v4`; empty for the page's own origin. */
  base: string
  fetch: typeof fetch
  /** Value of the `MMCSRF` cookie, or empty. */
  csrf: () => string
  /** Bearer token, for clients without cookies. */
  token?: () => string
  timeoutMs?: number
}

type Query = Record<string, string | number | boolean | undefined>

const query = (q: Query): string => {
  const parts = Object.entries(q).flatMap(([k, v]) =>
    v === undefined ? [] : [`${encodeURIComponent(k)}=${encodeURIComponent(String(v))}`],
  )
  return parts.length > 0 ? `?${parts.join('&')}` : ''
}

const e = encodeURIComponent

export class Rest {
  /** Told the result of every exchange: whether the server was there. */
  onReachable: (reachable: boolean) => void = () => {}

  constructor(private readonly o: RestOptions) {}

  url(path: string): string {
    return `${this.o.base}/api/v4${path}`
  }

  headers(method: string): Record<string, string> {
    const h: Record<string, string> = { 'X-Requested-With': 'XMLHttpRequest' }
    const csrf = method === 'GET' ? '' : this.o.csrf()
    if (csrf) h['X-CSRF-Token'] = csrf
    const token = this.o.token?.()
    if (token) h['Authorization'] = `Bearer ${token}`
    return h
  }

  /** One exchange. Answers the parsed body, or throws an `ApiError`. */
  ask<T>(
    method: string,
    path: string,
    body?: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    return this.exchange<T>(method, this.url(path), body, more)
  }

  /** The same with what the server answers beside its API. */
  askOutside<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.exchange<T>(method, `${this.o.base}${path}`, body, {})
  }

  private async exchange<T>(
    method: string,
    url: string,
    body: unknown,
    more: Readonly<Record<string, string>>,
  ): Promise<T> {
    let answer: Response
    let parsed: unknown
    try {
      const headers = { ...this.headers(method), ...more }
      // The browser says where one part of a form ends and the next begins.
      const form = body instanceof FormData
      if (body !== undefined && !form) headers['Content-Type'] = 'application/json'
      answer = await this.o.fetch(url, {
        method,
        headers,
        credentials: 'same-origin',
        signal: AbortSignal.timeout(this.o.timeoutMs ?? 30_000),
        ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
      })
      const type = answer.headers.get('content-type') ?? ''
      const text = await answer.text()
      if (type.startsWith('application/json')) parsed = JSON.parse(text)
      else if (type.startsWith('application/x-ndjson'))
        parsed = text.split('\n').flatMap(line => (line ? [JSON.parse(line) as unknown] : []))
      else if (answer.ok) throw new SyntaxError('not an answer of this API')
    } catch (cause) {
      this.onReachable(false)
      throw new ApiError('offline', 0, 'offline', cause instanceof Error ? cause.message : 'no answer')
    }
    // A gateway in front of a stopped server answers for it, without the API's envelope.
    const gateway =
      (answer.status === 502 || answer.status === 503 || answer.status === 504) && !isEnvelope(parsed)
    this.onReachable(!gateway)
    if (gateway) throw new ApiError('offline', answer.status, 'offline', 'The server is not there.')
    if (!answer.ok) throw errorOf(answer.status, parsed)
    return parsed as T
  }

  ping = () => this.ask<{ status: string }>('GET', '/system/ping')
  config = () => this.ask<ClientConfig>('GET', '/config/client?format=old')

  login = (login_id: string, password: string, token = '') =>
    this.ask<User>('POST', '/users/login', { login_id, password, token, deviceId: '' })
  logout = () => this.ask<unknown>('POST', '/users/logout')
  createUser = (
    u: { email: string; username: string; password: string; locale?: string },
    way: { t?: string; iid?: string } = {},
  ) => this.ask<User>('POST', `/users${query({ t: way.t || undefined, iid: way.iid || undefined })}`, u)
  sendReset = (email: string) => this.ask<unknown>('POST', '/users/password/reset/send', { email })
  resetPassword = (token: string, new_password: string) =>
    this.ask<unknown>('POST', '/users/password/reset', { token, new_password })
  sendVerify = (email: string) => this.ask<unknown>('POST', '/users/email/verify/send', { email })
  verifyEmail = (token: string) => this.ask<unknown>('POST', '/users/email/verify', { token })
  me = () => this.ask<User>('GET', '/users/me')
  /** With a time, those only who changed after it. */
  usersByIds = (ids: readonly Id[], since = 0) =>
    this.ask<User[]>('POST', `/users/ids${query({ since: since || undefined })}`, ids)
  usersByNames = (names: readonly string[]) => this.ask<User[]>('POST', '/users/usernames', names)
  userByName = (name: string) => this.ask<User>('GET', `/users/username/${e(name)}`)
  users = (q: { in_team?: Id; in_channel?: Id; page?: number; per_page?: number }) =>
    this.ask<User[]>('GET', `/users${query(q)}`)
  autocompleteUsers = (q: { name: string; in_team?: Id; in_channel?: Id; limit?: number }) =>
    this.ask<{ users: User[]; out_of_channel?: User[] }>('GET', `/users/autocomplete${query(q)}`)
  statuses = (ids: readonly Id[]) => this.ask<Status[]>('POST', '/users/status/ids', ids)
  preferences = () => this.ask<Preference[]>('GET', '/users/me/preferences')
  savePreferences = (p: readonly Preference[]) => this.ask<unknown>('PUT', '/users/me/preferences', p)

  myTeams = () => this.ask<Team[]>('GET', '/users/me/teams')
  teams = () => this.ask<Team[]>('GET', '/teams?page=0&per_page=100')
  teamByName = (name: string) => this.ask<Team>('GET', `/teams/name/${e(name)}`)
  createTeam = (t: { name: string; display_name: string; type: 'O' | 'I' }) =>
    this.ask<Team>('POST', '/teams', t)
  addTeamMember = (team_id: Id, user_id: Id) =>
    this.ask<unknown>('POST', `/teams/${team_id}/members`, { team_id, user_id })
  joinByInvite = (inviteId: string) =>
    this.ask<{ team_id: Id }>('POST', `/teams/members/invite${query({ invite_id: inviteId })}`)
  joinByToken = (token: string) =>
    this.ask<{ team_id: Id }>('POST', `/teams/members/invite${query({ token })}`)

  myChannels = (team: Id) => this.ask<Channel[]>('GET', `/users/me/teams/${team}/channels`)
  myChannelMembers = (team: Id) =>
    this.ask<ChannelMember[]>('GET', `/users/me/teams/${team}/channels/members`)
  channel = (id: Id) => this.ask<Channel>('GET', `/channels/${id}`)
  channelByName = (team: Id, name: string) =>
    this.ask<Channel>('GET', `/teams/${team}/channels/name/${e(name)}`)
  publicChannels = (team: Id) => this.ask<Channel[]>('GET', `/teams/${team}/channels?page=0&per_page=200`)
  myMember = (channel: Id) => this.ask<ChannelMember>('GET', `/channels/${channel}/members/me`)
  channelMembers = (channel: Id) =>
    this.ask<ChannelMember[]>('GET', `/channels/${channel}/members?page=0&per_page=200`)
  createChannel = (c: {
    team_id: Id
    name: string
    display_name: string
    type: 'O' | 'P'
    purpose?: string
  }) => this.ask<Channel>('POST', '/channels', c)
  addChannelMember = (channel: Id, user_id: Id) =>
    this.ask<ChannelMember>('POST', `/channels/${channel}/members`, { user_id })
  leaveChannel = (channel: Id, user: Id) =>
    this.ask<unknown>('DELETE', `/channels/${channel}/members/${user}`)
  direct = (a: Id, b: Id) => this.ask<Channel>('POST', '/channels/direct', [a, b])
  freshness = (channel_id: Id) =>
    this.ask<Freshness[]>('GET', `/fieldpost/link/freshness${query({ channel_id })}`)
  /** Where messages of a channel are, 200 at most; nothing of those that were written at another site. */
  whereabouts = (channel_id: Id, post_ids: readonly Id[]) =>
    this.ask<Whereabouts[]>('POST', '/fieldpost/link/whereabouts', { channel_id, post_ids })
  /** Deletes a message that has not left its site, and keeps all of it there. */
  withdraw = (post_id: Id) => this.ask<unknown>('POST', '/fieldpost/link/withdraw', { post_id })
  view = (channel_id: Id) =>
    this.ask<unknown>('POST', '/channels/members/me/view', { channel_id, collapsed_threads_supported: true })

  posts = (channel: Id, q: { before?: Id; after?: Id; since?: number; per_page?: number }) =>
    this.ask<PostList>('GET', `/channels/${channel}/posts${query({ ...q, collapsedThreads: true })}`)
  postsAroundUnread = (channel: Id) =>
    this.ask<PostList>(
      'GET',
      `/users/me/channels/${channel}/posts/unread${query({ limit_before: 40, limit_after: 60, collapsedThreads: true })}`,
    )
  post = (id: Id) => this.ask<Post>('GET', `/posts/${id}`)
  thread = (id: Id) => this.ask<PostList>('GET', `/posts/${id}/thread?collapsedThreads=true`)
  runCommand = (c: { command: string; channel_id: Id; root_id: Id | ''; team_id: Id }) =>
    this.ask<CommandAnswer>('POST', '/commands/execute', c)
  commands = (team: Id) => this.ask<Command[]>('GET', `/teams/${team}/commands/autocomplete`)
  press = (post: Id, action: string, what: { selected_option?: string; cookie?: string }) =>
    this.ask<CommandAnswer>('POST', `/posts/${post}/actions/${e(action)}`, what)
  createPost = (p: NewPost) => this.ask<Post>('POST', '/posts', p)
  patchPost = (id: Id, patch: { message: string }) => this.ask<Post>('PUT', `/posts/${id}/patch`, patch)
  deletePost = (id: Id) => this.ask<unknown>('DELETE', `/posts/${id}`)
  react = (user_id: Id, post_id: Id, emoji_name: string) =>
    this.ask<Reaction>('POST', '/reactions', { user_id, post_id, emoji_name })
  unreact = (user_id: Id, post_id: Id, emoji_name: string) =>
    this.ask<unknown>('DELETE', `/users/${user_id}/posts/${post_id}/reactions/${e(emoji_name)}`)
  acknowledge = (user: Id, post: Id) => this.ask<Acknowledgement>('POST', `/users/${user}/posts/${post}/ack`)
  readThread = (team: Id, thread: Id, at: number) =>
    this.ask<unknown>('PUT', `/users/me/teams/${team}/threads/${thread}/read/${at}`)

  /** A picture of elsewhere, passed on by the server: its own server never learns who looks. */
  pictureUrl = (of: string) => this.url(`/image${query({ url: of })}`)
  emojiUrl = (id: Id) => this.url(`/emoji/${id}/image`)
  fileUrl = (id: Id, form: '' | '/thumbnail' | '/preview' = '') => this.url(`/files/${id}${form}`)
  avatarUrl = (u: User) => this.url(`/users/${u.id}/image?_=${u.last_picture_update ?? 0}`)
  /** The address of the picture that somebody chose; empty for those whose picture the server makes up. */
  faceUrl = (u: User | undefined) => (u && (u.last_picture_update ?? 0) > 0 ? this.avatarUrl(u) : '')
}

/** Uploads one file. Hand-made over XMLHttpRequest because fetch reports no progress. */
export function upload(
  rest: Rest,
  channel: Id,
  file: Blob & { name: string },
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
  more = '',
): Promise<FileInfo> {
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest()
    x.open('POST', rest.url(`/files${more}`))
    for (const [k, v] of Object.entries(rest.headers('POST'))) x.setRequestHeader(k, v)
    x.responseType = 'json'
    x.upload.onprogress = ev => {
      if (ev.lengthComputable) onProgress(ev.loaded / ev.total)
    }
    x.onerror = () => reject(new ApiError('offline', 0, 'offline', 'no answer'))
    x.onabort = () => reject(new ApiError('refused', 0, 'aborted', 'Cancelled.'))
    x.onload = () => {
      const body: unknown = x.response
      if (x.status < 200 || x.status >= 300) return reject(errorOf(x.status, body))
      const info = (body as { file_infos?: FileInfo[] } | null)?.file_infos?.[0]
      if (info) resolve(info)
      else reject(new ApiError('server', x.status, '', 'The server did not keep the file.'))
    }
    signal.addEventListener('abort', () => x.abort())
    const form = new FormData()
    form.append('channel_id', channel)
    form.append('files', file, file.name)
    x.send(form)
  })
}
