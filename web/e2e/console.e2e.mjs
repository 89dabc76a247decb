// The administration: people, teams, channels, roles, what was done, settings; and who is not let in.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bed, signIn } from './bed.mjs'
import { accessible, accessibleIn, everywhere as inMost } from './look.mjs'
import { Smtp } from './smtp.mjs'

let bed
let mails
let ada
let bo
let team
let page

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)
const open = path => page.goto(`${bed.origin}/admin/${path}`)
const rows = name => page.getByRole('list', { name, exact: true }).locator(':scope > li')
const heading = name => page.getByRole('heading', { name, exact: true })
const soon = f => expect.poll(f)
const sure = async action => {
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: action, exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
}

/** In every theme there is, from the smallest phone to a wide screen. */
const everywhere = async (p, name) => {
  await inMost(p, name)
  await accessibleIn(p, 'contrast', name)
  const size = p.viewportSize()
  await p.setViewportSize({ width: 320, height: 568 })
  const here = p.locator('.console > nav [aria-current]')
  await soon(() => here.evaluate(e => e.getBoundingClientRect().left >= 0)).toBe(true)
  await soon(() => here.evaluate(e => e.getBoundingClientRect().right <= innerWidth)).toBe(true)
  await p.setViewportSize(size)
}

beforeAll(async () => {
  mails = await Smtp.start()
  bed = await Bed.start()
  await bed.kill()
  await writeFile(
    join(bed.data, 'fieldpost.toml'),
    `site.url = "${bed.origin}"\n[guests]\nenabled = true\n[mail]\nserver = "127.0.0.1:${mails.port}"\nsecurity = "none"\nfrom = "post@ship.example"\ninvitations = true\n`,
  )
  await bed.serve()
  ada = await bed.account('ada')
  team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  bo = await bed.account('bo', { first_name: 'Bo', last_name: 'Strand' })
  const cleo = await bed.account('cleo')
  for (const { id } of [bo, cleo])
    await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: id })
  await as(ada, 'POST', '/channels', {
    team_id: team.id,
    name: 'galley',
    display_name: 'Galley',
    type: 'O',
  })
  await as(ada, 'POST', '/bots', { username: 'radio', display_name: 'Radio' })
  page = await bed.person({ acceptDownloads: true })
  await signIn(page, bed.origin, 'ada', '/ship/channels/town-square')
  await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
})
afterAll(async () => {
  await bed?.stop()
  mails?.stop()
})

test('the menu leads to how the site is', async () => {
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('menuitem', { name: 'Administration' }).click()
  await heading('Overview').waitFor()
  await page.getByText('Works').nth(2).waitFor()
  await page.getByRole('link', { name: '3 Active' }).waitFor()
  await page.getByRole('link', { name: '1 Teams' }).waitFor()
  await page.getByText('This site is linked with no other.').waitFor()
  expect(new URL(page.url()).pathname).toBe('/admin/overview')
  await everywhere(page, 'console-overview')
})

test('people are found, and the address says by what', async () => {
  await page.getByRole('link', { name: 'People' }).click()
  await soon(() => rows('People').count()).toBe(4)
  await everywhere(page, 'console-people')
  await page.getByRole('searchbox').fill('strand')
  await soon(() => rows('People').count()).toBe(1)
  expect(new URL(page.url()).search).toBe('?q=strand')
  await page.reload()
  await soon(() => rows('People').count()).toBe(1)
  await page.getByRole('searchbox').fill('')
  await page.getByRole('combobox', { name: 'Show' }).selectOption('bots')
  await soon(() => rows('People').allInnerTexts()).toEqual([expect.stringContaining('radio')])
  await page.getByRole('combobox', { name: 'Show' }).selectOption('admins')
  await soon(() => rows('People').allInnerTexts()).toEqual([expect.stringContaining('ada')])
  await page.getByRole('combobox', { name: 'Show' }).selectOption('deactivated')
  await page.getByText('Nobody like that.').waitFor()
  await accessible(page, 'console-nobody')
})

test('an account is made; what the server refuses is said', async () => {
  await open('users')
  await page.getByRole('button', { name: 'New account' }).click()
  const dialog = page.getByRole('dialog', { name: 'New account' })
  await dialog.getByLabel('Username').fill('dan')
  await dialog.getByLabel('Email').fill('dan@ship.example')
  await dialog.getByRole('textbox', { name: 'Password' }).fill('short')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await dialog.getByRole('alert').waitFor()
  await everywhere(page, 'console-new-account')
  await dialog.getByRole('textbox', { name: 'Password' }).fill('Passw0rd!x')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await dialog.waitFor({ state: 'detached' })
  await soon(() => rows('People').count()).toBe(5)
  expect((await bed.login('dan')).id).toBeTruthy()
})

test('one account: its profile, sessions, tokens, teams and password', async () => {
  await open('users?q=strand')
  await page.getByRole('link', { name: 'Bo Strand' }).click()
  await heading('Bo Strand').waitFor()
  await rows('Sessions').first().waitFor()
  await rows('Teams').first().waitFor()
  await everywhere(page, 'console-account')

  await page.getByLabel('Position').fill('Cook')
  await page.locator('form', { hasText: 'Position' }).getByRole('button', { name: 'Save' }).click()
  await soon(async () => (await as(ada, 'GET', `/users/${bo.id}`)).position).toBe('Cook')

  await bed.login('bo')
  await page.reload()
  await soon(() => rows('Sessions').count()).toBe(2)
  await rows('Sessions').first().getByRole('button', { name: 'End' }).click()
  await sure('End')
  await soon(() => rows('Sessions').count()).toBe(1)
  await page.getByRole('button', { name: 'End all sessions' }).click()
  await sure('End all sessions')
  await page.getByText('Bo Strand is signed in nowhere.').waitFor()
  expect((await bed.api('GET', '/users/me', undefined, bo.token)).status).toBe(401)

  await page.getByRole('textbox', { name: 'New password' }).fill('x')
  await page.getByRole('button', { name: 'Set the password' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByRole('textbox', { name: 'New password' }).fill('An0ther!one')
  await page.getByRole('button', { name: 'Set the password' }).click()
  await page.getByText(/password of Bo Strand is set/).waitFor()
  expect((await bed.login('bo', 'An0ther!one')).id).toBe(bo.id)

  await page.getByRole('button', { name: 'Unlock' }).click()
  await page.getByText('Bo Strand may try to sign in again.').waitFor()
  await page.getByRole('button', { name: 'Remove the second factor' }).click()
  await sure('Remove the second factor')
  await page.getByText('Bo Strand has no second factor now.').waitFor()

  await page.getByRole('button', { name: 'Remove Bo Strand from Ship' }).click()
  await sure('Remove')
  await page.getByText('In no team.').waitFor()
  await page.getByRole('button', { name: 'Add to a team' }).click()
  await page.getByRole('option', { name: 'Ship' }).click()
  await rows('Teams').first().waitFor()

  const token = await as(ada, 'POST', `/users/${bo.id}/tokens`, { description: 'Weather' })
  await page.reload()
  const row = rows('Personal access tokens').filter({ hasText: 'Weather' })
  await row.getByRole('button', { name: 'Switch off' }).click()
  await row.getByText('Switched off').waitFor()
  expect((await bed.api('GET', '/users/me', undefined, token.token)).status).toBe(401)
  await row.getByRole('button', { name: 'Delete' }).click()
  await sure('Delete')
  await row.waitFor({ state: 'detached' })
})

test('roles are given and taken, a guest is made and a member again', async () => {
  await open(`users/${bo.id}`)
  const roles = () => as(ada, 'GET', `/users/${bo.id}`).then(u => u.roles.split(' ').sort().join(' '))
  const part = page.getByRole('region', { name: 'Role on the server' })
  await part.getByRole('combobox').selectOption('system_read_only_admin')
  await part.getByRole('button', { name: 'Save' }).click()
  await soon(roles).toBe('system_read_only_admin system_user')
  await page.locator('p.marks').getByText('Read-only administrator').waitFor()
  await part.getByRole('combobox').selectOption('')
  await part.getByRole('button', { name: 'Save' }).click()
  await soon(roles).toBe('system_user')
  await part.getByRole('button', { name: 'Make a guest' }).click()
  await sure('Make a guest')
  await soon(roles).toBe('system_guest')
  await part.getByRole('button', { name: 'Make a member' }).click()
  await sure('Make a member')
  await soon(roles).toBe('system_user')
})

test('an account is deactivated after a question, and activated', async () => {
  await open(`users/${bo.id}`)
  await page.getByRole('button', { name: 'Deactivate' }).click()
  await page.getByRole('dialog').getByText('What they wrote stays.').waitFor()
  await accessible(page, 'console-deactivate')
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  expect((await as(ada, 'GET', `/users/${bo.id}`)).delete_at).toBe(0)
  await page.getByRole('button', { name: 'Deactivate' }).click()
  await sure('Deactivate')
  await heading('The account is deactivated').waitFor()
  expect((await as(ada, 'GET', `/users/${bo.id}`)).delete_at).toBeGreaterThan(0)
  await page.getByRole('button', { name: 'Activate' }).click()
  await heading('Close the account').waitFor()
})

test('a team is made, changed, given members, archived and restored', async () => {
  await open('teams')
  await rows('Teams').first().waitFor()
  await everywhere(page, 'console-teams')
  await page.getByRole('button', { name: 'New team' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Shore Party')
  expect(await page.getByLabel('Address').inputValue()).toBe('shore-party')
  await page.getByRole('button', { name: 'Create' }).click()
  await heading('Shore Party').waitFor()
  await rows('Members').first().waitFor()
  const id = new URL(page.url()).pathname.split('/').pop()
  await page.getByLabel('Description').fill('Those on land')
  await page.getByRole('button', { name: 'Save' }).click()
  await soon(async () => (await as(ada, 'GET', `/teams/${id}`)).description).toBe('Those on land')
  await page.getByRole('combobox', { name: 'Who comes in' }).selectOption('O')
  await soon(async () => (await as(ada, 'GET', `/teams/${id}`)).type).toBe('O')

  await page.getByRole('button', { name: 'Add somebody' }).click()
  await page.getByRole('combobox', { name: 'Find: Add somebody' }).fill('strand')
  await page.getByRole('option', { name: /Bo Strand/ }).click()
  await soon(() => rows('Members').count()).toBe(2)
  await page.getByRole('button', { name: 'Put in charge: Bo Strand' }).click()
  await page.getByRole('button', { name: 'No longer in charge: Bo Strand' }).waitFor()
  expect((await as(ada, 'GET', `/teams/${id}/members/${bo.id}`)).scheme_admin).toBe(true)
  await everywhere(page, 'console-team')
  await page.getByRole('button', { name: 'Remove Bo Strand from Shore Party' }).click()
  await sure('Remove')
  await soon(() => rows('Members').count()).toBe(1)
  expect(await page.getByText('Saved.', { exact: true }).count()).toBeLessThanOrEqual(1)

  await page.getByRole('button', { name: 'Archive' }).click()
  await sure('Archive')
  await heading('This is archived').waitFor()
  await page.getByRole('button', { name: 'Restore' }).click()
  await heading('Archive').waitFor()
})

test('a search that was lost is asked again, and until then nobody is said to be nowhere', async () => {
  await open(`teams/${team.id}`)
  await rows('Members').first().waitFor()
  let lost = 0
  const lose = seen => {
    if (lost > 0 || !seen.url.includes('/users/search')) return undefined
    lost++
    return { status: 502, body: 'no server' }
  }
  await bed.account('dora')
  bed.between.push(lose)
  await page.getByRole('button', { name: 'Add somebody' }).click()
  await page.getByRole('combobox', { name: 'Find: Add somebody' }).fill('dora')
  await page.getByText('Try again when the server is back.').waitFor()
  await page.getByRole('option', { name: /@dora/ }).click()
  await rows('Members').filter({ hasText: 'dora' }).waitFor()
  expect(lost).toBe(1)
  bed.between.splice(bed.between.indexOf(lose), 1)
})

test('people are invited into a team by mail', async () => {
  await open(`teams/${team.id}`)
  await page.getByLabel(/^Addresses/).fill('eve@shore.example, nonsense')
  await page.getByRole('button', { name: 'Send invitations' }).click()
  await page.getByText('1 invitation is on its way.').waitFor()
  await page.getByText('nonsense: This is no address.').waitFor()
  await soon(() => mails.mails.some(m => m.to === 'eve@shore.example')).toBe(true)
  await accessible(page, 'console-invited')
})

test('channels of all teams: found, made private, archived and restored', async () => {
  await open('channels')
  await rows('Channels').first().waitFor()
  await everywhere(page, 'console-channels')
  await page.getByRole('searchbox').fill('gall')
  await soon(() => rows('Channels').count()).toBe(1)
  await page.getByRole('link', { name: 'Galley' }).click()
  await heading('Galley').waitFor()
  await rows('Members').first().waitFor()
  await everywhere(page, 'console-channel')
  const id = new URL(page.url()).pathname.split('/').pop()
  const now = () => as(ada, 'GET', `/channels/${id}`)
  await page.getByLabel('Purpose').fill('Food')
  await page.getByRole('button', { name: 'Save' }).click()
  await soon(async () => (await now()).purpose).toBe('Food')
  await page.getByRole('button', { name: 'Make private' }).click()
  await sure('Make private')
  await page.getByText('Only its members read it').waitFor()
  expect((await now()).type).toBe('P')
  await page.getByRole('button', { name: 'Archive' }).click()
  await sure('Archive')
  await page.getByRole('button', { name: 'Restore' }).waitFor()
  await open('channels?show=archived')
  await soon(() => rows('Channels').allInnerTexts()).toEqual([expect.stringContaining('Galley')])
  await page.getByRole('link', { name: 'Galley' }).click()
  await page.getByRole('button', { name: 'Restore' }).click()
  await page.getByRole('button', { name: 'Archive' }).waitFor()
  expect((await now()).delete_at).toBe(0)

  await open(`channels?team=${team.id}`)
  await page.getByRole('button', { name: 'In Ship' }).waitFor()
  await page.getByRole('button', { name: 'New channel' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Team' }).click()
  await page.getByRole('option', { name: 'Ship' }).click()
  await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('Engine Room')
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
  await heading('Engine Room').waitFor()
})

test('a channel goes to another team, and whoever has it open goes along', async () => {
  const quay = await as(ada, 'POST', '/teams', { name: 'quay', display_name: 'Quay', type: 'O' })
  const kept = await as(ada, 'POST', '/teams', { name: 'yard', display_name: 'Yard', type: 'O' })
  await as(ada, 'DELETE', `/teams/${kept.id}`)
  const crane = await as(ada, 'POST', '/channels', {
    team_id: team.id,
    name: 'crane',
    display_name: 'Crane',
    type: 'O',
  })
  const mate = await bed.account('mate')
  await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: mate.id })
  await as(ada, 'POST', `/channels/${crane.id}/members`, { user_id: mate.id })
  const now = () => as(ada, 'GET', `/channels/${crane.id}`)

  await open(`channels/${crane.id}`)
  await heading('Crane').waitFor()
  await page.getByText('It belongs to Ship.').waitFor()
  await everywhere(page, 'console-channel-team')
  await page.getByRole('button', { name: 'Move to another team…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Move Crane to another team' })
  const move = name => dialog.getByRole('button', { name, exact: true })
  expect(await move('Move').isDisabled()).toBe(true)
  await dialog.getByRole('button', { name: 'To which team' }).click()
  await page.getByRole('option', { name: 'Quay' }).waitFor()
  // Neither the team where it is, nor one that is archived.
  expect(await page.getByRole('option', { name: /^(Ship|Yard)$/ }).count()).toBe(0)
  await page.getByRole('option', { name: 'Quay' }).click()
  await everywhere(page, 'console-move')
  await move('Move').click()

  // The mate is not in that team: nothing is done before somebody says what becomes of them.
  await dialog.getByRole('alert').waitFor()
  await everywhere(page, 'console-move-outside')
  expect((await now()).team_id).toBe(team.id)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await as(ada, 'POST', `/teams/${quay.id}/members`, { team_id: quay.id, user_id: mate.id })
  const dan = await bed.account('dan-of-the-crane')
  await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: dan.id })
  await as(ada, 'POST', `/channels/${crane.id}/members`, { user_id: dan.id })

  const seat = await bed.person()
  await signIn(seat, bed.origin, 'mate', '/ship/channels/crane')
  const field = seat.getByRole('textbox', { name: /^Write to Crane/ })
  await field.fill('half a word')
  await page.goto(`${bed.origin}/ship/channels/crane`)
  await page.getByRole('textbox', { name: /^Write to Crane/ }).waitFor()
  await page.getByRole('button', { name: 'Channel info', exact: true }).click()
  await inMost(page, 'channel-info-move')
  await page.getByRole('button', { name: 'Move to another team…' }).click()
  await dialog.getByRole('button', { name: 'To which team' }).click()
  await page.getByRole('option', { name: 'Quay' }).click()
  await move('Move').click()
  await move('Move without them').click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByText('It belongs to Quay.').waitFor()
  expect((await now()).team_id).toBe(quay.id)
  const members = await as(ada, 'GET', `/channels/${crane.id}/members`)
  expect(members.map(m => m.user_id).sort()).toEqual([ada.id, mate.id].sort())

  // What the mate wrote is still there, in the other team.
  await soon(() => new URL(seat.url()).pathname).toBe('/quay/channels/crane')
  await seat.getByText('moved the channel to this team').waitFor()
  await soon(() => field.inputValue()).toBe('half a word')
  const side = seat.getByRole('navigation').getByRole('link', { name: 'Crane' })
  await side.waitFor()
  await seat.goto(`${bed.origin}/ship/channels/town-square`)
  await seat.getByRole('textbox', { name: /^Write to/ }).waitFor()
  await side.waitFor({ state: 'detached' })
  await seat.context().close()
})

test('roles are looked up by what they may', async () => {
  await open('roles')
  await soon(() => rows('Roles').count()).toBeGreaterThan(12)
  await everywhere(page, 'console-roles')
  await page.getByRole('searchbox').fill('read_audits')
  await soon(() => rows('Roles').count()).toBe(2)
  await page.getByText('Read-only administrator').waitFor()
})

test('what was done is searched, and saved as a file', async () => {
  await bed.api('POST', '/users/login', { login_id: 'cleo', password: 'wrong' })
  await open('activity')
  await rows('Activity').first().waitFor()
  await everywhere(page, 'console-activity')
  await page.getByRole('searchbox').fill('cleo')
  await soon(() => rows('Activity').first().textContent()).toContain('Refused')
  await soon(async () => (await rows('Activity').allInnerTexts()).every(x => x.includes('cleo'))).toBe(true)
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as CSV' }).click(),
  ])
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n')
  expect(lines[0]).toContain('time,account,action,outcome')
  expect(lines[1]).toMatch(/^\d{4}-.*,cleo,\/api\/v4\/users\/login,refused/)
  expect(lines.slice(1).every(l => l.includes('cleo'))).toBe(true)
  await open(`activity?person=${bo.id}`)
  await page.getByRole('button', { name: 'About Bo Strand' }).click()
  await page.getByRole('button', { name: 'About Bo Strand' }).waitFor({ state: 'detached' })
})

test('settings say what holds and what fixes it; a mail is tried', async () => {
  await open('settings')
  await rows('Settings').first().waitFor()
  await everywhere(page, 'console-settings')
  await page.getByRole('searchbox').fill('guests')
  await soon(() => rows('Settings').count()).toBe(1)
  expect(await rows('Settings').textContent()).toContain('FIELDPOST_GUESTS__ENABLED')
  expect(await rows('Settings').textContent()).toContain('On')
  await page.getByRole('searchbox').fill('banner')
  await soon(() => rows('Settings').count()).toBe(3)
  expect(await rows('Settings').first().textContent()).toContain('Not set')
  expect(await rows('Settings').last().textContent()).toContain('FIELDPOST_BANNER__TEXT_COLOR')
  const before = mails.mails.length
  await page.getByRole('button', { name: 'Send a test mail' }).click()
  await page.getByText('A mail is on its way to ada@ship.example.').waitFor()
  await soon(() => mails.mails.length).toBeGreaterThan(before)
})

test('it speaks the language of the reader, and works by keyboard', async () => {
  await as(ada, 'PUT', '/users/me/patch', { locale: 'de' })
  await open('users')
  await page.getByRole('heading', { name: 'Personen' }).waitFor()
  await page.getByRole('searchbox').focus()
  await page.keyboard.type('strand')
  await soon(() => rows('Personen').count()).toBe(1)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Bo Strand' }).waitFor()
  await as(ada, 'PUT', '/users/me/patch', { locale: 'ar' })
  await page.reload()
  await page.getByRole('heading', { name: 'Bo Strand' }).waitFor()
  await everywhere(page, 'console-arabic')
  await as(ada, 'PUT', '/users/me/patch', { locale: 'en' })
})

test('whoever may only look is shown what they may look at; others are turned away', async () => {
  await as(ada, 'PUT', `/users/${bo.id}/roles`, { roles: 'system_user system_read_only_admin' })
  await as(ada, 'PUT', `/users/${bo.id}/password`, { new_password: 'Passw0rd!x' })
  const reader = await bed.person()
  await signIn(reader, bed.origin, 'bo', '/admin/users')
  await reader.getByRole('link', { name: 'ada', exact: true }).click()
  await reader.getByRole('heading', { name: 'ada' }).waitFor()
  expect(await reader.getByRole('button', { name: 'Deactivate' }).count()).toBe(0)
  await reader.goto(`${bed.origin}/admin/roles`)
  await reader.getByText('What you administer does not include this page.').waitFor()
  await accessible(reader, 'console-not-this')
  await reader.context().close()

  const cleo = await bed.person()
  await signIn(cleo, bed.origin, 'cleo', '/admin/users')
  await cleo.getByRole('heading', { name: 'Not for your account' }).waitFor()
  await accessible(cleo, 'console-closed')
  await cleo.context().close()
})

test('without the server it says so, and shows what is here', async () => {
  await open('users')
  await rows('People').first().waitFor()
  await bed.kill()
  await page.getByText('The server is out of reach. This is what it said last.').waitFor()
  expect(await rows('People').count()).toBeGreaterThan(0)
  await accessible(page, 'console-offline')
  await bed.serve()
  await page.getByText('The server is out of reach.').waitFor({ state: 'detached' })
  expect(page.problems).toEqual([])
})
