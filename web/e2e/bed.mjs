// A server of one's own, the client in front of it, and browsers that look at it.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { preview } from '../scripts/preview.mjs'

const binary = process.env.FIELDPOST_BINARY ?? '../target/debug/fieldpost'
const chrome = process.env.CHROMIUM ?? '/usr/bin/chromium'

const freePort = () =>
  new Promise(resolve => {
    const s = createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => resolve(port))
    })
  })

export class Bed {
  static async start() {
    const bed = new Bed()
    bed.data = await mkdtemp(join(tmpdir(), 'fieldpost-e2e-'))
    bed.backPort = await freePort()
    bed.frontPort = await freePort()
    bed.origin = `http://127.0.0.1:${bed.frontPort}`
    await bed.serve()
    bed.browser = await chromium.launch({
      executablePath: chrome,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
    return bed
  }

  /** Starts the server, and the client's origin before it. */
  async serve() {
    this.child = spawn(binary, ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.backPort}`], {
      stdio: 'ignore',
    })
    for (let i = 0; ; i++) {
      const ok = await fetch(`http://127.0.0.1:${this.backPort}/api/v4/system/ping`).then(
        r => r.ok,
        () => false,
      )
      if (ok) break
      if (i > 200) throw new Error('the server did not start')
      await new Promise(r => setTimeout(r, 50))
    }
    this.front = preview(`http://127.0.0.1:${this.backPort}`)
    await new Promise(r => this.front.listen(this.frontPort, '127.0.0.1', r))
  }

  /** The power fails: nothing answers any more, not even with an error. */
  async kill() {
    if (!this.child || this.child.signalCode) return
    const gone = new Promise(r => this.child.once('exit', r))
    this.child.kill('SIGKILL')
    this.front.close()
    this.front.closeAllConnections()
    await gone
  }

  async stop() {
    await this.browser?.close()
    await this.kill()
    await rm(this.data, { recursive: true, force: true })
  }

  async person(options = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
    const page = await context.newPage()
    page.problems = []
    page.on('pageerror', e => page.problems.push(String(e)))
    page.on('console', m => {
      if (m.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(m.text()))
        page.problems.push(m.text())
    })
    return page
  }

  async api(method, path, body, token) {
    const r = await fetch(`http://127.0.0.1:${this.backPort}/api/v4${path}`, {
      method,
      headers: token ? { authorization: `Bearer ${token}` } : {},
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { status: r.status, body: await r.json().catch(() => undefined), token: r.headers.get('token') }
  }

  async login(name, password = 'Passw0rd!x') {
    const r = await this.api('POST', '/users/login', { login_id: name, password })
    return { id: r.body.id, token: r.token }
  }
}

export async function signUp(page, origin, name) {
  await page.goto(`${origin}/signup_email`)
  await page.getByLabel('Email').fill(`${name}@ship.example`)
  await page.getByLabel('Username').fill(name)
  await page.getByRole('textbox', { name: 'Password' }).fill('Passw0rd!x')
  await page.getByRole('button', { name: 'Create account' }).click()
}

export async function write(page, text, box = /^Write to/) {
  const area = page.getByRole('textbox', { name: box })
  await area.fill(text)
  await area.press('Enter')
}
