/** What the server in memory answers to requests. */
import type { NewPost, Reaction, Team, User } from '@fieldpost/api'
import type { Model } from './server.ts'

const user = (id: string): User => ({
  id,
  username: id,
  nickname: '',
  first_name: '',
  last_name: '',
  position: '',
  roles: '',
  delete_at: 0,
  update_at: 1,
})
const team: Team = {
  id: 't',
  name: 'ship',
  display_name: 'Ship',
  description: '',
  type: 'O',
  delete_at: 0,
}

type Answer = [status: number, body: unknown]
const OK: Answer = [200, { status: 'OK' }]
const no = (status: number, id = 'no'): Answer => [status, { id, message: 'No.', status_code: status }]

export class Answers {
  constructor(private readonly m: Model) {}

  answer(method: string, url: string, body: unknown): Answer {
    const at = new URL(url, 'http://ship')
    const [, first = '', id = '', third = '', fourth = '', fifth = '', sixth = ''] = at.pathname
      .replace('/api/v4', '')
      .split('/')
    if (first === 'config') return [200, { Version: '10.11.0' }]
    if (first === 'reactions') {
      const r = body as Reaction
      const made = this.m.react('ada', r.post_id, r.emoji_name, true)
      return made ? [201, made] : no(404)
    }
    if (first === 'channels') return this.channelAnswer(method, id, third, fourth, at.searchParams, body)
    if (first === 'posts') return this.postAnswer(method, id, third, body)
    if (first !== 'users') return no(501, 'api.fieldpost.not_built')
    if (id === 'me' && !third) return [200, user('ada')]
    if (id === 'ids') return [200, [user('ada'), user('bo')]]
    if (third === 'teams' && !fourth) return [200, [team]]
    if (third === 'teams' && fifth === 'channels')
      return sixth
        ? [200, [...this.m.members.values()]]
        : [200, [...this.m.members.keys()].map(c => this.m.channels.get(c))]
    if (third === 'posts' && fifth === 'reactions') {
      this.m.react('ada', fourth, decodeURIComponent(sixth), false)
      return OK
    }
    if (third === 'posts' && fifth === 'set_unread') {
      const m = this.m.unread(fourth)
      return m ? [200, m] : no(404)
    }
    if (third === 'preferences') return this.preferences(method, fourth, body)
    return no(501, 'api.fieldpost.not_built')
  }

  private preferences(method: string, rest: string, body: unknown): Answer {
    if (method === 'GET')
      return [200, [...this.m.saved].map(name => ({ category: 'flagged_post', name, value: 'true' }))]
    for (const p of body as { category: string; name: string }[])
      if (p.category === 'flagged_post') this.m.remember(p.name, rest !== 'delete')
    return OK
  }

  private channelAnswer(
    method: string,
    id: string,
    what: string,
    more: string,
    q: URLSearchParams,
    body: unknown,
  ): Answer {
    if (id === 'members' && more === 'view') {
      this.m.view((body as { channel_id: string }).channel_id)
      return OK
    }
    const c = this.m.channels.get(id)
    if (!c || method !== 'GET') return no(501, 'api.fieldpost.not_built')
    if (!what) return [200, c]
    if (what === 'members' && more === 'me') {
      const m = this.m.members.get(id)
      return m ? [200, m] : no(404)
    }
    if (what === 'posts') return this.m.members.has(id) ? [200, this.page(id, q)] : no(403)
    return no(501, 'api.fieldpost.not_built')
  }

  private page(channel: string, q: URLSearchParams): object {
    const since = Number(q.get('since') ?? 0)
    const size = Number(q.get('per_page') ?? 60)
    let list = this.m.roots(channel).reverse()
    const before = q.get('before')
    const after = q.get('after')
    const all = list
    if (since)
      list = [...this.m.posts.values()]
        .filter(p => p.channel_id === channel && !p.root_id && p.update_at > since)
        .sort((a, b) => b.create_at - a.create_at)
    else if (before) list = list.slice(list.findIndex(p => p.id === before) + 1).slice(0, size)
    else if (after)
      list = list
        .slice(
          0,
          list.findIndex(p => p.id === after),
        )
        .slice(-size)
    else list = list.slice(0, size)
    const last = list.at(-1)
    return {
      order: list.map(p => p.id),
      posts: Object.fromEntries(list.map(p => [p.id, p])),
      next_post_id: '',
      prev_post_id: since || !last ? '' : (all[all.indexOf(last) + 1]?.id ?? ''),
    }
  }

  private postAnswer(method: string, id: string, what: string, body: unknown): Answer {
    if (!id) {
      const { channel_id, message, root_id = '', pending_post_id } = body as NewPost
      if (!this.m.members.has(channel_id)) return no(403)
      const before = this.m.posts.get(this.m.sent.get(pending_post_id) ?? '')
      const made =
        before ?? this.m.say('ada', channel_id, message, { root: root_id, pending: pending_post_id })
      return [201, { ...made, pending_post_id }]
    }
    const p = this.m.posts.get(id)
    if (!p || p.delete_at > 0) return no(404)
    if (what === 'thread') {
      const all = [p, ...this.m.replies(id)]
      return [200, { order: all.map(x => x.id), posts: Object.fromEntries(all.map(x => [x.id, x])) }]
    }
    if (what === 'patch') return [200, this.m.change(id, { ...(body as object), edit_at: this.m.moment })]
    if (what === 'pin' || what === 'unpin') this.m.change(id, { is_pinned: what === 'pin' })
    else if (method === 'DELETE') this.m.remove(id)
    return method === 'GET' ? [200, p] : OK
  }
}
