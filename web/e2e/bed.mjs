// A server of one's own, the client in front of it, and browsers that look at it.
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { preview } from '../scripts/preview.mjs'

/** How long what must come may take, ms: how soon it does depends on what else the machine does. */
export const patience = 45_000

export const binary = process.env.FIELDPOST_BINARY ?? '../target/debug/fieldpost'

const isFree = (port, host) =>
  new Promise(resolve => {
    const s = createServer()
    s.once('error', () => resolve(false))
    s.listen(port, host, () => s.close(() => resolve(true)))
  })

/**
 * A port where nothing listens, below those that the system hands to connections of itself: a browser's
 * connection does not get it by chance while the server is restarted.
 */
export async function freePort(host = '127.0.0.1') {
  for (;;) {
    const port = randomInt(20_000, 32_768)
    if (await isFree(port, host)) return port
  }
}

export const launch = (options = {}) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
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
    ...options,
  })

/** A page in a browser of its own, which remembers what went wrong in it. */
export async function pageOf(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  page.problems = []
  page.on('pageerror', e => page.problems.push(String(e)))
  page.on('console', m => {
    if (m.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(m.text()))
      page.problems.push(m.text())
  })
  return page
}

export async function answering(url, fetched = fetch) {
  for (let i = 0; ; i++) {
    const ok = await fetched(`${url}/api/v4/system/ping`).then(
      r => r.ok,
      () => false,
    )
    if (ok) return
    if (i > 200) throw new Error('the server did not start')
    await new Promise(r => setTimeout(r, 50))
  }
}

export class Bed {
  /** Functions over each exchange of the API; the first that answers, answers in the server's place. */
  between = []

  /** `prepare` runs over the empty data directory before the server does, which is started with the `flags`. */
  static async start({ prepare = async () => {}, flags = [] } = {}) {
    const bed = new Bed()
    bed.flags = flags
    bed.data = await mkdtemp(join(tmpdir(), 'fieldpost-e2e-'))
    await prepare(bed.data)
    bed.backPort = await freePort()
    bed.frontPort = await freePort()
    bed.back = `http://127.0.0.1:${bed.backPort}`
    bed.origin = `http://127.0.0.1:${bed.frontPort}`
    await bed.serve()
    bed.browser = await launch()
    return bed
  }

  /** Starts the server, and the client's origin before it; `hidden` runs while no browser can reach it. */
  async serve(hidden = async () => {}) {
    const where = ['--data', this.data, '--listen', `127.0.0.1:${this.backPort}`]
    this.child = spawn(binary, ['serve', ...where, ...this.flags], { stdio: 'ignore' })
    await answering(this.back)
    await hidden()
    this.front = preview(this.back, seen => {
      for (const f of this.between) {
        const answer = f(seen)
        if (answer) return answer
      }
    })
    await new Promise(r => this.front.listen(this.frontPort, '127.0.0.1', r))
  }

  /** The power fails: nothing answers any more, not even with an error. */
  async kill() {
    if (!this.child || this.child.signalCode) return
    const gone = new Promise(r => this.child.once('exit', r))
    this.child.kill('SIGKILL')
    this.front?.close()
    this.front?.closeAllConnections()
    await gone
  }

  async stop() {
    await this.browser?.close()
    await this.kill()
    await rm(this.data, { recursive: true, force: true })
  }

  person(options = {}) {
    return pageOf(this.browser, options)
  }

  async api(method, path, body, token) {
    const r = await fetch(`${this.back}/api/v4${path}`, {
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

  /** An account made without a browser, in a team if one is named by its administrator. */
  async account(username, more = {}) {
    const made = await this.api('POST', '/users', {
      email: `${username}@ship.example`,
      username,
      password: 'Passw0rd!x',
      ...more,
    })
    if (made.status !== 201) throw new Error(`no account ${username}: ${JSON.stringify(made.body)}`)
    return this.login(username)
  }
}

export async function signUp(page, origin, name) {
  await page.goto(`${origin}/signup_email`)
  await page.getByLabel('Email').fill(`${name}@ship.example`)
  await page.getByLabel('Username').fill(name)
  await page.getByRole('textbox', { name: 'Password' }).fill('Passw0rd!x')
  await page.getByRole('button', { name: 'Create account' }).click()
}

export async function signIn(page, origin, name, path = '/') {
  await page.goto(`${origin}/login`)
  await page.getByLabel('Username or email').fill(name)
  await page.getByRole('textbox', { name: 'Password' }).fill('Passw0rd!x')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(u => !u.pathname.startsWith('/login'))
  if (path !== '/') await page.goto(`${origin}${path}`)
}

export async function write(page, text, box = /^Write to/) {
  const area = page.getByRole('textbox', { name: box })
  await area.fill(text)
  await area.press('Enter')
}
