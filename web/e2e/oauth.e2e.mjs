// A program of somebody else is registered, let in, used, denied and taken back: the whole of OAuth.
import { createHash, randomBytes } from 'node:crypto'
import http from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bed, freePort, signIn } from './bed.mjs'
import { everywhere } from './look.mjs'

/** A small program that shows who somebody is, once they let it. */
class App {
  static async start(site) {
    const app = new App()
    app.site = site
    app.origin = `http://127.0.0.1:${await freePort()}`
    app.back = `${app.origin}/back?of=app`
    app.server = http.createServer((req, res) => void app.answer(new URL(req.url, app.origin), res))
    await new Promise(r => app.server.listen(new URL(app.origin).port, '127.0.0.1', r))
    return app
  }

  async answer(url, res) {
    if (url.pathname === '/') {
      this.state = randomBytes(12).toString('hex')
      this.verifier = randomBytes(48).toString('base64url')
      return void res.writeHead(302, { location: this.question() }).end()
    }
    if (url.pathname !== '/back') return void res.writeHead(404).end()
    const said = url.searchParams
    res.setHeader('content-type', 'text/html; charset=utf-8')
    if (said.get('state') !== this.state || said.get('of') !== 'app') return void res.end('<p>Not mine</p>')
    if (said.get('error')) return void res.end(`<p>Refused: ${said.get('error')}</p>`)
    this.tokens = await this.token({
      grant_type: 'authorization_code',
      code: said.get('code'),
      redirect_uri: this.back,
      code_verifier: this.verifier,
    })
    const me = await this.me()
    res.end(`<p>Hello ${me.body.username}</p>`)
  }

  question() {
    const asked = new URLSearchParams({
      response_type: 'code',
      client_id: this.id,
      redirect_uri: this.back,
      state: this.state,
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
    return `${this.site.origin}/oauth/authorize?${asked}`
  }

  async token(form) {
    const secret = Buffer.from(`${this.id}:${this.secret}`).toString('base64')
    const r = await fetch(`${this.site.back}/oauth/access_token`, {
      method: 'POST',
      headers: { authorization: `Basic ${secret}` },
      body: new URLSearchParams(form),
    })
    return r.json()
  }

  me() {
    return this.site.api('GET', '/users/me', undefined, this.tokens.access_token)
  }

  stop() {
    this.server.close()
    this.server.closeAllConnections()
  }
}

let bed
let app
let page
let bo

beforeAll(async () => {
  bed = await Bed.start()
  app = await App.start(bed)
  const ada = await bed.account('ada')
  const team = { name: 'ship', display_name: 'Ship', type: 'O' }
  const { body } = await bed.api('POST', '/teams', team, ada.token)
  const member = await bed.account('bo')
  await bed.api('POST', `/teams/${body.id}/members`, { team_id: body.id, user_id: member.id }, ada.token)
  page = await bed.person()
  await signIn(page, bed.origin, 'ada', '/ship/integrations')
  bo = await bed.person()
})
afterAll(async () => {
  app?.stop()
  await bed?.stop()
})

test('an administrator makes an app, and sees its secret once', async () => {
  await page.getByRole('button', { name: 'OAuth apps' }).click()
  await page.getByText('None yet').waitFor()
  await page.getByRole('button', { name: 'New app' }).click()
  const dialog = page.getByRole('dialog', { name: 'New app' })
  await dialog.getByLabel('Title').fill('Weather')
  await dialog.getByLabel('What it is for').fill('Says how it blows.')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByText('“Home page” is missing.').waitFor()
  await everywhere(page, 'oauth-form')
  await dialog.getByLabel('Home page').fill(app.origin)
  await dialog.getByLabel('Addresses to go back to').fill('nonsense')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByText('There must be addresses to be sent back to').waitFor()
  await dialog.getByLabel('Addresses to go back to').fill(app.back)
  await dialog.getByRole('button', { name: 'Save' }).click()
  const row = page.getByRole('list', { name: 'OAuth apps' }).locator('li', { hasText: 'Weather' })
  app.id = await row.locator('code').first().textContent()
  const first = await page.locator('.made code').textContent()
  expect(first).toMatch(/^[a-z0-9]{26}$/)
  await everywhere(page, 'oauth-apps')
  await row.getByRole('button', { name: 'Another secret for Weather' }).click()
  await page.getByRole('button', { name: 'Make another' }).click()
  await expect.poll(() => page.locator('.made code').textContent()).not.toBe(first)
  app.secret = await page.locator('.made code').textContent()
  await row.getByRole('button', { name: 'Edit Weather' }).click()
  const edit = page.getByRole('dialog', { name: 'Edit Weather' })
  expect(await edit.getByLabel(/^Public/).count()).toBe(0)
  await edit.getByLabel('What it is for').fill('Says how it blows, and from where.')
  await edit.getByRole('button', { name: 'Save' }).click()
  await row.getByText('from where').waitFor()
  expect(await page.locator('.made').count()).toBe(0)
})

test('somebody who is asked signs in first, and says no', async () => {
  await bo.goto(app.origin)
  await bo.getByLabel('Username or email').fill('bo')
  await bo.getByRole('textbox', { name: 'Password' }).fill('Passw0rd!x')
  await bo.getByRole('button', { name: 'Sign in' }).click()
  await bo.getByRole('heading', { name: 'Let Weather act in your name?' }).waitFor()
  await bo.getByText('Made by @ada').waitFor()
  await bo.getByText('You are @bo.').waitFor()
  await everywhere(bo, 'oauth-consent')
  await bo.getByRole('button', { name: 'Deny' }).click()
  await bo.getByText('Refused: access_denied').waitFor()
})

test('they say yes, and are not asked again', async () => {
  await bo.goto(app.origin)
  await bo.getByRole('button', { name: 'Allow' }).click()
  await bo.getByText('Hello bo').waitFor()
  const first = app.tokens
  expect((await app.me()).status).toBe(200)
  app.tokens = await app.token({ grant_type: 'refresh_token', refresh_token: first.refresh_token })
  expect((await app.me()).body.username).toBe('bo')
  await bo.goto(app.origin)
  await bo.getByText('Hello bo').waitFor()
})

test('nobody is sent where the app did not say', async () => {
  const real = app.back
  app.back = `${app.origin}/elsewhere`
  await bo.goto(app.question())
  app.back = real
  await bo.getByText('where it never said').waitFor()
  await everywhere(bo, 'oauth-elsewhere')
  expect(new URL(bo.url()).origin).toBe(bed.origin)
  expect(await bo.getByRole('button', { name: 'Deny' }).count()).toBe(0)
})

test('what was allowed is taken back, and ends at once', async () => {
  await bo.goto(`${bed.origin}/account_settings`)
  const row = bo.getByRole('list', { name: 'Apps that you let in' }).locator('li', { hasText: 'Weather' })
  await row.waitFor()
  await bo.getByText('Weather, which you let in').first().waitFor()
  await everywhere(bo, 'oauth-authorized')
  await row.getByRole('button', { name: 'Take back' }).click()
  await bo.getByRole('dialog').getByRole('button', { name: 'Take back' }).click()
  await row.waitFor({ state: 'detached' })
  await bo.getByText('Weather, which you let in').first().waitFor({ state: 'detached' })
  expect((await app.me()).status).toBe(401)
  const refused = await app.token({ grant_type: 'refresh_token', refresh_token: app.tokens.refresh_token })
  expect(refused.error).toBe('invalid_grant')
})

test('nobody is asked by an app that is trusted', async () => {
  const row = page.getByRole('list', { name: 'OAuth apps' }).locator('li', { hasText: 'Weather' })
  await row.getByRole('button', { name: 'Edit Weather' }).click()
  const edit = page.getByRole('dialog', { name: 'Edit Weather' })
  await edit.getByLabel(/^Trusted/).check()
  await edit.getByRole('button', { name: 'Save' }).click()
  await row.getByText('Trusted.').waitFor()
  await bo.goto(app.origin)
  await bo.getByText('Hello bo').waitFor()
})

test('nothing went wrong in silence', () => {
  expect(page.problems).toEqual([])
  expect(bo.problems).toEqual([])
})
