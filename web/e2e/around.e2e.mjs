// What stands around messages: groups, guests, links to files, moved threads, bookmarks, emoji of one’s own.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn, write } from './bed.mjs'
import { png } from './integration.mjs'
import { accessible, everywhere, visible } from './look.mjs'

let bed
let ada
let page
let mate
let team
let people

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)

beforeAll(async () => {
  bed = await Bed.start({
    prepare: data =>
      writeFile(join(data, 'fieldpost.toml'), '[guests]\nenabled = true\n[files]\npublic_links = true\n'),
  })
  ada = await bed.account('ada', { first_name: 'Ada', last_name: 'Byron' })
  team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  people = {}
  for (const name of ['bo', 'cem', 'pilot']) people[name] = await bed.account(name)
  for (const name of ['bo', 'cem'])
    await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: people[name].id })
  await as(ada, 'POST', '/groups', {
    name: 'deck',
    display_name: 'The deck crew',
    source: 'custom',
    allow_reference: true,
    description: 'Whoever is on deck',
    user_ids: [people.bo.id, people.cem.id],
  })
  page = await bed.person()
  await signIn(page, bed.origin, 'ada', '/ship/channels/town-square')
  await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
  mate = await bed.person({ viewport: { width: 390, height: 844 } })
  await signIn(mate, bed.origin, 'bo', '/ship/channels/town-square')
  await mate.getByRole('textbox', { name: /^Write to/ }).waitFor()
})
afterAll(async () => {
  await bed?.stop()
})

const more = async text => {
  const post = page.locator('.post', { hasText: text }).first()
  await post.hover()
  await post.getByRole('button', { name: 'More actions' }).click()
}
const channelMenu = async item => {
  await page.getByRole('button', { name: 'Channel menu' }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

describe('around messages', () => {
  test('a group is completed, mentioned, and says who is in it', async () => {
    const area = page.getByRole('textbox', { name: /^Write to/ })
    await area.pressSequentially('@dec')
    await page.getByRole('option', { name: /The deck crew/ }).waitFor()
    await accessible(page, 'group-completion')
    await area.press('Tab')
    await area.pressSequentially('make fast, please')
    await area.press('Enter')
    const mention = mate.getByRole('button', { name: '@deck' })
    await mention.click()
    await mate.getByRole('list', { name: 'People in this group' }).getByText('@cem').waitFor()
    await everywhere(mate, 'group-card')
    await mate.keyboard.press('Escape')
  })

  test('somebody is brought in, made a guest, and marked as one', async () => {
    await channelMenu('Add people…')
    await page.getByRole('button', { name: 'Find somebody' }).click()
    await page.getByRole('combobox', { name: 'Find: Find somebody' }).fill('pilot')
    await page.getByRole('combobox', { name: 'Find: Find somebody' }).press('Enter')
    await everywhere(page, 'add-people')
    await page.getByRole('button', { name: 'Add', exact: true }).last().click()
    await page.getByText('One person was added.').waitFor()
    const { token } = people.pilot
    const channel = await as(ada, 'GET', `/teams/${team.id}/channels/name/town-square`)
    const said = await bed.api('POST', '/posts', { channel_id: channel.id, message: 'On my way' }, token)
    expect(said.status).toBe(201)
    const post = page.locator('.post', { hasText: 'On my way' })
    await post.getByRole('button', { name: 'pilot', exact: true }).click()
    await page.getByRole('button', { name: 'Make a guest' }).click()
    await page.getByRole('dialog', { name: /Make pilot a guest/ }).waitFor()
    await accessible(page, 'make-guest')
    await page
      .getByRole('dialog', { name: /Make pilot a guest/ })
      .getByRole('button', { name: 'Make a guest' })
      .click()
    await post.locator('.chip.guest').waitFor()
    await mate.locator('.post', { hasText: 'On my way' }).locator('.chip.guest').waitFor()
    await everywhere(page, 'guest')
  })

  test('a file has a link for everybody', async () => {
    await page
      .getByLabel('Files', { exact: true })
      .setInputFiles({ name: 'chart.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') })
    await page.locator('.upload progress').waitFor({ state: 'detached' })
    await write(page, 'The chart')
    const post = page.locator('.post:not(.pending)', { hasText: 'The chart' })
    await post.getByRole('button', { name: 'Copy a public link to chart.csv' }).waitFor()
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await post.getByRole('button', { name: 'Copy a public link to chart.csv' }).click()
    await page.getByText('Copied.').waitFor()
    const link = await page.evaluate(() => navigator.clipboard.readText())
    const fetched = await fetch(bed.back + new URL(link).pathname + new URL(link).search)
    expect(await fetched.text()).toBe('a,b\n1,2\n')
    await everywhere(page, 'public-link')
  })

  test('a thread is moved, and leaves a line that leads to it', async () => {
    await write(page, 'This belongs elsewhere')
    await page.locator('.post:not(.pending)', { hasText: 'belongs elsewhere' }).waitFor()
    await more('belongs elsewhere')
    await page.getByRole('menuitem', { name: /Move thread/ }).click()
    const dialog = page.getByRole('dialog', { name: 'Move this thread' })
    await dialog.getByRole('button', { name: 'To which channel' }).click()
    await page.getByRole('option', { name: 'Off-Topic' }).click()
    await everywhere(page, 'move-thread')
    await dialog.getByRole('button', { name: 'Move', exact: true }).click()
    await page.waitForURL('**/off-topic')
    await visible(page, 'belongs elsewhere')
    await mate.getByRole('link', { name: 'Show where it is now' }).waitFor()
    await accessible(mate, 'moved')
    await mate.getByRole('link', { name: 'Show where it is now' }).click()
    await mate.waitForURL('**/off-topic')
    await visible(mate, 'belongs elsewhere')
    await mate.goto(`${bed.origin}/ship/channels/town-square`)
    await page.goto(`${bed.origin}/ship/channels/town-square`)
    await visible(page, 'The chart')
  })

  test('a channel keeps links and files at hand', async () => {
    await channelMenu('Add a bookmark…')
    const dialog = page.getByRole('dialog', { name: 'Add a bookmark' })
    await dialog.getByLabel('Address').fill('javascript:alert(1)')
    await dialog.getByRole('button', { name: 'Add bookmark' }).click()
    await dialog.getByRole('alert').waitFor()
    await everywhere(page, 'bookmark-form')
    await dialog.getByLabel('Address').fill('tides.example/brest')
    await dialog.getByLabel('Name').fill('Tides')
    await dialog.getByRole('button', { name: 'Add bookmark' }).click()
    const bar = page.getByRole('navigation', { name: 'Bookmarks' })
    await bar.getByRole('link', { name: 'Tides' }).waitFor()
    expect(await bar.getByRole('link', { name: 'Tides' }).getAttribute('href')).toBe(
      'https://tides.example/brest',
    )
    await mate.getByRole('navigation', { name: 'Bookmarks' }).getByRole('link', { name: 'Tides' }).waitFor()
    await bar.getByRole('button', { name: 'Add a bookmark' }).click()
    await page
      .getByRole('dialog')
      .getByLabel('File', { exact: true })
      .setInputFiles({
        name: 'rota.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from('x'),
      })
    await page.getByRole('button', { name: 'Add bookmark', exact: true }).click()
    await bar.getByRole('link', { name: 'rota.csv' }).waitFor()
    await everywhere(page, 'bookmarks')
    await bar.getByRole('link', { name: 'rota.csv' }).hover()
    await bar.getByRole('button', { name: 'Bookmark rota.csv' }).click()
    await page.getByRole('menuitem', { name: 'Further to the front' }).click()
    await expect.poll(() => bar.getByRole('link').allTextContents()).toEqual(['rota.csv', 'Tides'])
    await bar.getByRole('link', { name: 'Tides' }).hover()
    await bar.getByRole('button', { name: 'Bookmark Tides' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await bar.getByRole('link', { name: 'Tides' }).waitFor({ state: 'detached' })
  })

  test('an emoji of one’s own is made, written, and used as a reaction', async () => {
    await page.getByRole('button', { name: 'Insert emoji' }).click()
    await page.getByRole('button', { name: 'Emoji of your own' }).click()
    const dialog = page.getByRole('dialog', { name: 'Emoji of your own' })
    await dialog
      .getByLabel('Picture')
      .setInputFiles({ name: 'Party Ship.png', mimeType: 'image/png', buffer: png(64, 64) })
    expect(await dialog.getByLabel('Name').inputValue()).toBe('party_ship')
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await dialog.getByText(':party_ship:').first().waitFor()
    await everywhere(page, 'own-emoji')
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await write(page, 'Hurrah :party_ship:')
    await mate.locator('.post', { hasText: 'Hurrah' }).locator('img.emoji-picture').waitFor()
    const post = mate.locator('.post', { hasText: 'Hurrah' })
    await post.focus()
    await mate.keyboard.press('+')
    await mate.getByLabel('Find an emoji').fill('party_ship')
    await accessible(mate, 'emoji-own')
    await mate.getByLabel('Find an emoji').press('Enter')
    await page.locator('.reaction img.emoji-picture').waitFor()
    await everywhere(page, 'emoji-reaction')
    const area = page.getByRole('textbox', { name: /^Write to/ })
    await area.pressSequentially(':party')
    await page.getByRole('option', { name: /party_ship/ }).waitFor()
    await area.fill('')
  })

  test('nothing went wrong in silence', () => {
    expect([...page.problems, ...mate.problems]).toEqual([])
  })
})
