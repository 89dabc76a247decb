// What waits and what is left for later: threads, priorities, drafts, scheduled messages, reminders, searching.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn, write } from './bed.mjs'
import { isKept } from './kept.mjs'
import { accessible, everywhere, visible } from './look.mjs'

let bed
let ada
let bo
let page
let mate
let team
let channel
let root

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)
const say = (who, message, more = {}) =>
  as(who, 'POST', '/posts', { channel_id: channel.id, message, ...more })

beforeAll(async () => {
  bed = await Bed.start()
  ada = await bed.account('ada')
  team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  channel = await as(ada, 'GET', `/teams/${team.id}/channels/name/town-square`)
  bo = await bed.account('bo')
  await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: bo.id })
  root = await say(ada, 'Who takes the **middle watch**?')
  await say(bo, 'I do, @ada', { root_id: root.id })
  page = await bed.person()
  await signIn(page, bed.origin, 'ada', '/ship/channels/town-square')
  await visible(page, 'middle watch')
  mate = await bed.person({ viewport: { width: 390, height: 844 } })
  await signIn(mate, bed.origin, 'bo', '/ship/channels/town-square')
  await visible(mate, 'middle watch')
})
afterAll(async () => {
  await bed?.stop()
})

const side = name => page.getByRole('list', { name: 'Lists' }).getByRole('link', { name })
const inPost = (p, text, label) =>
  p.locator('.post', { hasText: text }).first().getByRole('button', { name: label })

describe('the inbox', () => {
  test('a thread with news is marked, opened and read', async () => {
    await page.locator('.shelf .unread .badge').waitFor()
    await side(/Threads/).click()
    const entry = page.getByRole('list', { name: 'Threads' }).getByRole('link')
    await entry.getByText('1 new').waitFor()
    await everywhere(page, 'threads')
    await page.getByRole('button', { name: /^Unread/ }).click()
    await entry.focus()
    await page.keyboard.press('Enter')
    await page.locator('.thread .post', { hasText: 'I do' }).waitFor()
    await page.locator('.shelf .unread').waitFor({ state: 'detached' })
    await accessible(page, 'threads-open')
    await page.keyboard.press('Escape')
    await page.getByText('You have read everything').waitFor()
    await accessible(page, 'threads-read')
  })

  test('a reply that comes now is counted, and everything is read at once', async () => {
    await page.getByRole('button', { name: 'All', exact: true }).click()
    await say(bo, 'From four on', { root_id: root.id })
    await page.getByRole('list', { name: 'Threads' }).getByText('1 new').waitFor()
    await page.getByRole('button', { name: 'Mark all read' }).click()
    await page.getByRole('list', { name: 'Threads' }).getByText('1 new').waitFor({ state: 'detached' })
    await page.locator('.shelf .unread').waitFor({ state: 'detached' })
  })

  test('a thread is unread again from a message on', async () => {
    await page.getByRole('list', { name: 'Threads' }).getByRole('link').click()
    const reply = page.locator('.thread .post', { hasText: 'From four on' })
    await reply.hover()
    await reply.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Unread from here' }).click()
    await page.getByRole('list', { name: 'Threads' }).getByText('1 new').waitFor()
    await page.getByRole('button', { name: 'Mark all read' }).click()
    await page.getByRole('list', { name: 'Threads' }).getByText('1 new').waitFor({ state: 'detached' })
  })

  test('a thread is unfollowed and followed', async () => {
    await page.goto(`${bed.origin}/ship/channels/town-square`)
    await page.locator('.post', { hasText: 'middle watch' }).hover()
    await inPost(page, 'middle watch', 'More actions').click()
    await page.getByRole('menuitem', { name: 'Unfollow thread' }).click()
    await page.getByText('You no longer follow this thread.').waitFor()
    await side(/Threads/).click()
    await page.getByText('You follow no threads yet').waitFor()
    await page.goto(`${bed.origin}/ship/channels/town-square`)
    await page.locator('.post', { hasText: 'middle watch' }).hover()
    await inPost(page, 'middle watch', 'More actions').click()
    await page.getByRole('menuitem', { name: 'Follow thread', exact: true }).click()
    await page.getByText('You follow this thread.').waitFor()
  })

  test('an urgent message asks for acknowledgement, and says who has taken note', async () => {
    await page.getByRole('button', { name: 'Priority' }).click()
    await accessible(page, 'priority-menu')
    await page.getByRole('menuitemradio', { name: 'Urgent' }).click()
    await page.getByRole('button', { name: 'Priority', exact: true }).click()
    await page.getByRole('menuitemradio', { name: 'Ask for acknowledgement' }).click()
    await page.locator('.composer .marks').getByText('Asks for acknowledgement').waitFor()
    await everywhere(page, 'priority-composer')
    await write(page, 'Man the pumps')
    const theirs = mate.locator('.post', { hasText: 'Man the pumps' })
    await theirs.getByText('Urgent').waitFor()
    await everywhere(mate, 'priority-reader')
    await theirs.getByRole('button', { name: 'Acknowledge' }).click()
    await theirs.getByText('You acknowledged').waitFor()
    await page.locator('.post', { hasText: 'Man the pumps' }).getByText('Acknowledged by bo').waitFor()
    expect(await page.locator('.composer .marks').count()).toBe(0)
    await accessible(page, 'priority-acknowledged')
  })

  test('a FLASH is offered to whoever may send one, and stands out', async () => {
    const choose = async on => {
      await on.getByRole('button', { name: 'Priority', exact: true }).click()
      await on.getByRole('menuitemradio', { name: 'Urgent' }).waitFor()
    }
    await choose(mate)
    expect(await mate.getByRole('menuitemradio', { name: 'FLASH' }).count()).toBe(0)
    await mate.keyboard.press('Escape')
    await choose(page)
    await page.getByRole('menuitemradio', { name: 'Urgent' }).click()
    await choose(page)
    await accessible(page, 'flash-menu')
    await page.getByRole('menuitemradio', { name: 'FLASH' }).click()
    await page.locator('.composer .marks').getByText('FLASH').waitFor()
    await everywhere(page, 'flash-composer')
    await write(page, 'Fire in the engine room')
    const theirs = mate.locator('.post', { hasText: 'Fire in the engine room' })
    await theirs.getByText('FLASH').waitFor()
    await everywhere(mate, 'flash-reader')
  })

  test('whoever sent as many as they may is told when the next may go', async () => {
    const priority = { priority: 'urgent', flash: true }
    const made = { team_id: team.id, name: 'decks', display_name: 'Decks', type: 'O' }
    const decks = await as(ada, 'POST', '/channels', made)
    const more = { channel_id: decks.id, metadata: { priority } }
    for (let n = 1; n < 10; n++) await say(ada, `Fire on deck ${n}`, more)
    await page.goto(`${bed.origin}/ship/channels/decks`)
    await visible(page, 'Fire on deck 9')
    await page.getByRole('button', { name: 'Priority', exact: true }).click()
    await page.getByRole('menuitemradio', { name: 'FLASH' }).click()
    await page.getByRole('textbox', { name: /^Write to/ }).fill('Fire in the galley')
    await page.keyboard.press('Enter')
    await page.getByText(/You may send the next in \d+ min/).waitFor()
    await accessible(page, 'flash-refused')
    await page.getByRole('button', { name: 'Discard' }).click()
    await page.goto(`${bed.origin}/ship/channels/town-square`)
    await visible(page, 'Fire in the engine room')
  })

  test('a draft is listed, and discarded', async () => {
    await page.getByRole('textbox', { name: /^Write to/ }).fill('Half a thought')
    // While it is being written it is no draft yet.
    await side(/Threads/).click()
    await side(/Drafts/).click()
    await page.getByText('Half a thought').waitFor()
    await everywhere(page, 'drafts')
    await page.getByRole('button', { name: /Discard the draft/ }).click()
    await page.getByRole('button', { name: 'Discard', exact: true }).click()
    await page.getByText('No drafts').waitFor()
    await side(/Drafts/).waitFor({ state: 'detached' })
  })

  test('a message is scheduled, put off, and sent at once', async () => {
    await page.goto(`${bed.origin}/ship/channels/town-square`)
    await page.getByRole('textbox', { name: /^Write to/ }).fill('Noon position to follow')
    await page.getByRole('button', { name: 'Send later' }).click()
    await page.getByRole('dialog', { name: 'Send later' }).waitFor()
    await everywhere(page, 'send-later')
    await page.getByRole('button', { name: /Tomorrow morning/ }).click()
    await page.getByText('It will be sent').waitFor()
    expect(await page.getByRole('textbox', { name: /^Write to/ }).inputValue()).toBe('')
    await side(/Scheduled/).click()
    const planned = page.getByRole('list', { name: 'Scheduled messages' })
    await planned.getByText('Noon position').waitFor()
    await everywhere(page, 'scheduled')
    await page.getByRole('button', { name: 'Another time' }).click()
    await page.getByLabel('Or another time').fill('2001-01-01T10:00')
    await page.getByRole('button', { name: 'Reschedule' }).click()
    expect(await page.getByRole('dialog').count()).toBe(1)
    await page.getByLabel('Or another time').fill('2099-05-04T10:30')
    await page.getByRole('button', { name: 'Reschedule' }).click()
    await planned.getByText('10:30').waitFor()
    await page.getByRole('button', { name: 'Send now' }).click()
    await page.getByText('Nothing is scheduled').waitFor()
    await visible(mate, 'Noon position to follow')
  })

  test('a reminder is set', async () => {
    await page.goto(`${bed.origin}/ship/channels/town-square`)
    await visible(page, 'Man the pumps')
    await page.locator('.post', { hasText: 'Man the pumps' }).hover()
    await inPost(page, 'Man the pumps', 'More actions').click()
    await page.getByRole('menuitem', { name: /Remind me/ }).click()
    await page.getByRole('button', { name: /In 30 minutes/ }).waitFor()
    await accessible(page, 'remind')
    await page.getByRole('button', { name: /In 30 minutes/ }).click()
    await page.getByText('You will be reminded').waitFor()
  })
})

describe('searching', () => {
  test('words are found, marked, and lead to their message', async () => {
    await say(bo, 'The fuel pump on deck 3 was repaired')
    await say(bo, 'The spare pump is in the store', { root_id: root.id })
    await page.keyboard.press('Control+Shift+f')
    const box = page.getByRole('combobox', { name: 'Search messages and files' })
    await page.getByRole('option', { name: 'from: somebody' }).waitFor()
    await everywhere(page, 'search-empty')
    await expect
      .poll(async () => {
        await box.fill('pump')
        await box.press('Enter')
        await page.locator('.search .state', { hasText: 'found' }).waitFor()
        return page.locator('.search mark').count()
      })
      .toBeGreaterThan(1)
    await everywhere(page, 'search-found')
    await page.getByText(/Reply to .*middle watch/).waitFor()
    await page
      .getByRole('list', { name: 'Messages found' })
      .getByRole('link', { name: /repaired/ })
      .click()
    await page.locator('.post', { hasText: 'fuel pump' }).waitFor()
    await page.goBack()
    await page
      .getByRole('list', { name: 'Messages found' })
      .getByRole('link', { name: /spare pump/ })
      .click()
    await page.locator('.thread .post', { hasText: 'spare pump' }).waitFor()
  })

  test('filters are suggested, and narrow what is found', async () => {
    await page.goto(`${bed.origin}/ship/search`)
    const box = page.getByRole('combobox', { name: 'Search messages and files' })
    await box.pressSequentially('pump from:b')
    await page.getByRole('option', { name: /@bo/ }).waitFor()
    await accessible(page, 'search-suggestions')
    await box.press('ArrowDown')
    await box.press('Enter')
    expect(await box.inputValue()).toBe('pump from:bo ')
    await box.press('Escape')
    await box.press('Enter')
    await page.waitForURL(/q=pump%20from%3Abo/)
    await page.locator('.search .state', { hasText: '2 found' }).waitFor()
    await page.getByRole('button', { name: 'Files' }).click()
    await page.getByText('Nothing found').waitFor()
    await accessible(page, 'search-nothing')
  })

  test('without the server this device is looked through', async () => {
    await page.goto(`${bed.origin}/ship/channels/town-square`)
    await visible(page, 'fuel pump')
    await page.evaluate(() => navigator.serviceWorker.ready)
    await expect.poll(() => isKept(page, 'repaired')).toBe(true)
    await bed.kill()
    await page.locator('.connection').waitFor()
    await page.getByRole('button', { name: /Search messages/ }).click()
    const box = page.getByRole('combobox', { name: 'Search messages and files' })
    await box.fill('repaired')
    await box.press('Enter')
    await page.getByText(/1 found, on this device/).waitFor()
    await accessible(page, 'search-offline')
    await side(/Threads/).click()
    await page.getByRole('list', { name: 'Threads' }).getByText('middle watch').waitFor()
  })

  test('nothing went wrong in silence', () => {
    expect([...page.problems, ...mate.problems]).toEqual([])
  })
})
