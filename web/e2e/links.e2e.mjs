// Two sites that their administrators link: headquarters, which listens, and an edge, which calls.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn, signUp, write } from './bed.mjs'
import { accessible, accessibleIn, accessibleNarrow, everywhere, visible } from './look.mjs'

let hq
let edge
/** HQ's administrator, somebody else at HQ, and Edge's administrator. */
let ada
let bo
let erin
let code

const card = (page, site) =>
  page.locator('.peer', { has: page.getByRole('heading', { name: site, exact: true }) })
const share = (page, site, channel) => card(page, site).locator('.shares li', { hasText: channel })
const state = (page, site, word) => card(page, site).getByText(word, { exact: true }).waitFor()
// A peer tells the state of its channels every five seconds at most, and the page asks as often.
const inStep = (page, site, channel) => share(page, site, channel).getByText('in step').waitFor()

/** When the edge wrote what arrives late. */
let wounded = 0

async function administration(page) {
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('menuitem', { name: 'Administration' }).click()
  await page.getByRole('link', { name: 'Links', exact: true }).click()
  await page.getByRole('heading', { name: 'Links to other sites', level: 1 }).waitFor()
}

async function change(page, site, action) {
  const details = card(page, site).locator('details')
  if (!(await details.evaluate(d => d.open))) await card(page, site).getByText('Change this link').click()
  await card(page, site).getByRole('button', { name: action }).click()
}

async function pick(page, site, choice) {
  await card(page, site).getByRole('button', { name: 'Share a channel' }).click()
  await page.getByRole('radio', { name: choice }).check()
  await page.getByRole('button', { name: 'Share', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

async function acceptCode(page, typed) {
  await page.getByRole('textbox', { name: 'Code' }).fill(typed)
  await page.getByRole('button', { name: 'Link', exact: true }).click()
}

/** The mark beside a message that says where it is. */
const arrival = (page, text, name) => page.locator('.post', { hasText: text }).getByRole('img', { name })

beforeAll(async () => {
  hq = await Bed.start({ flags: ['--site-name', 'hq', '--link-listen', '127.0.0.1:0'] })
  edge = await Bed.start({ flags: ['--site-name', 'edge'] })
  const admin = await hq.account('ada')
  const team = (
    await hq.api('POST', '/teams', { name: 'field', display_name: 'Field', type: 'O' }, admin.token)
  ).body
  const other = await hq.account('bo')
  await hq.api('POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: other.id }, admin.token)
  for (const name of ['medical', 'supplies']) {
    const display_name = name[0].toUpperCase() + name.slice(1)
    const made = await hq.api(
      'POST',
      '/channels',
      { team_id: team.id, name, display_name, type: 'O' },
      admin.token,
    )
    await hq.api('POST', `/channels/${made.body.id}/members`, { user_id: other.id }, admin.token)
  }
  ada = await hq.person()
  bo = await hq.person()
  erin = await edge.person()
})
afterAll(async () => {
  await hq?.stop()
  await edge?.stop()
})

describe('two administrators link their sites', () => {
  test('a server that cannot link says why', async () => {
    hq.between = [
      seen => (seen.url.includes('/fieldpost/link') ? { status: 503, body: cannotLink } : undefined),
    ]
    await signIn(ada, hq.origin, 'ada')
    await administration(ada)
    await ada.getByRole('heading', { name: 'This server cannot link' }).waitFor()
    await ada.getByText(cannotLink.message).waitFor()
    expect(await ada.getByRole('button', { name: 'Link another site' }).count()).toBe(0)
    await accessible(ada, 'links-missing')
    hq.between = []
  })

  test('without links, the page explains what one is', async () => {
    await ada.reload()
    await ada.getByRole('heading', { name: 'No linked sites yet' }).waitFor()
    await ada.getByText('This site is hq and listens on 127.0.0.1:').waitFor()
    await accessible(ada, 'links-empty')
    await accessibleNarrow(ada, 'links-empty')
    await signUp(erin, edge.origin, 'erin')
    await erin.getByLabel('Team name').waitFor()
    await erin.goto(`${edge.origin}/admin_console/links`)
    await erin.getByText('This site is edge; it reaches out, but does not listen.').waitFor()
  })

  test('headquarters invites: a code of one line', async () => {
    const listening = await ada.locator('.links header code').textContent()
    await ada.getByRole('button', { name: 'Link another site' }).first().click()
    await accessible(ada, 'links-invite')
    await ada.getByLabel('Address of this site').fill('headquarters')
    await ada.getByRole('button', { name: 'Make a code' }).click()
    await ada.getByText('"headquarters" is no address that another site could call').waitFor()
    await ada.getByLabel('Address of this site').fill(listening)
    await ada.getByRole('button', { name: 'Make a code' }).click()
    code = await ada.getByRole('textbox', { name: 'Code' }).inputValue()
    expect(code).toMatch(/^\S+$/)
    await accessible(ada, 'links-code')
    await ada.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await ada.getByRole('button', { name: 'Copy the code' }).click()
    await ada.getByText('Copied.').waitFor()
    expect(await ada.evaluate(() => navigator.clipboard.readText())).toBe(code)
    await ada.getByRole('button', { name: 'Done' }).click()
  })

  test('the edge accepts: a mistyped code is explained, the right one makes a link', async () => {
    await erin.getByRole('button', { name: 'Link another site' }).first().click()
    await erin.getByRole('radio', { name: /^Accept/ }).check()
    await acceptCode(erin, `${code.slice(0, -4)}${code.slice(-3)}`)
    await erin.getByText('That is not the code of an invitation.').waitFor()
    await accessible(erin, 'links-accept')
    await acceptCode(erin, ` ${code} `)
    await state(erin, 'hq', 'Connected')
    await card(erin, 'hq')
      .getByText(/^This site calls it at 127\.0\.0\.1:/)
      .waitFor()
    await state(ada, 'edge', 'Connected')
    await card(ada, 'edge').getByText('It calls this site.').waitFor()
  })

  test('a code that was used links nothing', async () => {
    await erin.getByRole('button', { name: 'Link another site' }).first().click()
    await erin.getByRole('radio', { name: /^Accept/ }).check()
    await acceptCode(erin, code)
    await erin
      .getByText(/did not let this one in: That invitation was used, has expired, or never was\.$/)
      .waitFor()
    await erin.getByRole('button', { name: 'Cancel' }).click()
    expect(await erin.locator('.peer').count()).toBe(1)
  })

  test('a channel is found and shared, and appears at the edge', async () => {
    await card(ada, 'edge').getByRole('button', { name: 'Share a channel' }).click()
    await ada.getByLabel('Find a channel').fill('med')
    await ada.getByRole('radio', { name: /Medical/ }).check()
    await accessible(ada, 'links-share')
    await accessibleNarrow(ada, 'links-share')
    await ada.getByRole('button', { name: 'Share', exact: true }).click()
    await share(ada, 'edge', 'medical').waitFor()
    await inStep(erin, 'hq', 'medical')
    await inStep(ada, 'edge', 'medical')
    await card(ada, 'edge').getByRole('button', { name: 'Share a channel' }).click()
    await ada.getByRole('radio', { name: /Supplies/ }).waitFor()
    expect(await ada.getByRole('radio', { name: /Medical/ }).count()).toBe(0)
    await ada.getByRole('button', { name: 'Cancel' }).click()
    await accessible(ada, 'links')
    await accessibleNarrow(ada, 'links')
    await accessibleIn(ada, 'night', 'links')
  })
})

describe('people of two sites in one channel', () => {
  test('somebody of the edge joins and writes', async () => {
    await erin.goto(`${edge.origin}/`)
    await erin.getByRole('button', { name: 'Join a team instead' }).click()
    await erin.getByRole('button', { name: 'Field' }).click()
    // The team came without its town square, which is not shared.
    await erin.getByRole('heading', { name: 'You are in no channel here yet' }).waitFor()
    await accessible(erin, 'no-channel')
    await erin.getByRole('button', { name: 'Add', exact: true }).click()
    await erin.getByRole('menuitem', { name: 'Browse channels' }).click()
    await erin.getByRole('button', { name: 'Join' }).click()
    await erin.getByRole('textbox', { name: /^Write to/ }).waitFor()
    await signIn(bo, hq.origin, 'bo', '/field/channels/medical')
    await bo.getByRole('textbox', { name: /^Write to/ }).waitFor()
    await write(erin, 'The convoy has left')
    await visible(bo, 'The convoy has left')
    await write(bo, 'Good. The road is open')
    await visible(erin, 'Good. The road is open')
    await arrival(bo, 'Good. The road is open', 'At edge').waitFor()
    // What came from elsewhere is not on its way there.
    expect(await bo.locator('.post', { hasText: 'The convoy has left' }).locator('.arrival').count()).toBe(0)
  })

  test('people of another site wear its name, wherever they are named', async () => {
    const post = bo.locator('.post', { hasText: 'The convoy has left' })
    await post.getByText('from site edge').waitFor({ state: 'attached' })
    expect(await post.getAttribute('aria-label')).toMatch(/^erin, from site edge, /)
    await post.locator('.name').click()
    const profile = bo.getByRole('dialog', { name: 'Profile of erin' })
    await profile.getByText('edge, over a link').waitFor()
    await accessible(bo, 'remote-profile')
    await bo.keyboard.press('Escape')
    const box = bo.getByRole('textbox', { name: /^Write to/ })
    await box.pressSequentially('@erin:e')
    await bo.getByRole('option', { name: /erin.*from site edge/ }).waitFor()
    await accessible(bo, 'remote-completion')
    await box.press('Enter')
    expect(await box.inputValue()).toBe('@erin:edge ')
    await box.press('Enter')
    await bo.getByRole('button', { name: '@erin:edge' }).waitFor()
    await bo.locator('.chip.shared').waitFor()
    expect(await bo.locator('.news').count()).toBe(0)
  })

  test('where only others write, the reason stands in place of the field', async () => {
    const row = share(ada, 'edge', 'medical')
    await row.getByRole('button', { name: 'Let only read field:medical' }).click()
    await accessible(ada, 'links-read-only')
    await ada.getByRole('dialog').getByRole('button', { name: 'Let only read' }).click()
    await row.getByText('read only there').waitFor()
    await erin.getByText('This channel is read here').waitFor()
    expect(await erin.getByRole('textbox', { name: /^Write to/ }).count()).toBe(0)
    await accessible(erin, 'read-only')
    await write(bo, 'Stay where you are')
    await visible(erin, 'Stay where you are')
    await row.getByRole('button', { name: 'Let write field:medical' }).click()
    await row.getByText('read only there').waitFor({ state: 'detached' })
    await erin.getByRole('textbox', { name: /^Write to/ }).waitFor()
  })

  test('while the edge holds its words back, both sides write', async () => {
    await erin.goto(`${edge.origin}/admin_console/links`)
    await change(erin, 'hq', 'Pause')
    await state(erin, 'hq', 'Paused')
    await erin.goto(`${edge.origin}/field/channels/medical`)
    await write(erin, 'Two wounded at kilometre 40')
    await visible(erin, 'Two wounded at kilometre 40')
    wounded = Date.now()
    await arrival(erin, 'Two wounded at kilometre 40', 'Not at hq yet').waitFor()
    await bo.goto(`${hq.origin}/field/channels/town-square`)
    await bo.getByRole('textbox', { name: /^Write to/ }).waitFor()
  })

  test('the server of the edge dies: headquarters says so, and writes on', async () => {
    const [helicopter, gate] = [
      await postOf('medical', 'Helicopter in ten minutes'),
      await postOf('medical', 'The gate is open'),
    ]
    const [admin, other] = [await hq.login('ada'), await hq.login('bo')]
    await edge.kill()
    // What is older by less than two seconds crossed, and is not late.
    await expect.poll(() => Date.now() - wounded, { timeout: 5_000 }).toBeGreaterThan(2_500)
    // What waits for an answer notices that none comes; both are handed over before that.
    await hq.api('POST', '/posts', helicopter, admin.token)
    await hq.api('POST', '/posts', gate, other.token)
    await card(ada, 'edge').getByText('Down', { exact: true }).waitFor({ timeout: 60_000 })
    await card(ada, 'edge').locator('.why').waitFor()
    await card(ada, 'edge').getByText('2 changes,').waitFor()
    await card(ada, 'edge')
      .getByText(/^\d+ seconds ago$|^\d+ minutes? ago$/)
      .waitFor()
    await share(ada, 'edge', 'medical').getByText('differs').waitFor()
    await accessible(ada, 'links-down')
    const read = bo.waitForResponse(r => r.url().endsWith('/channels/members/me/view'))
    await bo.goto(`${hq.origin}/field/channels/medical`)
    await visible(bo, 'Helicopter in ten minutes')
    await read
    await bo.getByText(/No news from edge for \d+ minutes?/).waitFor()
    await arrival(bo, 'Helicopter in ten minutes', 'Not at edge yet').waitFor()
    await accessible(bo, 'remote-channel')
    await accessibleNarrow(bo, 'remote-channel')
  })

  test('what waits here is withdrawn, what is on its way is not', async () => {
    const withdraw = async text => {
      await arrival(bo, text, 'Not at edge yet').waitFor()
      const post = bo.locator('.post', { hasText: text })
      await post.hover()
      await post.getByRole('button', { name: 'More actions' }).click()
      await bo.getByRole('menuitem', { name: 'Withdraw' }).waitFor()
      await accessible(bo, 'withdraw-menu')
      await bo.getByRole('menuitem', { name: 'Withdraw' }).click()
      await bo.getByRole('dialog', { name: 'Withdraw message?' }).waitFor()
      await accessible(bo, 'withdraw')
      await accessibleNarrow(bo, 'withdraw')
      await bo.getByRole('button', { name: 'Withdraw', exact: true }).click()
      return post
    }
    // It was handed over before anybody knew that the edge is dead.
    const sent = await withdraw('The gate is open')
    await bo.getByText('It is on its way already; delete it instead.').waitFor()
    await sent.waitFor()
    await write(bo, 'The gate code is 4711')
    const withdrawn = await withdraw('The gate code is 4711')
    await bo.getByText('Withdrawn. It never left this site.').waitFor()
    await withdrawn.waitFor({ state: 'detached' })
    await bo.goto(`${hq.origin}/field/channels/town-square`)
    await bo.getByRole('textbox', { name: /^Write to/ }).waitFor()
  })

  test('what the edge wrote meanwhile is late: in its place, marked, and unread although old', async () => {
    const medical = bo.getByRole('link', { name: /^Medical/ })
    // What the device kept may be older than what was read last.
    await medical.filter({ hasNotText: 'unread' }).waitFor()
    await edge.serve()
    await erin.goto(`${edge.origin}/admin_console/links`)
    await state(erin, 'hq', 'Paused')
    await change(erin, 'hq', 'Resume')
    await state(erin, 'hq', 'Connected')
    await medical.getByText(', unread').waitFor({ state: 'attached' })
    await medical.click()
    const late = bo.locator('.post[data-late]', { hasText: 'Two wounded at kilometre 40' })
    await late.getByText('arrived late').waitFor()
    const texts = await bo.locator('.post .md').allTextContents()
    const said = ['Two wounded at kilometre 40', 'Helicopter in ten minutes', 'The gate is open']
    expect(texts.slice(-3)).toEqual(said)
    const from = late.locator('.late .from')
    await bo.mouse.move(0, 0)
    expect(await from.isVisible()).toBe(false)
    await late.hover()
    expect(await from.textContent()).toBe('from site edge')
    expect(await from.isVisible()).toBe(true)
    await bo.mouse.move(0, 0)
    await bo.keyboard.press('Tab')
    await late.focus()
    expect(await from.isVisible()).toBe(true)
    expect(await late.getAttribute('aria-label')).toContain('from site edge, arrived late')
    await accessible(bo, 'remote-late')
    await inStep(erin, 'hq', 'medical')
    await inStep(ada, 'edge', 'medical')
    // That somebody else's has arrived goes without saying.
    await arrival(bo, 'Helicopter in ten minutes', /./).waitFor({ state: 'detached' })
    await erin.goto(`${edge.origin}/field/channels/medical`)
    await visible(erin, 'Helicopter in ten minutes')
    await visible(erin, 'The gate is open')
    expect(await erin.getByText('The gate code is 4711').count()).toBe(0)
    await arrival(erin, 'Two wounded at kilometre 40', 'At hq').waitFor()
  })
})

describe('a file that does not come by itself', () => {
  const waits = () => bo.getByRole('group', { name: 'wounded.txt', exact: true })

  test('waits at the site where it was posted, and both the reader and the administrator are told', async () => {
    const admin = await hq.login('ada')
    const set = await hq.api('POST', '/fieldpost/link/edge/files', { largest: 1_000 }, admin.token)
    expect(set.status).toBe(200)
    await card(ada, 'edge').getByText('Files of up to 1 kB come by themselves.').waitFor()
    await postFile('The list of the wounded', 'wounded.txt', 'Two at kilometre 40.\n'.repeat(240))
    await bo.goto(`${hq.origin}/field/channels/medical`)
    await visible(bo, 'The list of the wounded')
    await waits().getByText('TXT · 5 kB · from site edge').waitFor()
    await waits().getByText('Too large to come by itself').waitFor()
    await accessible(bo, 'links-file-waits')
    await card(ada, 'edge').getByText('1 file waits there, 5 kB.').waitFor()
  })

  test('is fetched by whoever reads the message, and opened', async () => {
    await waits().getByRole('button', { name: 'Fetch wounded.txt' }).click()
    const post = bo.locator('.post', { hasText: 'The list of the wounded' })
    await post.getByRole('link', { name: 'Download wounded.txt' }).waitFor()
    await post.getByRole('button', { name: /wounded\.txt/ }).click()
    await bo.locator('dialog.viewer').getByText('Two at kilometre 40.').first().waitFor()
    await bo.keyboard.press('Escape')
    await card(ada, 'edge').getByText('No file waits there.').waitFor()
    await bo.goto(`${hq.origin}/field/channels/town-square`)
    await bo.getByRole('textbox', { name: /^Write to/ }).waitFor()
  })
})

describe('people of two sites write to each other', () => {
  test('once both administrators allow it', async () => {
    const direct = (page, site, word) => card(page, site).getByText(word).waitFor()
    await direct(ada, 'edge', 'People of the two sites cannot write to each other directly.')
    await card(ada, 'edge').getByRole('button', { name: 'Allow direct messages' }).click()
    await direct(ada, 'edge', 'They pass once edge allows them too.')
    await erin.goto(`${edge.origin}/admin_console/links`)
    await direct(erin, 'hq', 'They pass once this site allows them too.')
    await card(erin, 'hq').getByRole('button', { name: 'Allow direct messages' }).click()
    await direct(erin, 'hq', 'People of the two sites can write to each other directly.')
    await direct(ada, 'edge', 'People of the two sites can write to each other directly.')
    await accessible(ada, 'links-direct')
    await accessibleNarrow(ada, 'links-direct')
  })

  test('somebody of another site is found by name, and answers', async () => {
    await bo.getByRole('button', { name: 'Add', exact: true }).click()
    await bo.getByRole('menuitem', { name: 'New direct message' }).click()
    const dialog = bo.getByRole('dialog', { name: 'New direct message' })
    await dialog.getByLabel('To').fill('erin')
    await accessible(bo, 'remote-direct')
    await dialog.getByRole('button', { name: /erin.*from site edge/ }).click()
    await bo.getByRole('textbox', { name: /^Write to erin/ }).waitFor()
    await write(bo, 'Between the two of us')
    await erin.goto(`${edge.origin}/field/channels/medical`)
    await erin.getByRole('link', { name: /^bo.*unread/ }).click()
    await erin.getByRole('textbox', { name: /^Write to bo/ }).waitFor()
    await visible(erin, 'Between the two of us')
    await write(erin, 'As it should be')
    await visible(bo, 'As it should be')
    await bo.goto(`${hq.origin}/field/channels/town-square`)
    await bo.getByRole('textbox', { name: /^Write to/ }).waitFor()
  })
})

describe('an administrator changes a link', () => {
  test('pause, silence and resume say what they do', async () => {
    await card(ada, 'edge').getByText('Change this link').click()
    const pause = card(ada, 'edge').getByRole('button', { name: 'Pause' })
    expect(await pause.getAttribute('aria-describedby')).toBeTruthy()
    await accessible(ada, 'links-change')
    await accessibleNarrow(ada, 'links-change')
    const shape = () => card(ada, 'edge').locator('.state path').getAttribute('d')
    const shapes = [await shape()]
    await change(ada, 'edge', 'Pause')
    await state(ada, 'edge', 'Paused')
    shapes.push(await shape())
    await change(ada, 'edge', 'Silence')
    await state(ada, 'edge', 'Silent')
    shapes.push(await shape())
    expect(new Set(shapes).size).toBe(3)
    await change(ada, 'edge', 'Resume')
    await state(ada, 'edge', 'Connected')
  })

  test('how much passes, what waits and how that was before is seen at a glance', async () => {
    const { token } = await hq.login('ada')
    const traffic = card(ada, 'edge').getByRole('region', { name: 'Traffic' })
    await change(ada, 'edge', 'Pause')
    await state(ada, 'edge', 'Paused')
    const urgent = { priority: { priority: 'urgent' } }
    await hq.api('POST', '/posts', { ...(await postOf('medical', 'Come at once')), metadata: urgent }, token)
    await hq.api('POST', '/posts', await postOf('medical', 'The mail has come'), token)
    await card(ada, 'edge').getByText('3 changes,').waitFor()
    await card(ada, 'edge').getByText('of these 2 urgent and 1 routine').waitFor()
    await card(ada, 'edge')
      .getByText(/^would clear in /)
      .waitFor()
    await card(ada, 'edge')
      .getByText(/bit\/s out, .*bit\/s in$/)
      .waitFor()
    await card(ada, 'edge')
      .getByText(/% of packets lost$/)
      .waitFor()
    const hour = traffic.getByRole('button', { name: 'Last hour' })
    expect(await hour.getAttribute('aria-pressed')).toBe('true')
    await traffic.getByText(/^At most .*bit\/s out and .*bit\/s in\. /).waitFor()
    expect(await traffic.locator('figure > svg path.sent').getAttribute('d')).toMatch(
      /^M[\d.]+ [\d.]+H[\d.]+/,
    )
    await traffic.scrollIntoViewIfNeeded()
    await everywhere(ada, 'links-traffic')
    await accessibleIn(ada, 'contrast', 'links-traffic')
    await traffic.getByRole('button', { name: 'Last 24 hours' }).click()
    await traffic.getByText('24 hours ago').waitFor()
    await traffic.getByText(/^At most .*Measured since the server began to run, /).waitFor()
    await change(ada, 'edge', 'Resume')
    await state(ada, 'edge', 'Connected')
    await card(ada, 'edge').getByText('Nothing waits').waitFor()
    await card(ada, 'edge')
      .getByText(/^of these/)
      .waitFor({ state: 'detached' })
  })

  test('a time window closes it until it begins', async () => {
    const budget = () => card(ada, 'edge').getByRole('button', { name: 'Change budget' })
    const windows = () => ada.getByRole('dialog').getByLabel('Time windows (UTC)')
    const save = () => ada.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await card(ada, 'edge').getByText('Open at any time.').waitFor()
    await budget().click()
    await windows().fill('22:00-22:00')
    await save()
    await ada.getByRole('alert').getByText('is empty').waitFor()
    await accessible(ada, 'links-budget')
    await accessibleNarrow(ada, 'links-budget')
    // An hour that comes in six.
    const hour = hours => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 13)
    const [begins, ends] = [hour(6), hour(7)]
    await windows().fill(`${begins}:00-${ends}:00`)
    await save()
    await state(ada, 'edge', 'Closed')
    await card(ada, 'edge').getByText(`Closed until ${begins}:00 UTC.`).waitFor()
    await accessible(ada, 'links-closed')
    await budget().click()
    await windows().fill('')
    await ada.getByRole('dialog').getByLabel('Rate, in kbit/s').fill('fast')
    await save()
    await ada.getByRole('alert').getByText('is a number').waitFor()
    await ada.getByRole('dialog').getByLabel('Rate, in kbit/s').fill('512')
    await ada.getByRole('dialog').getByLabel('A day, in MB').fill('50')
    await save()
    await card(ada, 'edge').getByText('At most 512 kbit/s.').waitFor()
    await card(ada, 'edge').getByText('of 50 MB sent today.').waitFor()
    await card(ada, 'edge').getByText('Open at any time.').waitFor()
    await state(ada, 'edge', 'Connected')
  })

  test('which files come by themselves is set by size and type', async () => {
    const dialog = ada.getByRole('dialog')
    const save = () => dialog.getByRole('button', { name: 'Save' }).click()
    await card(ada, 'edge').getByRole('button', { name: 'Change files' }).click()
    await dialog.getByLabel('Largest file', { exact: true }).fill('much')
    await save()
    await dialog.getByRole('alert').getByText('A size is a number.').waitFor()
    await dialog.getByLabel('Largest file', { exact: true }).fill('2,5')
    await dialog.getByLabel('Unit: Largest file', { exact: true }).selectOption('MB')
    await dialog.getByLabel('Largest over thin datagrams', { exact: true }).fill('')
    await dialog.getByLabel('Types', { exact: true }).fill('no type at all')
    await save()
    await dialog.getByRole('alert').waitFor()
    await accessible(ada, 'links-files')
    await accessibleNarrow(ada, 'links-files')
    await dialog.getByLabel('Types', { exact: true }).fill('image/*\ntext/plain')
    await save()
    await dialog.waitFor({ state: 'detached' })
    await card(ada, 'edge')
      .getByText(
        'Files of up to 2.5 MB come by themselves. Over thin datagrams too. Only these types: image/* and text/plain.',
      )
      .waitFor()
    await ada
      .getByText(/Which files come from edge by themselves was set: files up to 2500000 bytes/)
      .waitFor()
  })

  test('which files a site is given at all is set there, too', async () => {
    const dialog = ada.getByRole('dialog')
    await card(ada, 'edge').getByRole('button', { name: 'Change files' }).click()
    await dialog.getByLabel('Largest file that edge is given', { exact: true }).fill('3')
    await dialog.getByLabel('Types that edge is given').fill('image/*')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    await card(ada, 'edge')
      .getByText('edge is given files of up to 3 MB, of these types only: image/*.')
      .waitFor()
    await ada.getByText(/Which files edge is given was set: up to 3000000 bytes, image/).waitFor()
    await card(ada, 'edge').getByRole('button', { name: 'Change files' }).click()
    await dialog.getByLabel('Largest file that edge is given', { exact: true }).fill('')
    await dialog.getByLabel('Types that edge is given').fill('')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await card(ada, 'edge')
      .getByText(/^edge is given/)
      .waitFor({ state: 'detached' })
  })

  test('everything is shared, and then nothing', async () => {
    await pick(ada, 'edge', /All team channels/)
    await card(ada, 'edge').getByText('All team channels are shared').waitFor()
    await inStep(ada, 'edge', 'supplies')
    await card(ada, 'edge').getByRole('button', { name: 'Stop sharing all' }).click()
    await accessible(ada, 'links-unshare-all')
    await ada.getByRole('dialog').getByRole('button', { name: 'Stop sharing all' }).click()
    await card(ada, 'edge').getByText('All team channels are shared').waitFor({ state: 'detached' })
    await card(ada, 'edge').getByText('Nothing yet').waitFor()
  })

  test('one channel is shared again, and no more', async () => {
    await pick(ada, 'edge', /Supplies/)
    await share(ada, 'edge', 'supplies').waitFor()
    await card(ada, 'edge').getByRole('button', { name: 'Stop sharing field:supplies' }).click()
    await accessible(ada, 'links-unshare')
    await ada.getByRole('dialog').getByRole('button', { name: 'Stop sharing' }).click()
    await share(ada, 'edge', 'supplies').waitFor({ state: 'detached' })
  })

  test('a link is removed, after a question', async () => {
    await change(ada, 'edge', 'Remove link')
    await ada.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    expect(await card(ada, 'edge').count()).toBe(1)
    await change(ada, 'edge', 'Remove link')
    await accessible(ada, 'links-remove')
    await ada.getByRole('dialog').getByRole('button', { name: 'Remove link' }).click()
    await ada.getByRole('heading', { name: 'No linked sites yet' }).waitFor()
    await erin.goto(`${edge.origin}/admin_console/links`)
    await card(erin, 'hq').getByText('Down', { exact: true }).waitFor()
  })

  test('nobody else gets in', async () => {
    await bo.getByRole('button', { name: 'Settings' }).click()
    await bo.getByRole('menuitem', { name: 'Log out' }).waitFor()
    expect(await bo.getByRole('menuitem', { name: 'Administration' }).count()).toBe(0)
    await bo.goto(`${hq.origin}/admin_console/links`)
    await bo.getByRole('heading', { name: 'Not for your account' }).waitFor()
    await accessible(bo, 'links-refused')
    await bo.getByRole('button', { name: 'Back to the conversations' }).click()
    await bo.getByRole('textbox', { name: /^Write to/ }).waitFor()
  })

  test('nothing is read while the administration is open', async () => {
    await ada.getByRole('link', { name: 'Conversations' }).click()
    await ada.getByRole('textbox', { name: /^Write to/ }).waitFor()
    await administration(ada)
    await bo.goto(`${hq.origin}/field/channels/town-square`)
    await write(bo, '@ada look here')
    await ada.waitForFunction(() => document.title.startsWith('(1) Administration'))
    await ada.getByRole('link', { name: 'Conversations' }).click()
    await visible(ada, 'look here')
    await ada.waitForFunction(() => !document.title.startsWith('('))
  })

  test('nothing went wrong in silence', () => {
    expect([...ada.problems, ...bo.problems, ...erin.problems]).toEqual([])
  })
})

const cannotLink = {
  id: 'api.fieldpost.link.none',
  message: 'This server cannot link sites: its port for links could not be opened.',
  status_code: 503,
}

/** Posts a text as a file at the edge, past the browser. */
async function postFile(message, name, text) {
  const { token } = await edge.login('erin')
  const { channel_id } = await postOf('medical', '')
  const answer = await fetch(`${edge.back}/api/v4/files?channel_id=${channel_id}&filename=${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
    body: text,
  })
  const { file_infos } = await answer.json()
  await edge.api('POST', '/posts', { channel_id, message, file_ids: [file_infos[0].id] }, token)
}

async function postOf(channel, message) {
  const { token } = await hq.login('ada')
  const team = (await hq.api('GET', '/teams/name/field', undefined, token)).body
  const found = await hq.api('GET', `/teams/${team.id}/channels/name/${channel}`, undefined, token)
  return { channel_id: found.body.id, message }
}
