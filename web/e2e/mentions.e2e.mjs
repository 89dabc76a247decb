// Whom a message names: the question before it reaches many, and those who are not in the channel.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn } from './bed.mjs'
import { accessible, accessibleNarrow, everywhere } from './look.mjs'

let bed
let ada
let bo
let page
let team
let bridge
let galley
const crew = []

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)
const box = (p = page) => p.getByRole('textbox', { name: /^Write to/ })
const sent = (text, p = page) => p.locator('.post:not(.pending)', { hasText: text }).first().waitFor()
const question = (p = page) => p.getByRole('dialog', { name: 'Notify many people?' })
const open = (name, p = page) => p.goto(`${bed.origin}/ship/channels/${name}`)
/** Writes and sends a text, which must not end in a name: Enter would complete it. */
const enter = async (text, p = page) => {
  await box(p).fill(text)
  await box(p).press('Enter')
}
const channelOf = (name, more = {}) =>
  as(ada, 'POST', '/channels', { team_id: team.id, name, display_name: name, type: 'O', ...more })

beforeAll(async () => {
  bed = await Bed.start()
  ada = await bed.account('ada')
  team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  bridge = await channelOf('bridge')
  galley = await channelOf('galley')
  for (const name of ['bo', 'cem', 'dan', 'eve', 'fay', 'gus']) {
    const one = await bed.account(name)
    crew.push(one)
    await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: one.id })
    await as(ada, 'POST', `/channels/${bridge.id}/members`, { user_id: one.id })
  }
  bo = crew[0]
  await as(ada, 'POST', `/channels/${galley.id}/members`, { user_id: bo.id })
  for (const [i, manualTimezone] of ['Asia/Tokyo', 'America/Lima'].entries())
    await as(crew[i], 'PUT', '/users/me/patch', {
      timezone: { useAutomaticTimezone: 'false', manualTimezone, automaticTimezone: '' },
    })
  page = await bed.person({ serviceWorkers: 'block' })
  await signIn(page, bed.origin, 'ada', '/ship/channels/bridge')
  await box().waitFor()
})
afterAll(async () => {
  await bed?.stop()
})

describe('before a message reaches many', () => {
  test('its author is told how many, and in how many time zones; what was written stays', async () => {
    await box().pressSequentially('All hands, @all!')
    await box().press('Enter')
    const zones = await as(ada, 'GET', `/channels/${bridge.id}/timezones`)
    await question().getByText('With @all, up to 6 people are notified.').waitFor()
    await question().getByText(`They are in ${zones.length} time zones.`).waitFor()
    await everywhere(page, 'many')
    await question().getByRole('button', { name: 'Go on writing' }).click()
    await question().waitFor({ state: 'detached' })
    await page.keyboard.type(' On deck')
    expect(await box().inputValue()).toBe('All hands, @all! On deck')
    expect(await page.locator('.post', { hasText: 'All hands' }).count()).toBe(0)
    await box().press('Enter')
    await question().getByRole('button', { name: 'Send', exact: true }).click()
    await sent('All hands, @all! On deck')
    expect(await box().inputValue()).toBe('')
  })

  test('a reply is asked about, too, and a message that is sent later', async () => {
    const root = page.locator('.post:not(.pending)', { hasText: 'All hands' }).first()
    await root.focus()
    await root.press('r')
    const reply = page.getByRole('textbox', { name: 'Reply in this thread' })
    await reply.fill('Who is late, @here?')
    await reply.press('Enter')
    await question().getByText('With @here, up to 6 people are notified.').waitFor()
    await accessibleNarrow(page, 'many-reply')
    await page.keyboard.press('Escape')
    expect(await reply.inputValue()).toBe('Who is late, @here?')
    await reply.press('Enter')
    await question().getByRole('button', { name: 'Send', exact: true }).click()
    await page.locator('.thread .post:not(.pending)', { hasText: 'Who is late' }).waitFor()
    await page.getByRole('button', { name: 'Close thread' }).click()
    await box().fill('Good morning, @channel')
    await page.getByRole('button', { name: 'Send later' }).click()
    await question().getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByRole('dialog', { name: 'Send later' }).waitFor()
    await page.keyboard.press('Escape')
    expect(await box().inputValue()).toBe('Good morning, @channel')
  })

  test('a group is asked about by how many of it are in the channel', async () => {
    const user_ids = [ada, ...crew].map(x => x.id)
    await as(ada, 'POST', '/groups', {
      name: 'watch',
      display_name: 'The watch',
      source: 'custom',
      allow_reference: true,
      user_ids,
    })
    await box().fill('')
    await box().pressSequentially('Relieve the @wat')
    await page.getByRole('option', { name: /The watch/ }).waitFor()
    await page.keyboard.press('Tab')
    await box().press('Enter')
    await question().getByText('With @watch, up to 7 people are notified.').waitFor()
    await question().getByRole('button', { name: 'Send', exact: true }).click()
    await sent('Relieve the @watch')
    await open('galley')
    await enter('Soup for the @watch, please')
    await sent('Soup for the @watch, please')
  })

  test('nobody is asked about code, about few, or about names that have no effect', async () => {
    await enter('Dinner, @all!')
    await sent('Dinner, @all')
    await open('bridge')
    await enter('By `@all` everybody is named')
    await sent('everybody is named')
    await as(ada, 'PUT', `/channels/${bridge.id}/moderations/patch`, [
      { name: 'use_channel_mentions', roles: { members: false } },
    ])
    const other = await bed.person({ serviceWorkers: 'block' })
    await signIn(other, bed.origin, 'bo', '/ship/channels/bridge')
    await sent('everybody is named', other)
    await enter('From below, @all!', other)
    await sent('From below, @all', other)
    expect(other.problems).toEqual([])
    await other.context().close()
  })

  test('without the server what was counted last is said, and the message waits', async () => {
    await bed.kill()
    await page.locator('.connection').waitFor()
    await enter('Power is out, @all!')
    await question().getByText('With @all, up to 6 people are notified.').waitFor()
    await accessible(page, 'many-offline')
    await question().getByRole('button', { name: 'Send', exact: true }).click()
    await page.locator('.post.pending', { hasText: 'Power is out' }).waitFor()
    await bed.serve()
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await sent('Power is out, @all')
  })
})

describe('whoever is named and is not in the channel', () => {
  const note = (text, p = page) => p.locator('.post', { hasText: text }).locator('.outside')
  const add = where => where.getByRole('button', { name: 'Add them to the channel' })
  const people = async () =>
    (await as(ada, 'GET', `/channels/${galley.id}/members`)).map(m => m.user_id).sort()

  test('is said to its author, and added by a press', async () => {
    await bed.account('ivy')
    await open('galley')
    await enter('Soup for @cem, @dan and @ivy, says @bo too')
    const soup = note('Soup for @cem')
    await soup.getByText('@cem and @dan are not in this channel, and were not notified.').waitFor()
    await soup.getByText('@ivy is not in this team, and was not notified.').waitFor()
    await everywhere(page, 'outside')
    await add(soup).click()
    await page.getByText('@cem and @dan are not').waitFor({ state: 'detached' })
    await expect.poll(people).toEqual([ada, bo, crew[1], crew[2]].map(x => x.id).sort())
    await add(soup).waitFor({ state: 'detached' })
    await soup.getByRole('button', { name: 'Dismiss' }).click()
    await soup.waitFor({ state: 'detached' })
  })

  test('is said in a thread, too, and no longer once somebody else added them', async () => {
    const root = page.locator('.post:not(.pending)', { hasText: 'Soup for @cem' }).first()
    await root.focus()
    await root.press('r')
    const reply = page.getByRole('textbox', { name: 'Reply in this thread' })
    await reply.fill('And bread for @eve, please')
    await reply.press('Enter')
    const bread = page.locator('.thread').getByText('@eve is not in this channel')
    await bread.waitFor()
    await accessibleNarrow(page, 'outside-thread')
    await as(bo, 'POST', `/channels/${galley.id}/members`, { user_id: crew[3].id })
    await bread.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Close thread' }).click()
  })

  test('is said once a message is sent that waited for the server', async () => {
    await bed.kill()
    await page.locator('.connection').waitFor()
    await enter('Salt for @fay, please')
    await page.locator('.post.pending', { hasText: 'Salt for' }).waitFor()
    expect(await page.locator('.outside').count()).toBe(0)
    await bed.serve()
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await add(note('Salt for @fay')).waitFor()
  })

  test('cannot be added by those who may not add anybody', async () => {
    await as(ada, 'PUT', `/channels/${galley.id}/moderations/patch`, [
      { name: 'manage_members', roles: { members: false } },
    ])
    const other = await bed.person({ serviceWorkers: 'block' })
    await signIn(other, bed.origin, 'bo', '/ship/channels/galley')
    await sent('Salt for', other)
    await enter('Pepper for @gus, please', other)
    await note('Pepper for', other).getByText('@gus is not in this channel').waitFor()
    expect(await add(other.locator('.outside')).count()).toBe(0)
    // What ada wrote is between her and the server.
    expect(await other.locator('.outside').count()).toBe(1)
    expect(other.problems).toEqual([])
    await other.context().close()
  })

  test('nothing went wrong in silence', () => {
    expect(page.problems).toEqual([])
  })
})
