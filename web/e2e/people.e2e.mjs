// People: what they say of themselves, their profile and card, and how they are told of messages.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn, write } from './bed.mjs'
import { png } from './integration.mjs'
import { accessible, everywhere, visible } from './look.mjs'

let bed
let ada
let bo
let page
let mate
let team
const channels = {}

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)
const self = () => as(ada, 'GET', '/users/me')

/** Stands in for the browser's notifications, of which a test sees nothing. */
function record() {
  const told = []
  window.told = told
  window.badges = []
  navigator.setAppBadge = async n => void window.badges.push(n ?? 'dot')
  navigator.clearAppBadge = async () => void window.badges.push(0)
  window.Notification = class extends EventTarget {
    static get permission() {
      return localStorage.getItem('test-permission') ?? 'default'
    }
    static async requestPermission() {
      localStorage.setItem('test-permission', localStorage.getItem('test-answer') ?? 'granted')
    }
    constructor(title, options) {
      super()
      if (localStorage.getItem('test-phone')) throw new TypeError('only through the worker')
      Object.assign(this, options, { title })
      told.push(this)
    }
    close() {
      this.closed = true
    }
  }
  ServiceWorkerRegistration.prototype.showNotification = async (title, options) =>
    void told.push({ title, ...options, worker: true })
  let hidden = false
  Object.defineProperty(document, 'visibilityState', { get: () => (hidden ? 'hidden' : 'visible') })
  window.hide = yes => {
    hidden = yes
    document.dispatchEvent(new Event('visibilitychange'))
  }
}

beforeAll(async () => {
  bed = await Bed.start()
  ada = await bed.account('ada')
  bo = await bed.account('bo')
  team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: bo.id })
  for (const name of ['town-square', 'off-topic'])
    channels[name] = (await as(ada, 'GET', `/teams/${team.id}/channels/name/${name}`)).id
  page = await bed.person({ timezoneId: 'Europe/Oslo' })
  await page.addInitScript(record)
  await signIn(page, bed.origin, 'ada', '/ship/channels/town-square')
  await write(page, 'Good morning')
  mate = await bed.person({ viewport: { width: 390, height: 844 }, timezoneId: 'Asia/Tokyo' })
  await signIn(mate, bed.origin, 'bo', '/ship/channels/town-square')
  await write(mate, 'Morning, all')
  await visible(page, 'Morning, all')
})
afterAll(async () => {
  await bed?.stop()
})

const mine = async item => {
  await page.getByRole('button', { name: /^You: / }).click()
  await page.locator('[role^=menuitem]', { hasText: item }).click()
}
const home = async (p, path = '/ship/channels/town-square') => {
  await p.goto(bed.origin + path)
  await p.getByRole('textbox', { name: /^Write to/ }).waitFor()
  // What was kept is on screen before the server is asked; what happens now is heard.
  await p.locator('.me', { hasText: /Connected|disturb/ }).waitFor({ state: 'attached' })
}
const say = (message, channel = 'off-topic', more = {}) =>
  as(bo, 'POST', '/posts', { channel_id: channels[channel], message, ...more })

describe('what people say of themselves', () => {
  test('a status is set with an emoji, words and an end, and stands beside the name', async () => {
    await mine('Set a status…')
    const dialog = page.getByRole('dialog', { name: 'Your status' })
    await dialog.getByRole('button', { name: /On watch/ }).waitFor()
    await everywhere(page, 'status')
    await dialog.getByRole('button', { name: 'Choose an emoji' }).click()
    await page.getByRole('textbox', { name: 'Find an emoji' }).fill('compass')
    await accessible(page, 'status-emoji')
    await page.getByRole('textbox', { name: 'Find an emoji' }).press('Enter')
    await dialog.getByLabel('What you are doing').fill('Taking bearings')
    await dialog.getByLabel('Clear it after').selectOption({ label: '1 hour' })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: /^You: ada.*Taking bearings/ }).waitFor()
    const beside = mate.locator('.post', { hasText: 'Good morning' }).locator('.saying')
    await expect.poll(() => beside.textContent()).toMatch(/🧭.*Taking bearings, until/)
    await everywhere(page, 'status-shown')
    expect(JSON.parse((await self()).props.customStatus)).toMatchObject({
      emoji: 'compass',
      text: 'Taking bearings',
      duration: 'one_hour',
    })
  })

  test('it is on the card, and gone by itself when its time is over', async () => {
    const later = await bed.person({ timezoneId: 'Asia/Tokyo' })
    await later.clock.install()
    await signIn(later, bed.origin, 'bo', '/ship/channels/town-square')
    const post = later.locator('.post', { hasText: 'Good morning' })
    await post.locator('.saying').waitFor()
    await post.getByRole('button', { name: 'ada', exact: true }).click()
    const card = later.getByRole('dialog', { name: 'Profile of ada' })
    await card.getByText('Taking bearings').waitFor()
    await later.clock.fastForward('02:00:00')
    await card.getByText('Taking bearings').waitFor({ state: 'detached' })
    await post.locator('.saying').waitFor({ state: 'detached' })
    await later.context().close()
  })

  test('it is cleared, and offered again', async () => {
    await mine('Clear your status')
    await mate.locator('.post', { hasText: 'Good morning' }).locator('.saying').waitFor({ state: 'detached' })
    await mine('Set a status…')
    const dialog = page.getByRole('dialog', { name: 'Your status' })
    await dialog
      .getByRole('button', { name: /Taking bearings/ })
      .first()
      .click()
    expect(await dialog.getByLabel('What you are doing').inputValue()).toBe('Taking bearings')
    await dialog.getByRole('button', { name: 'Offer “Taking bearings” no more' }).click()
    await dialog.getByRole('listitem').filter({ hasText: 'Taking bearings' }).waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
  })

  test('somebody is not to be disturbed, until a moment that they choose', async () => {
    await mine('Do not disturb…')
    const dialog = page.getByRole('dialog', { name: 'Do not disturb' })
    await dialog.waitFor()
    await everywhere(page, 'quiet')
    await dialog.getByRole('button', { name: /^1 hour/ }).click()
    await page.getByRole('button', { name: /^You: ada.*Do not disturb, until/ }).waitFor()
    const told = await as(ada, 'GET', `/users/${ada.id}/status`)
    expect(told.status).toBe('dnd')
    expect(told.dnd_end_time * 1000).toBeGreaterThan(Date.now() + 50 * 60_000)
    await everywhere(page, 'quiet-shown')
    await mate
      .locator('.post', { hasText: 'Good morning' })
      .getByRole('button', { name: 'ada', exact: true })
      .click()
    const card = mate.getByRole('dialog', { name: 'Profile of ada' })
    await card.getByText('Do not disturb').waitFor()
    await mate.keyboard.press('Escape')
    // Another window of the same person knows until when, too.
    const other = await page.context().newPage()
    await home(other)
    await other.getByRole('button', { name: /Do not disturb, until/ }).waitFor()
    await other.close()
    await mine('Online')
    await page.getByRole('button', { name: /^You: ada.*Connected/ }).waitFor()
  })
})

describe('one’s own profile', () => {
  test('names and position are changed, and others see them', async () => {
    await mine('Your profile')
    await page.getByRole('heading', { name: 'Profile' }).waitFor()
    await everywhere(page, 'own-profile')
    await page.getByLabel('First name').fill('Ada')
    await page.getByLabel('Last name').fill('Byron')
    await page.getByLabel('Position').fill('Navigator')
    await page.getByText('Others see you as Ada Byron, Navigator.').waitFor()
    await page.getByRole('button', { name: 'Save' }).first().click()
    await page.getByText('Your profile is saved.').waitFor()
    await mate
      .locator('.post', { hasText: 'Good morning' })
      .getByRole('button', { name: 'Ada Byron', exact: true })
      .waitFor()
    expect(await self()).toMatchObject({ first_name: 'Ada', last_name: 'Byron', position: 'Navigator' })
  })

  test('a picture is chosen, looked at, used, and removed', async () => {
    const face = page.locator('.picture .avatar img')
    const file = page.getByLabel('Picture file')
    await file.setInputFiles({ name: 'words.txt', mimeType: 'text/plain', buffer: Buffer.from('no') })
    await page.getByText('This file is no picture.').waitFor()
    await file.setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: png(300, 200) })
    await expect.poll(() => face.evaluate(el => el.naturalWidth)).toBe(300)
    expect(await face.getAttribute('src')).toMatch(/^blob:/)
    await everywhere(page, 'picture-preview')
    await page.getByRole('button', { name: 'Use this picture' }).click()
    await page.getByText('Your picture is changed.').waitFor()
    await expect.poll(() => face.getAttribute('src')).toMatch(/\/image\?_=\d+/)
    await expect.poll(() => face.evaluate(el => el.naturalWidth)).toBe(128)
    const seen = mate.locator('.post', { hasText: 'Good morning' }).locator('.avatar img')
    await expect.poll(() => seen.evaluate(el => el.naturalWidth)).toBe(128)
    await everywhere(mate, 'picture-shown')
    await page.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Your picture is removed.').waitFor()
    await seen.waitFor({ state: 'detached' })
    await face.waitFor({ state: 'detached' })
  })

  test('another address needs the password', async () => {
    await page.getByRole('textbox', { name: 'Email' }).fill('ada@fleet.example')
    await page.getByRole('textbox', { name: 'Your password' }).fill('wrong')
    const part = page.getByRole('region', { name: 'Username and email' })
    await part.getByRole('button', { name: 'Save' }).click()
    await part.getByRole('alert').waitFor()
    await everywhere(page, 'email-refused')
    expect((await self()).email).toBe('ada@ship.example')
    await page.getByRole('textbox', { name: 'Your password' }).fill('Passw0rd!x')
    await part.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('textbox', { name: 'Your password' }).waitFor({ state: 'detached' })
    expect((await self()).email).toBe('ada@fleet.example')
    await page.getByRole('textbox', { name: 'Username' }).fill('bo')
    await part.getByRole('button', { name: 'Save' }).click()
    await part.getByRole('alert').waitFor()
    await page.getByRole('textbox', { name: 'Username' }).fill('ada')
  })

  test('the password is changed by whoever knows it', async () => {
    const part = page.getByRole('region', { name: 'Password', exact: true })
    await part.getByRole('textbox', { name: 'Current password' }).fill('wrong')
    await part.getByRole('textbox', { name: 'New password' }).fill('An0ther!pass')
    await part.getByRole('button', { name: 'Change password' }).click()
    await part.getByRole('alert').waitFor()
    await part.getByRole('textbox', { name: 'Current password' }).fill('Passw0rd!x')
    await part.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Your password is changed.').waitFor()
    ada = await bed.login('ada', 'An0ther!pass')
    expect(ada.token).toBeTruthy()
  })
})

describe('how people are told', () => {
  test('the browser is asked by a press, and a refusal is explained', async () => {
    await page.getByRole('link', { name: 'Notifications' }).click()
    await page.evaluate(() => localStorage.setItem('test-answer', 'denied'))
    await page.getByRole('button', { name: 'Allow notifications' }).waitFor()
    await everywhere(page, 'notifications')
    await page.getByRole('button', { name: 'Allow notifications' }).click()
    await page.getByText('This browser refuses notifications of this address.').waitFor()
    await everywhere(page, 'notifications-refused')
    await page.evaluate(() => localStorage.clear())
    await page.reload()
    await page.getByRole('button', { name: 'Allow notifications' }).click()
    await page.getByRole('button', { name: 'Send one to try' }).waitFor()
  })

  test('each choice says what comes of it, and the rest stays as it was', async () => {
    const desktop = page.getByRole('region', { name: 'On a computer' })
    await desktop.getByText('You are told of messages that mention you').waitFor()
    await desktop.getByLabel('Every message').check()
    await desktop.getByText('You are told of every message in your channels').waitFor()
    await desktop.getByLabel('With a sound').uncheck()
    await expect
      .poll(async () => (await self()).notify_props)
      .toMatchObject({
        desktop: 'all',
        desktop_sound: 'false',
        push: 'mention',
        desktop_threads: 'all',
      })
    await desktop.getByLabel('Mentions and direct messages').check()
    const mentions = page.getByRole('region', { name: 'Mentions' })
    const words = mentions.getByLabel('Words that mention you')
    await words.fill('fire pump')
    await mentions.getByRole('button', { name: 'Save' }).click()
    await mentions.getByText('has a space in it').waitFor()
    await words.fill('Pump, bilge')
    await mentions.getByRole('button', { name: 'Save' }).click()
    await mentions.getByText('You are mentioned by “@ada”, “pump”, “bilge”').waitFor()
    await everywhere(page, 'notifications-chosen')
    expect((await self()).notify_props).toMatchObject({ desktop: 'mention', mention_keys: 'pump,bilge' })
  })

  test('a mention elsewhere is shown once in two windows, and a press opens it', async () => {
    await home(page)
    const second = await page.context().newPage()
    await second.addInitScript(record)
    await home(second)
    const told = async () =>
      (await Promise.all([page, second].map(p => p.evaluate(() => window.told.map(t => t.body))))).flat()
    await say('The pump is dry')
    await say('Nothing for anybody')
    await say('Bilge is full')
    await expect.poll(told).toEqual(['The pump is dry', 'Bilge is full'])
    await expect.poll(() => page.title()).toMatch(/^\(2\) /)
    await expect.poll(() => page.evaluate(() => window.badges.at(-1))).toBe(2)
    const counts = await Promise.all([page, second].map(p => p.evaluate(() => window.told.length)))
    const teller = counts[0] > 0 ? page : second
    expect(await teller.evaluate(() => [window.told[0].title, window.told[0].silent])).toEqual([
      'bo in Off-Topic',
      true,
    ])
    await teller.evaluate(() => window.told[0].onclick())
    await teller.waitForURL('**/ship/channels/off-topic')
    await visible(teller, 'The pump is dry')
    // Read now: what else was shown of this channel goes.
    await expect.poll(() => teller.evaluate(() => window.told[1].closed)).toBe(true)
    await expect.poll(() => page.title()).not.toMatch(/^\(/)
    await second.close()
  })

  test('what somebody looks at is not shown, in whichever window; what they hid is', async () => {
    await home(page)
    const second = await page.context().newPage()
    await second.addInitScript(record)
    await home(second, '/ship/channels/off-topic')
    const told = async () =>
      (await Promise.all([page, second].map(p => p.evaluate(() => window.told.map(t => t.body))))).flat()
    await say('pump, while looked at')
    await visible(second, 'pump, while looked at')
    await second.evaluate(() => window.hide(true))
    await say('pump, while hidden')
    await expect.poll(told).toEqual(['pump, while hidden'])
    await second.close()
  })

  test('where only the worker may show them, it does, and a press there leads to the message', async () => {
    await page.evaluate(() => localStorage.setItem('test-phone', 'yes'))
    const at = await page.evaluate(() => window.told.length)
    const post = await say('pump, on a phone')
    await expect
      .poll(() => page.evaluate(n => window.told.slice(n).map(t => [t.body, t.worker, t.data]), at))
      .toEqual([['pump, on a phone', true, `/ship/pl/${post.id}`]])
    await page.evaluate(() => localStorage.removeItem('test-phone'))
    const [worker] = page.context().serviceWorkers()
    await worker.evaluate(data => {
      const press = Object.assign(new Event('notificationclick'), {
        notification: { data, close() {} },
        waitUntil: p => p.catch(() => {}),
      })
      self.dispatchEvent(press)
    }, `/ship/pl/${post.id}`)
    await page.waitForURL('**/ship/channels/off-topic')
    await visible(page, 'pump, on a phone')
  })

  test('a channel has choices of its own, in words', async () => {
    await page.getByRole('button', { name: 'Channel menu' }).click()
    await page.getByRole('menuitem', { name: 'Notifications…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Notifications of Off-Topic' })
    await dialog.getByText('You are told of messages in Off-Topic that mention you.').waitFor()
    await everywhere(page, 'channel-notifications')
    await dialog.getByLabel('Every message').check()
    await dialog.getByText('You are told of every message in Off-Topic.').waitFor()
    await dialog.getByLabel('They do not').check()
    await dialog.getByText('@channel, @all and @here do not mention you here.').waitFor()
    expect(
      (await as(ada, 'GET', `/channels/${channels['off-topic']}/members/me`)).notify_props,
    ).toMatchObject({
      desktop: 'all',
      ignore_channel_mentions: 'on',
      mark_unread: 'all',
    })
    await dialog.getByRole('button', { name: 'Done' }).click()
    await home(page)
    await say('Nobody in particular')
    await expect
      .poll(() => page.evaluate(() => window.told.map(t => t.body)))
      .toEqual(['Nobody in particular'])
  })

  test('a muted channel is faint, silent, and says so', async () => {
    const row = page.getByRole('link', { name: /Off-Topic/ })
    await home(page, '/ship/channels/off-topic')
    await page.getByRole('button', { name: 'Channel menu' }).click()
    await page.getByRole('menuitem', { name: 'Mute', exact: true }).click()
    await page.getByRole('link', { name: /Off-Topic.*, muted/ }).waitFor()
    await page.locator('.room > header .chip', { hasText: 'muted' }).waitFor()
    await everywhere(page, 'muted')
    await home(page)
    await say('pump, into the void')
    await say('pump, here', 'town-square')
    await visible(page, 'pump, here')
    await row.getByText('1 mention').waitFor()
    await accessible(page, 'muted-mentioned')
    await page.evaluate(() => window.hide(true))
    await say('pump, at last', 'town-square')
    await expect.poll(() => page.evaluate(() => window.told.map(t => t.body))).toEqual(['pump, at last'])
    await page.evaluate(() => window.hide(false))
    await home(page, '/ship/channels/off-topic')
    await page.getByRole('button', { name: 'Channel menu' }).click()
    await page.getByRole('menuitem', { name: 'Unmute' }).click()
    await page.getByRole('link', { name: /Off-Topic.*, muted/ }).waitFor({ state: 'detached' })
  })
})

describe('the card of a person', () => {
  test('it says what time it is there, and brings them into a channel', async () => {
    expect((await self()).timezone.automaticTimezone).toBe('Europe/Oslo')
    await as(bo, 'PUT', '/users/me/patch', { position: 'Engineer' })
    const deck = await as(ada, 'POST', '/channels', {
      team_id: team.id,
      name: 'deck',
      display_name: 'Deck',
      type: 'O',
    })
    await home(page)
    await page
      .locator('.post', { hasText: 'Morning, all' })
      .getByRole('button', { name: 'bo', exact: true })
      .click()
    const card = page.getByRole('dialog', { name: 'Profile of bo' })
    await card.getByText('Engineer').waitFor()
    await card.getByText(/\d hours ahead of you/).waitFor()
    await everywhere(page, 'person')
    await card.getByRole('button', { name: 'Add to a channel' }).click()
    await page.getByRole('option', { name: 'Deck' }).click()
    await page.getByText('bo is in Deck now.').waitFor()
    expect((await as(bo, 'GET', `/channels/${deck.id}/members/me`)).user_id).toBe(bo.id)
  })

  test('one’s own leads to what can be changed', async () => {
    const own = page.locator('.post', { hasText: 'Good morning' })
    await own.getByRole('button', { name: 'Ada Byron', exact: true }).click()
    const card = page.getByRole('dialog', { name: 'Profile of Ada Byron' })
    await card.getByText('Navigator').waitFor()
    await accessible(page, 'own-card')
    await card.getByRole('button', { name: 'Edit your profile' }).click()
    await page.getByRole('heading', { name: 'Profile' }).waitFor()
  })

  test('without the server it is told in words, and nothing is lost', async () => {
    await bed.kill()
    await page.getByText('The server is out of reach.').waitFor()
    await page.getByLabel('Nickname').fill('Countess')
    const part = page.getByRole('region', { name: 'Name', exact: true })
    await part.getByRole('button', { name: 'Save' }).click()
    await part.getByRole('alert').waitFor()
    await everywhere(page, 'profile-offline')
    await bed.serve()
    await part.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Your profile is saved.').waitFor()
    await page.getByText('The server is out of reach.').waitFor({ state: 'detached' })
    expect((await self()).nickname).toBe('Countess')
  })

  test('nothing went wrong in silence', () => {
    expect(page.problems).toEqual([])
    expect(mate.problems).toEqual([])
  })
})
