// Serves app/dist and passes /api on to a server: one origin, as when the server embeds the client.
// usage: node scripts/preview.mjs [port] [server address]
import { readFile } from 'node:fs/promises'
import http from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = fileURLToPath(new URL('../app/dist', import.meta.url))
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
}
const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

/** No connection is used twice: one that the server just ends for being idle would lose what is asked over it. */
const agent = new http.Agent({ keepAlive: false })

const whole = async stream => {
  const parts = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}
const parsed = text => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Passes on one exchange whole, so that it can be looked at and answered otherwise. */
async function exchange(to, req, res, between) {
  const sent = await whole(req)
  const headers = { ...req.headers, 'accept-encoding': 'identity' }
  delete headers['if-none-match']
  const up = http.request({
    agent,
    host: to.hostname,
    port: to.port,
    path: req.url,
    method: req.method,
    headers,
  })
  up.on('response', async a => {
    const text = await whole(a)
    const seen = {
      method: req.method,
      url: req.url,
      sent: parsed(sent),
      status: a.statusCode,
      body: parsed(text),
    }
    const other = between(seen)
    const body = other ? Buffer.from(JSON.stringify(other.body)) : text
    const answered = { ...a.headers, 'content-length': body.length }
    delete answered['transfer-encoding']
    if (other) answered['content-type'] = 'application/json'
    res.writeHead(other?.status ?? a.statusCode, answered)
    res.end(body)
  })
  up.on('error', () => res.headersSent || res.writeHead(502).end())
  up.end(sent)
}

/** Where the server sends somebody at once who opens the page where an app asks them; nowhere, for most. */
const sentBack = options =>
  new Promise(resolve => {
    const up = http.request(options, a => {
      a.resume()
      resolve(a.statusCode === 302 ? a.headers.location : '')
    })
    up.on('error', () => resolve(''))
    up.end()
  })

/** `between`, if given, sees each exchange of the API, and may answer `{status, body}` in the server's place. */
export function preview(upstream, between) {
  const to = new URL(upstream)
  const options = req => ({
    agent,
    host: to.hostname,
    port: to.port,
    path: req.url,
    method: req.method,
    headers: req.headers,
  })
  const server = http.createServer(async (req, res) => {
    const path = new URL(req.url, 'http://x').pathname
    if (path.startsWith('/api/') && between) return void exchange(to, req, res, between)
    if (path.startsWith('/api/') || (path.startsWith('/oauth/') && req.method !== 'GET')) {
      const up = http.request(options(req), a => {
        res.writeHead(a.statusCode, a.headers)
        a.pipe(res)
      })
      up.on('error', () => {
        if (!res.headersSent) res.writeHead(502)
        res.end()
      })
      req.pipe(up)
      return
    }
    if (path.startsWith('/oauth/')) {
      const location = await sentBack(options(req))
      if (location) return void res.writeHead(302, { location }).end()
    }
    const file = normalize(join(dist, path))
    const known = file.startsWith(dist) && extname(file)
    try {
      const body = await readFile(known ? file : join(dist, 'index.html'))
      res.writeHead(200, {
        'content-type': types[known ? extname(file) : '.html'] ?? 'application/octet-stream',
        'cache-control': path.startsWith('/assets/') ? 'max-age=31536000, immutable' : 'no-cache',
        'content-security-policy': CSP,
      })
      res.end(body)
    } catch {
      res.writeHead(404).end()
    }
  })
  server.on('upgrade', (req, socket, head) => {
    const up = http.request(options(req))
    up.on('upgrade', (a, upSocket, upHead) => {
      const lines = [`HTTP/1.1 101 ${a.statusMessage}`]
      for (let i = 0; i < a.rawHeaders.length; i += 2)
        lines.push(`${a.rawHeaders[i]}: ${a.rawHeaders[i + 1]}`)
      socket.write(`${lines.join('\r\n')}\r\n\r\n`)
      if (upHead.length > 0) socket.write(upHead)
      if (head.length > 0) upSocket.write(head)
      socket.pipe(upSocket).pipe(socket)
      for (const s of [socket, upSocket]) {
        s.on('error', () => {})
        s.on('close', () => (s === socket ? upSocket : socket).destroy())
      }
    })
    up.on('response', () => socket.destroy())
    up.on('error', () => socket.destroy())
    socket.on('error', () => {})
    up.end()
  })
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [port = '8066', upstream = 'http://127.0.0.1:8065'] = process.argv.slice(2)
  preview(upstream).listen(Number(port), '127.0.0.1', () =>
    console.log(`http://127.0.0.1:${port} → ${upstream}`),
  )
}
