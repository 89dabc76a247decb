// What a channel leaves to its members and guests: set by those who may, and followed by those it concerns.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bed, signIn, write } from './bed.mjs'
import { everywhere, visible } from './look.mjs'

let bed
let ada
let bo
let page
let mate
let deck

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)

beforeAll(async () => {
  bed = await Bed.start({
    prepare: data => writeFile(join(data, 'fieldpost.toml'), '[guests]\nenabled = true\n'),
  })
  ada = await bed.account('ada')
  const team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  bo = await bed.account('bo')
  await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: bo.id })
  deck = await as(ada, 'POST', '/channels', {
    team_id: team.id,
    name: 'deck',
    display_name: 'Deck',
    type: 'O',
  })
  await as(ada, 'POST', `/channels/${deck.id}/members`, { user_id: bo.id })
  const post = await as(ada, 'POST', '/posts', { channel_id: deck.id, message: 'Orders of the day' })
  await as(ada, 'POST', '/reactions', { user_id: ada.id, post_id: post.id, emoji_name: 'eyes' })
  await as(ada, 'POST', `/channels/${deck.id}/bookmarks`, {
    type: 'link',
    display_name: 'Charts',
    link_url: 'https://charts.example',
  })
  page = await bed.person()
  await signIn(page, bed.origin, 'ada', '/ship/channels/deck')
  mate = await bed.person({ viewport: { width: 390, height: 844 } })
  await signIn(mate, bed.origin, 'bo', '/ship/channels/deck')
  for (const one of [page, mate]) await visible(one, 'Orders of the day')
})
afterAll(async () => {
  await bed?.stop()
})

const box = (who, what) => page.getByRole('checkbox', { name: `${who}: ${what}` })
const field = at => at.getByRole('textbox', { name: /^Write to/ })

test('whoever looks after the site’s channels says what is left to others', async () => {
  await page.getByRole('button', { name: 'Channel info', exact: true }).click()
  await page.getByRole('button', { name: 'What people may do' }).click()
  const panel = page.getByRole('complementary', { name: 'What people may do' })
  await panel.getByText('Without it, the channel is for reading.').waitFor()
  expect(await panel.getByRole('checkbox').count()).toBe(8)
  await everywhere(page, 'moderation')
  await field(mate).waitFor()
  await box('Members', 'Write').uncheck()
  const said = async () => (await as(ada, 'GET', `/channels/${deck.id}/moderations`))[0].roles
  await expect.poll(async () => (await said()).members.value).toBe(false)
  expect((await said()).guests.value).toBe(true)
})

test('members of a channel for reading have no field to write in, in its threads either', async () => {
  await field(mate).waitFor({ state: 'detached' })
  await mate.getByText('This channel is for reading').waitFor()
  await everywhere(mate, 'only-reading')
  await mate.locator('.post', { hasText: 'Orders of the day' }).hover()
  await mate.getByRole('button', { name: 'Reply' }).click()
  await mate.getByRole('complementary', { name: 'Thread' }).getByText('for reading').waitFor()
  expect(await mate.getByRole('textbox').count()).toBe(0)
  await mate.reload()
  await mate.getByRole('complementary', { name: 'Thread' }).getByText('for reading').waitFor()
  await mate.getByRole('button', { name: 'Close thread (Esc)' }).click()
  await write(page, 'Only I may')
  await visible(mate, 'Only I may')
})

test('reactions and bookmarks can be looked at only', async () => {
  const bar = mate.getByRole('navigation', { name: 'Bookmarks' })
  await bar.getByText('Charts').waitFor()
  await bar.getByRole('button', { name: 'Add a bookmark' }).waitFor()
  const post = mate.locator('.post', { hasText: 'Orders of the day' })
  await post.locator('.reactions').getByRole('button', { name: 'Add a reaction' }).waitFor()
  await box('Members', 'React').uncheck()
  await box('Members', 'Manage bookmarks').uncheck()
  await post
    .locator('.reactions')
    .getByRole('button', { name: 'Add a reaction' })
    .waitFor({ state: 'detached' })
  await post.locator('.reaction').click({ force: true })
  expect(await post.locator('.reaction').getAttribute('aria-pressed')).toBe('false')
  await bar.getByRole('button', { name: 'Add a bookmark' }).waitFor({ state: 'detached' })
  expect(await bar.getByRole('button').count()).toBe(0)
  await everywhere(mate, 'only-looking')
})

test('what another administrator gives back is there at once, here and there', async () => {
  await as(ada, 'PUT', `/channels/${deck.id}/moderations/patch`, [
    { name: 'create_post', roles: { members: true } },
  ])
  await expect.poll(() => box('Members', 'Write').isChecked()).toBe(true)
  await field(mate).waitFor()
  await write(mate, 'Thank you')
  await visible(page, 'Thank you')
})

test('nobody else is offered it', async () => {
  await mate.goto(`${bed.origin}/ship/channels/deck?panel=info`)
  await mate.getByRole('button', { name: /^Members/ }).waitFor()
  expect(await mate.getByRole('button', { name: 'What people may do' }).count()).toBe(0)
})

test('a refusal puts the mark back and says why; without the server nothing can be changed', async () => {
  await page.route('**/moderations/patch', route =>
    route.fulfill({ status: 403, json: { id: 'x', message: 'Not this one.', status_code: 403 } }),
  )
  await box('Guests', 'React').click()
  await page.getByText('Not this one.').waitFor()
  await expect.poll(() => box('Guests', 'React').isChecked()).toBe(true)
  await page.unroute('**/moderations/patch')
  await bed.kill()
  await page.getByText('Offline.', { exact: true }).waitFor()
  await expect.poll(() => box('Guests', 'React').isDisabled()).toBe(true)
  await page.getByText('This is shown and changed once the server is back.').waitFor()
  await everywhere(page, 'moderation-offline')
  expect(page.problems).toEqual([])
  expect(mate.problems).toEqual([])
})
