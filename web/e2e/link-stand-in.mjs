// Answers the link API where the server does not have it (404 or 501), as a site with these peers would.
// A server that has it answers for itself.
export const MINUTE = 60_000

const fail = (status, id, message) => ({ status, body: { id, message, status_code: status } })
const ok = { status: 200, body: { status: 'OK' } }

export const peer = (site, state, more = {}) => ({
  site,
  id: `${site}000000000000000000000000`.slice(0, 26),
  state,
  backlog: { changes: 0, bytes: 0 },
  last_contact: Date.now() - 20_000,
  sent_bytes: 0,
  received_bytes: 0,
  share_all: false,
  shared: [],
  ...more,
})
export const shared = (channel, hash, peer_hash) => ({ channel, channel_id: channel, hash, peer_hash })

export class StandIn {
  site = 'ship'
  listening = '192.0.2.7:8067'
  peers = []
  /** What a code that somebody accepts leads to. */
  codes = new Map()

  answer = seen => {
    const path = new URL(seen.url, 'http://x').pathname.replace('/api/v4/fieldpost/link', '')
    if (!seen.url.startsWith('/api/v4/fieldpost/link') || (seen.status !== 404 && seen.status !== 501)) return
    if (path === '/freshness')
      return {
        status: 200,
        body: this.peers.map(({ site, state, last_contact }) => ({ site, state, last_contact })),
      }
    if (path === '') return { status: 200, body: this.report() }
    if (path === '/invite') {
      const code = `fieldpost-link:${seen.sent.address ?? this.listening}:7hW2k0cQd4u3yGvX1mZs`
      return { status: 201, body: { code } }
    }
    if (path === '/accept') return this.accept(seen.sent.code)
    const [, id, verb] = path.split('/')
    const found = this.peers.find(p => p.id === id)
    if (!found)
      return fail(404, 'api.fieldpost.link.unknown_site.app_error', 'There is no link to that site.')
    return this.change(found, seen.method === 'DELETE' ? 'remove' : verb, seen.sent)
  }

  report() {
    return { site: this.site, id: 'ship0000000000000000000000', listening: this.listening, peers: this.peers }
  }

  accept(code) {
    const made = this.codes.get(code)
    if (!made)
      return fail(400, 'api.fieldpost.link.bad_code.app_error', 'This is not a code of an invitation.')
    this.peers.push(made)
    return { status: 201, body: { site: made.site, id: made.id } }
  }

  change(p, verb, sent) {
    if (verb === 'remove') this.peers = this.peers.filter(x => x !== p)
    else if (verb === 'pause') p.state = 'paused'
    else if (verb === 'silence') p.state = 'silent'
    else if (verb === 'resume') p.state = 'connected'
    else if (verb === 'unshare') p.shared = p.shared.filter(s => s.channel !== sent.channel)
    else if (sent.all) p.share_all = true
    else p.shared.push(shared(sent.channel, 'aa', ''))
    return ok
  }
}
