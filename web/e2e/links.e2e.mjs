// An administrator links sites; an ordinary person sees what comes from there.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn, write } from './bed.mjs'
import { MINUTE, peer, StandIn, shared } from './link-stand-in.mjs'
import { accessible, accessibleNarrow, visible } from './look.mjs'

let bed
let links
let ada
let bo
let team
let tokens

const card = site => ada.locator('.peer', { has: ada.getByRole('heading', { name: site, exact: true }) })

beforeAll(async () => {
  bed = await Bed.start()
  const admin = await bed.account('ada')
  team = (await bed.api('POST', '/teams', { name: 'field', display_name: 'Field', type: 'O' }, admin.token))
    .body
  const other = await bed.account('bo')
  for (const { id } of [other, await bed.account('alice', { first_name: 'Alice', last_name: 'Okafor' })])
    await bed.api('POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: id }, admin.token)
  tokens = { ada: admin.token, bo: other.token, alice: (await bed.login('alice')).token }
  for (const name of ['medical', 'supplies'])
    await bed.api(
      'POST',
      '/channels',
      { team_id: team.id, name, display_name: name[0].toUpperCase() + name.slice(1), type: 'O' },
      admin.token,
    )
  links = new StandIn()
  ada = await bed.person()
  bo = await bed.person()
})
afterAll(async () => {
  await bed?.stop()
})

describe('an administrator and the links', () => {
  test('a server without links says so', async () => {
    bed.between = [
      seen => (seen.url.includes('/fieldpost/link') ? { status: 501, body: notBuilt } : undefined),
    ]
    await signIn(ada, bed.origin, 'ada')
    await ada.getByRole('button', { name: 'Settings' }).click()
    await ada.getByRole('menuitem', { name: 'Administration' }).click()
    await ada.getByRole('heading', { name: 'This server cannot link yet' }).waitFor()
    expect(await ada.getByRole('button', { name: 'Link another site' }).count()).toBe(0)
    await accessible(ada, 'links-missing')
    bed.between = [links.answer]
  })

  test('without links, the page explains what one is', async () => {
    await ada.reload()
    await ada.getByRole('heading', { name: 'No linked sites yet' }).waitFor()
    await ada.getByText('listens on 192.0.2.7:8067').waitFor()
    await accessible(ada, 'links-empty')
    await accessibleNarrow(ada, 'links-empty')
  })

  test('this side invites: a code of one line', async () => {
    await ada.getByRole('button', { name: 'Link another site' }).first().click()
    await accessible(ada, 'links-invite')
    await ada.getByLabel('Address of this site').fill('hq.example:8067')
    await ada.getByRole('button', { name: 'Make a code' }).click()
    const code = await ada.getByRole('textbox', { name: 'Code' }).inputValue()
    expect(code).toMatch(/^\S+$/)
    expect(code).toContain('hq.example:8067')
    await accessible(ada, 'links-code')
    await ada.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await ada.getByRole('button', { name: 'Copy the code' }).click()
    await ada.getByText('Copied.').waitFor()
    expect(await ada.evaluate(() => navigator.clipboard.readText())).toBe(code)
    await ada.getByRole('button', { name: 'Done' }).click()
  })

  test('the other side accepts: a wrong code is explained, a right one makes a link', async () => {
    links.codes.set('code-of-hq', peer('hq', 'connected'))
    await ada.getByRole('button', { name: 'Link another site' }).first().click()
    await ada.getByRole('radio', { name: /^Accept/ }).check()
    await ada.getByRole('textbox', { name: 'Code' }).fill('nonsense')
    await ada.getByRole('button', { name: 'Link', exact: true }).click()
    await ada.getByText('This is not a code of an invitation.').waitFor()
    await accessible(ada, 'links-accept')
    await ada.getByRole('textbox', { name: 'Code' }).fill(' code-of-hq ')
    await ada.getByRole('button', { name: 'Link', exact: true }).click()
    await card('hq').getByText('Connected').waitFor()
  })

  test('a channel is found and shared, then all of them', async () => {
    await card('hq').getByRole('button', { name: 'Share a channel' }).click()
    await ada.getByLabel('Find a channel').fill('med')
    await ada.getByRole('radio', { name: /Medical/ }).check()
    await accessible(ada, 'links-share')
    await accessibleNarrow(ada, 'links-share')
    await ada.getByRole('button', { name: 'Share', exact: true }).click()
    await card('hq').locator('.shares li', { hasText: 'medical' }).getByText('not compared yet').waitFor()
    await card('hq').getByRole('button', { name: 'Share a channel' }).click()
    expect(await ada.getByRole('radio', { name: /Medical/ }).count()).toBe(0)
    await ada.getByRole('radio', { name: /All team channels/ }).check()
    await ada.getByRole('button', { name: 'Share', exact: true }).click()
    await card('hq').getByText('All team channels are shared').waitFor()
  })

  test('the state of every link, live', async () => {
    links.peers = [
      peer('hq', 'connected', {
        backlog: { changes: 1240, bytes: 2_400_000 },
        sent_bytes: 48_200_000,
        received_bytes: 3_100_000,
        shared: [
          shared('field:town-square', 'aa', 'aa'),
          shared('field:medical', 'aa', 'bb'),
          shared('field:supplies', 'aa', ''),
        ],
      }),
      peer('camp-2', 'down', {
        last_contact: Date.now() - 130 * MINUTE,
        backlog: { changes: 86, bytes: 19_000 },
        shared: [shared('field:town-square', 'aa', 'ab')],
      }),
      peer('convoy', 'paused'),
      peer('forward post', 'silent', { last_contact: 0 }),
    ]
    await card('camp-2').getByText('Down', { exact: true }).waitFor()
    await card('camp-2').getByText('2 hours ago').waitFor()
    await card('convoy').getByText('Paused', { exact: true }).waitFor()
    await card('forward post').getByText('never').waitFor()
    await card('hq').locator('.shares li', { hasText: 'medical' }).getByText('differs').waitFor()
    await card('hq').locator('.shares li', { hasText: 'town-square' }).getByText('in step').waitFor()
    links.peers[0].backlog = { changes: 900, bytes: 1_800_000 }
    await card('hq').getByText('clears in less than a minute').waitFor({ timeout: 15_000 })
    // Each state has a shape of its own.
    const shapes = await ada
      .locator('.peer .state path')
      .evaluateAll(all => all.map(p => p.getAttribute('d')))
    expect(new Set(shapes).size).toBe(4)
    await accessible(ada, 'links')
    await accessibleNarrow(ada, 'links')
  })

  test('pause, silence and resume say what they do', async () => {
    const change = async (site, action) => {
      const details = card(site).locator('details')
      if (!(await details.evaluate(d => d.open))) await card(site).getByText('Change this link').click()
      await card(site).getByRole('button', { name: action }).click()
    }
    await card('hq').getByText('Change this link').click()
    expect(
      await card('hq').getByRole('button', { name: 'Pause' }).getAttribute('aria-describedby'),
    ).toBeTruthy()
    await accessible(ada, 'links-change')
    await accessibleNarrow(ada, 'links-change')
    await change('hq', 'Pause')
    await card('hq').getByText('Paused', { exact: true }).waitFor()
    await change('hq', 'Silence')
    await card('hq').getByText('Silent', { exact: true }).waitFor()
    await change('hq', 'Resume')
    await card('hq').getByText('Connected', { exact: true }).waitFor()
  })

  test('sharing stops, and a link is removed, after a question', async () => {
    await card('hq').getByRole('button', { name: 'Stop sharing field:medical' }).click()
    await accessible(ada, 'links-unshare')
    await ada.getByRole('dialog').getByRole('button', { name: 'Stop sharing' }).click()
    await card('hq').locator('.shares li', { hasText: 'medical' }).waitFor({ state: 'detached' })
    await card('convoy').getByText('Change this link').click()
    await card('convoy').getByRole('button', { name: 'Remove link' }).click()
    await ada.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    expect(await card('convoy').count()).toBe(1)
    await card('convoy').getByRole('button', { name: 'Remove link' }).click()
    await accessible(ada, 'links-remove')
    await ada.getByRole('dialog').getByRole('button', { name: 'Remove link' }).click()
    await card('convoy').waitFor({ state: 'detached' })
  })

  test('nobody else gets in', async () => {
    await signIn(bo, bed.origin, 'bo')
    await bo.getByRole('button', { name: 'Settings' }).click()
    await bo.getByRole('menuitem', { name: 'Log out' }).waitFor()
    expect(await bo.getByRole('menuitem', { name: 'Administration' }).count()).toBe(0)
    await bo.goto(`${bed.origin}/admin_console/links`)
    await bo.getByRole('heading', { name: 'For system administrators' }).waitFor()
    await accessible(bo, 'links-refused')
    await bo.getByRole('button', { name: 'Back to the conversations' }).click()
    await bo.getByRole('textbox', { name: /^Write to/ }).waitFor()
  })

  test('nothing is read while the administration is open', async () => {
    await ada.getByRole('link', { name: 'Conversations' }).click()
    await ada.getByRole('textbox', { name: /^Write to/ }).waitFor()
    await ada.getByRole('button', { name: 'Settings' }).click()
    await ada.getByRole('menuitem', { name: 'Administration' }).click()
    await ada.getByRole('heading', { name: 'Links to other sites' }).waitFor()
    await write(bo, '@ada look here')
    await ada.waitForFunction(() => document.title.startsWith('(1) Administration'))
    await ada.getByRole('link', { name: 'Conversations' }).click()
    await visible(ada, 'look here')
    await ada.waitForFunction(() => !document.title.startsWith('('))
  })
})

describe('what comes from another site', () => {
  test('its people wear its name, wherever they are named', async () => {
    const square = await townSquare()
    bed.between = [fromHq, links.answer]
    links.peers = [peer('hq', 'connected')]
    await bed.api('POST', '/posts', { channel_id: square.id, message: 'The convoy has left' }, tokens.alice)
    await bo.reload()
    const post = bo.locator('.post', { hasText: 'The convoy has left' })
    await post.getByText('from site hq').waitFor({ state: 'attached' })
    expect(await post.getAttribute('aria-label')).toMatch(/^Alice Okafor, from site hq, /)
    await post.locator('.name').click()
    await bo.getByRole('dialog', { name: 'Profile of Alice' }).getByText('hq, over a link').waitFor()
    await accessible(bo, 'remote-profile')
    await bo.keyboard.press('Escape')
    const box = bo.getByRole('textbox', { name: /^Write to/ })
    await box.fill('')
    await box.pressSequentially('@alice:h')
    await bo.getByRole('option', { name: /Alice Okafor.*from site hq/ }).waitFor()
    await accessible(bo, 'remote-completion')
    await box.press('Enter')
    expect(await box.inputValue()).toBe('@alice:hq ')
    await box.press('Enter')
    await bo.getByRole('button', { name: '@alice:hq' }).waitFor()
    await bo.getByRole('button', { name: 'New direct message' }).first().click()
    await bo.getByRole('button', { name: /Alice Okafor.*from site hq/ }).waitFor()
    await accessible(bo, 'remote-direct')
    await bo.keyboard.press('Escape')
  })

  test('a shared channel says so, and how old its news is while the link is down', async () => {
    await bo.locator('.chip.shared').waitFor()
    expect(await bo.locator('.news').count()).toBe(0)
    links.peers = [peer('hq', 'down', { last_contact: Date.now() - 125 * MINUTE })]
    await bo.reload()
    await bo.getByText('No news from hq for 2 hours').waitFor()
    await accessible(bo, 'remote-channel')
    await accessibleNarrow(bo, 'remote-channel')
  })

  test('what arrived late keeps its mark, and says where it is from when looked at', async () => {
    const square = await townSquare()
    await bed.kill()
    await bo.locator('.connection').waitFor({ timeout: 15_000 })
    await bed.serve(() =>
      bed.api('POST', '/posts', { channel_id: square.id, message: 'Written before that' }, tokens.alice),
    )
    await bo.evaluate(() => dispatchEvent(new Event('online')))
    const late = bo.locator('.post[data-late]', { hasText: 'Written before that' })
    await late.getByText('arrived late').waitFor({ timeout: 30_000 })
    const from = late.locator('.late .from')
    await bo.mouse.move(0, 0)
    expect(await from.isVisible()).toBe(false)
    await late.hover()
    expect(await from.textContent()).toBe('from site hq')
    expect(await from.isVisible()).toBe(true)
    await bo.mouse.move(0, 0)
    await bo.keyboard.press('Tab')
    await late.focus()
    expect(await from.isVisible()).toBe(true)
    expect(await late.getAttribute('aria-label')).toContain('from site hq, arrived late')
    await accessible(bo, 'remote-late')
  })

  test('nothing went wrong in silence', () => {
    expect([...ada.problems, ...bo.problems]).toEqual([])
  })
})

const notBuilt = { id: 'api.fieldpost.not_built', message: 'Not built.', status_code: 501 }

const townSquare = async () =>
  (await bed.api('GET', `/teams/${team.id}/channels/name/town-square`, undefined, tokens.ada)).body

/** Makes alice somebody of another site, the channel a shared one, and what she wrote while apart an hour old. */
function fromHq(seen) {
  if (seen.body === undefined) return
  const text = JSON.stringify(seen.body, (_, x) => {
    if (x?.username === 'alice') return { ...x, username: 'alice:hq', remote_id: 'hq00' }
    if (x?.name === 'town-square') return { ...x, shared: true }
    if (x?.message === 'Written before that') return { ...x, create_at: x.create_at - 60 * MINUTE }
    return x
  })
  return text.includes('alice:hq') || text.includes('"shared":true') || text.includes('Written before that')
    ? { status: seen.status, body: JSON.parse(text) }
    : undefined
}
