// Something else on the network: pages with previews, and what answers commands, buttons and dialogs.
import http from 'node:http'
import { crc32, deflateSync } from 'node:zlib'
import { freePort } from './bed.mjs'

/** A picture of stripes. */
export function png(width, height) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const whole = Buffer.alloc(body.length + 8)
    whole.writeUInt32BE(data.length)
    body.copy(whole, 4)
    whole.writeUInt32BE(crc32(body), body.length + 4)
    return whole
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([8, 2], 8)
  const row = y => {
    const line = Buffer.alloc(1 + width * 3)
    for (let x = 0; x < width; x++) line.set([40 + ((x + y) % 64), 90, 150 - (y % 90)], 1 + x * 3)
    return line
  }
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, (_, y) => row(y))))
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

export class Integration {
  /** What was asked for: path and body. */
  seen = []
  /** What a path answers, besides the pages: a function of the body. */
  answers = {}

  static async start() {
    const it = new Integration()
    const port = await freePort()
    it.url = `http://127.0.0.1:${port}`
    it.server = http.createServer(async (req, res) => {
      const parts = []
      for await (const part of req) parts.push(part)
      const text = Buffer.concat(parts).toString()
      const path = new URL(req.url, it.url).pathname
      it.seen.push({ path, body: parsed(text) })
      const answer = it.answers[path]
      if (path === '/map.png') res.writeHead(200, { 'content-type': 'image/png' }).end(png(640, 320))
      else if (path === '/icon.png') res.writeHead(200, { 'content-type': 'image/png' }).end(png(48, 48))
      else if (path === '/weather') res.writeHead(200, { 'content-type': 'text/html' }).end(it.page())
      else if (!answer) res.writeHead(404).end()
      else {
        const said = await answer(parsed(text))
        res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said ?? {}))
      }
    })
    await new Promise(r => it.server.listen(port, '127.0.0.1', r))
    return it
  }

  page() {
    return `<html><head><meta property="og:title" content="Gale warning for the northern sector">
      <meta property="og:site_name" content="Weather office">
      <meta property="og:description" content="South-west 9, sea very rough, visibility poor.">
      <meta property="og:image" content="${this.url}/map.png"></head><body></body></html>`
  }

  stop() {
    this.server.close()
    this.server.closeAllConnections()
  }
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return Object.fromEntries(new URLSearchParams(text))
  }
}
