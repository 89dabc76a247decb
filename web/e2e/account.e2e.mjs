// Who gets in, and by what: the second factor, sessions, access tokens; and what a team’s administrators manage.
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn } from './bed.mjs'
import { accessible, everywhere, visible } from './look.mjs'

let bed
let ada
let page
let team
let channel

/** The code of an authenticator app, `ahead` half minutes from now. */
function codeOf(secret, ahead = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret.replace(/[\s=]/g, '')]
    .map(c => letters.indexOf(c).toString(2).padStart(5, '0'))
    .join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map(b => Number.parseInt(b, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead))
  const sum = createHmac('sha1', key).update(counter).digest()
  const at = sum[19] & 15
  return String((sum.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)

beforeAll(async () => {
  bed = await Bed.start()
  ada = await bed.account('ada')
  team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  channel = await as(ada, 'GET', `/teams/${team.id}/channels/name/town-square`)
  const bo = await bed.account('bo')
  await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: bo.id })
  page = await bed.person()
  await signIn(page, bed.origin, 'ada', '/ship/channels/town-square')
  await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
})
afterAll(async () => {
  await bed?.stop()
})

const settings = async (p, item) => {
  await p.getByRole('button', { name: 'Settings' }).click()
  await p.getByRole('menuitem', { name: item }).click()
}

describe('the account', () => {
  let secret

  test('a second factor is set up with a picture and a code', async () => {
    await settings(page, 'Account and security')
    await page.getByRole('heading', { name: 'Second factor' }).waitFor()
    await page.getByRole('list', { name: 'Sessions' }).waitFor()
    await everywhere(page, 'account')
    await page.getByRole('button', { name: 'Set up' }).click()
    const picture = page.getByRole('img', { name: /QR code/ })
    await picture.waitFor()
    expect(await picture.evaluate(el => el.naturalWidth)).toBeGreaterThan(50)
    secret = await page.locator('.secret code').textContent()
    await everywhere(page, 'factor')
    await page.getByLabel('Code from your authenticator').fill('12')
    await page.getByRole('button', { name: 'Switch on' }).click()
    await page.getByText('A code has six digits.').waitFor()
    await page.getByLabel('Code from your authenticator').fill(codeOf(secret))
    await page.getByRole('button', { name: 'Switch on' }).click()
    await page.getByRole('button', { name: 'Switch off' }).waitFor()
    await accessible(page, 'factor-on')
  })

  test('signing in asks for a code', async () => {
    const other = await bed.person()
    await other.goto(`${bed.origin}/login`)
    await other.getByLabel('Username or email').fill('ada')
    await other.getByRole('textbox', { name: 'Password' }).fill('Passw0rd!x')
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.getByLabel('Code from your authenticator').waitFor()
    await accessible(other, 'sign-in-code')
    // The code that switched it on is used up.
    await other.getByLabel('Code from your authenticator').fill(codeOf(secret, 1))
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.waitForURL('**/channels/town-square')
    await page.reload()
    await page.getByRole('list', { name: 'Sessions' }).locator('li').nth(1).waitFor()
    await other.context().close()
  })

  test('it is switched off, and a session is ended', async () => {
    await page.getByRole('button', { name: 'Switch off' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click()
    await page.getByRole('button', { name: 'Set up' }).waitFor()
    const rows = page.getByRole('list', { name: 'Sessions' }).locator('li')
    const before = await rows.count()
    await page.getByRole('button', { name: 'End', exact: true }).last().click()
    await page.getByRole('button', { name: 'End session' }).click()
    await expect.poll(() => rows.count()).toBe(before - 1)
  })

  test('an access token is made, shown once, and deleted', async () => {
    await page.getByLabel('What the new token is for').fill('The weather script')
    await page.getByRole('button', { name: 'Make a token' }).click()
    const token = await page.locator('.made code').textContent()
    const mine = await bed.api('GET', '/users/me', undefined, token)
    expect(mine.body.username).toBe('ada')
    await everywhere(page, 'token')
    const row = page.getByRole('list', { name: 'Access tokens' }).locator('li', { hasText: 'weather script' })
    await row.getByRole('button', { name: 'Switch off' }).click()
    await row.getByText('Switched off').waitFor()
    expect((await bed.api('GET', '/users/me', undefined, token)).status).toBe(401)
    await row.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await row.waitFor({ state: 'detached' })
  })
})

describe('integrations of a team', () => {
  test('an incoming webhook is made, posts, and is deleted', async () => {
    await page.goto(`${bed.origin}/ship/channels/town-square`)
    await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
    await settings(page, 'Integrations')
    await page.getByText('None yet').waitFor()
    await everywhere(page, 'integrations-none')
    await page.getByRole('button', { name: 'New incoming webhook' }).click()
    const dialog = page.getByRole('dialog', { name: 'New incoming webhook' })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('“Title” is missing.').waitFor()
    await everywhere(page, 'integration-form')
    await dialog.getByLabel('Title').fill('Builds')
    await dialog.getByRole('button', { name: 'Posts into' }).click()
    await page.getByRole('combobox', { name: 'Find: Posts into' }).fill('town')
    await page.getByRole('combobox', { name: 'Find: Posts into' }).press('Enter')
    await dialog.getByRole('button', { name: 'Save' }).click()
    const row = page.getByRole('list', { name: 'Incoming webhooks' }).locator('li', { hasText: 'Builds' })
    const address = await row.locator('code').textContent()
    const path = new URL(address).pathname
    const answer = await fetch(bed.back + path, {
      method: 'POST',
      body: JSON.stringify({ text: 'Build is green' }),
    })
    expect(await answer.text()).toBe('ok')
    await everywhere(page, 'integrations')
    await row.getByRole('button', { name: 'Delete Builds' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('None yet').waitFor()
    const gone = await fetch(bed.back + path, { method: 'POST', body: JSON.stringify({ text: 'again' }) })
    expect(gone.ok).toBe(false)
  })

  test('a command is made, its token shown and changed; an outgoing webhook needs an address', async () => {
    await page.getByRole('button', { name: 'Commands', exact: true }).click()
    await page.getByRole('button', { name: 'New command' }).click()
    const dialog = page.getByRole('dialog', { name: 'New command' })
    await dialog.getByLabel('Title').fill('Weather')
    await dialog.getByLabel('Word after the slash').fill('/weather')
    await dialog.getByLabel('Address that answers').fill('https://weather.example/ask')
    await dialog.getByRole('button', { name: 'Save' }).click()
    const row = page.getByRole('list', { name: 'Commands' }).locator('li', { hasText: 'Weather' })
    await row.getByRole('button', { name: 'Show the token of Weather' }).click()
    const first = await row.locator('code').last().textContent()
    await row.getByRole('button', { name: 'Another token for Weather' }).click()
    await page.getByRole('button', { name: 'Make another' }).click()
    await expect.poll(() => row.locator('code').last().textContent()).not.toBe(first)
    await everywhere(page, 'integrations-commands')
    await page.getByRole('button', { name: 'Outgoing webhooks' }).click()
    await page.getByRole('button', { name: 'New outgoing webhook' }).click()
    const out = page.getByRole('dialog', { name: 'New outgoing webhook' })
    await out.getByLabel('Title').fill('Log keeper')
    await out.getByRole('button', { name: 'Save' }).click()
    await out.getByText('“Addresses” is missing.').waitFor()
    await out.getByLabel('Addresses').fill('https://log.example/hook')
    await out.getByLabel('Words (optional)').fill('log')
    await out.getByRole('button', { name: 'Save' }).click()
    await page
      .getByRole('list', { name: 'Outgoing webhooks' })
      .getByText('https://log.example/hook')
      .waitFor()
    expect((await as(await bed.login('ada'), 'GET', `/hooks/outgoing?team_id=${team.id}`))[0]).toMatchObject({
      trigger_words: ['log'],
      channel_id: '',
    })
  })

  test('whoever may not manage them is not offered them', async () => {
    const bo = await bed.person()
    await signIn(bo, bed.origin, 'bo', '/ship/channels/town-square')
    await visible(bo, 'Build is green')
    await bo.getByRole('button', { name: 'Settings' }).click()
    await bo.getByRole('menuitem', { name: 'Account and security' }).waitFor()
    expect(await bo.getByRole('menuitem', { name: 'Integrations' }).count()).toBe(0)
    await bo.goto(`${bed.origin}/ship/integrations`)
    await bo.getByText('For those who manage this team').waitFor()
    await accessible(bo, 'integrations-refused')
    expect(channel.name).toBe('town-square')
    expect(bo.problems).toEqual([])
  })

  test('nothing went wrong in silence', () => {
    expect(page.problems).toEqual([])
  })
})

describe('where everybody has to have a second factor', () => {
  test('it is set up before anything else', async () => {
    await bed.kill()
    bed.flags = []
    process.env.FIELDPOST_MFA__ENFORCE = 'true'
    await bed.serve()
    delete process.env.FIELDPOST_MFA__ENFORCE
    const bo = await bed.person()
    await bo.goto(`${bed.origin}/login`)
    await bo.getByLabel('Username or email').fill('bo')
    await bo.getByRole('textbox', { name: 'Password' }).fill('Passw0rd!x')
    await bo.getByRole('button', { name: 'Sign in' }).click()
    await bo.getByText('This server asks for a second factor').waitFor()
    await everywhere(bo, 'factor-forced')
    await bo.getByRole('button', { name: 'Set up' }).click()
    const secret = await bo.locator('.secret code').textContent()
    await bo.getByLabel('Code from your authenticator').fill(codeOf(secret))
    await bo.getByRole('button', { name: 'Switch on' }).click()
    await bo.waitForURL('**/channels/town-square')
    await visible(bo, 'Build is green')
  })
})
