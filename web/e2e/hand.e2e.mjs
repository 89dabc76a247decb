// Speed of hand and look: everything by keyboard, themes of every kind, the line of classification, languages.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn, write } from './bed.mjs'
import { accessible, accessibleIn, accessibleNarrow, everywhere, visible } from './look.mjs'

let bed
let ada
let bo
let page
let choosers = 0
let team
let channel
let deck

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)
const say = (who, message, more = {}) =>
  as(who, 'POST', '/posts', { channel_id: channel.id, message, ...more })
const box = p => p.getByRole('textbox', { name: /^Write to/ })
const prefs = who => as(who, 'GET', '/users/me/preferences')
const prefOf = async (who, name) => (await prefs(who)).find(p => p.name === name)?.value
const focusIn = (p, selector) => p.waitForFunction(s => document.activeElement?.matches(s) === true, selector)

beforeAll(async () => {
  bed = await Bed.start()
  ada = await bed.account('ada', { first_name: 'Ada', last_name: 'Lind', nickname: 'Countess' })
  team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  channel = await as(ada, 'GET', `/teams/${team.id}/channels/name/town-square`)
  deck = `${bed.origin}/ship/channels/town-square`
  bo = await bed.account('bo')
  await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: bo.id })
  await as(ada, 'POST', '/teams', { name: 'shore', display_name: 'Shore', type: 'O' })
  await say(ada, 'The first watch')
  await say(bo, 'The second watch')
  page = await bed.person()
  // From the beginning: where a service worker is in between, a listener that comes later may hear nothing.
  page.on('filechooser', () => choosers++)
  await signIn(page, bed.origin, 'ada', '/ship/channels/town-square')
  await visible(page, 'The second watch')
})
afterAll(async () => {
  await bed?.stop()
})

describe('by hand', () => {
  test('everything that can be done is found by typing, and done', async () => {
    await box(page).focus()
    await page.keyboard.press('Control+Shift+P')
    const palette = page.getByRole('combobox', { name: 'Find what can be done' })
    await palette.waitFor()
    await everywhere(page, 'palette')
    await palette.fill('drafts')
    await palette.press('Enter')
    await page.waitForURL('**/ship/drafts')
    await page.goto(deck)
    await visible(page, 'The second watch')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Find', exact: true }).fill('>')
    await palette.fill('browse')
    await palette.press('Enter')
    await page.getByRole('dialog', { name: 'Browse channels' }).waitFor()
    await page.keyboard.press('Escape')
  })

  test('the focus comes back when a dialog closes, and goes to where one writes when it cannot', async () => {
    await box(page).focus()
    for (const [keys, name] of [
      ['Control+k', 'Find a channel or person'],
      ['Control+/', 'Keyboard shortcuts'],
      ['Control+Shift+K', 'New direct message'],
    ]) {
      await page.keyboard.press(keys)
      await page.getByRole('dialog', { name }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog', { name }).waitFor({ state: 'detached' })
      await focusIn(page, '.composer textarea')
    }
    // What had the focus is deleted with its dialog's yes: it goes where one writes.
    await write(page, 'soon gone')
    const post = page.locator('.post:not(.pending)', { hasText: 'soon gone' })
    await post.focus()
    await page.keyboard.press('Delete')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await post.waitFor({ state: 'detached' })
    await focusIn(page, '.composer textarea, .post')
  })

  test('F6 goes round the parts of the window, arrows through the messages', async () => {
    await box(page).focus()
    await page.keyboard.press('F6')
    await focusIn(page, '.side *')
    await page.keyboard.press('F6')
    await focusIn(page, 'main header *')
    await page.keyboard.press('F6')
    await focusIn(page, '.post')
    await page.keyboard.press('ArrowUp')
    await page.waitForFunction(() => document.activeElement?.textContent?.includes('The first watch'))
    await page.keyboard.press('Shift+F6')
    await focusIn(page, 'main header *')
    await page.keyboard.press('F6')
    // Where it was in that part.
    await page.waitForFunction(() => document.activeElement?.textContent?.includes('The first watch'))
    await page.keyboard.press('e')
    await page.getByRole('textbox', { name: 'Edit message' }).waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.post', { hasText: 'The first watch' }).focus()
    await page.keyboard.press('m')
    await page.getByRole('menuitem', { name: 'Copy link' }).waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.post', { hasText: 'The second watch' }).focus()
    await page.keyboard.press('r')
    await page.locator('.thread').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.thread').waitFor({ state: 'detached' })
  })

  test('keys are those of a Latin keyboard where letters are others', async () => {
    await box(page).focus()
    await page.evaluate(() =>
      document.activeElement.dispatchEvent(
        new KeyboardEvent('keydown', {
          key: 'л',
          code: 'KeyK',
          ctrlKey: true,
          bubbles: true,
          cancelable: true,
        }),
      ),
    )
    await page.getByRole('dialog', { name: 'Find a channel or person' }).waitFor()
    await page.keyboard.press('Escape')
  })

  test('Escape takes the channel as read, Shift Escape all of the team', async () => {
    const off = await as(ada, 'GET', `/teams/${team.id}/channels/name/off-topic`)
    await as(bo, 'POST', '/posts', { channel_id: off.id, message: 'elsewhere, @ada' })
    await page.locator('.chan.unread', { hasText: 'Off-Topic' }).waitFor()
    await box(page).focus()
    await page.keyboard.press('Alt+Shift+ArrowDown')
    await page.waitForURL('**/off-topic')
    await visible(page, 'elsewhere')
    await page.goto(deck)
    await visible(page, 'The second watch')
    await as(bo, 'POST', '/posts', { channel_id: off.id, message: 'once more' })
    await page.locator('.chan.unread', { hasText: 'Off-Topic' }).waitFor()
    await page.keyboard.press('Shift+Escape')
    await page.getByRole('dialog', { name: 'Mark everything as read?' }).waitFor()
    await page.getByRole('button', { name: 'Mark as read' }).click()
    await page.locator('.chan.unread').waitFor({ state: 'detached' })
    await expect
      .poll(async () => (await as(ada, 'GET', `/users/me/channels/${off.id}/unread`)).msg_count)
      .toBe(0)
  })

  test('mentions, the next team and files have their keys', async () => {
    await box(page).focus()
    await page.keyboard.press('Control+Shift+M')
    await page.waitForURL(/search\?q=%40ada/)
    await page.goto(deck)
    await visible(page, 'The second watch')
    await box(page).focus()
    await page.keyboard.press('Control+u')
    await expect.poll(() => choosers).toBe(1)
    await page.keyboard.press('Control+Alt+2')
    await page.waitForURL(/\/shore/)
    await page.goto(deck)
    await visible(page, 'The second watch')
  })

  test('the channel on screen, the sidebar and oneself are in the list', async () => {
    const palette = page.getByRole('combobox', { name: 'Find what can be done' })
    const act = async (typed, name) => {
      await page.keyboard.press('Control+Shift+P')
      await palette.fill(typed)
      await page.getByRole('option', { name, exact: true }).waitFor()
      await palette.press('Enter')
      await palette.waitFor({ state: 'detached' })
    }
    await act('star', 'Make the channel a favourite')
    await page.getByRole('list', { name: 'Favourites' }).getByText('Town Square').waitFor()
    await act('star', 'Remove the channel from favourites')
    await page.getByRole('list', { name: 'Favourites' }).waitFor({ state: 'detached' })
    await act('mute', 'Mute the channel')
    await page.locator('.chan.muted', { hasText: 'Town Square' }).waitFor()
    await act('mute', 'Unmute the channel')
    await page.locator('.chan.muted').waitFor({ state: 'detached' })
    for (const [typed, name, panel] of [
      ['channel info', 'Channel info', 'Channel info'],
      ['members', 'Members of the channel', 'Members'],
      ['pinned', 'Pinned messages', 'Pinned messages'],
    ]) {
      await act(typed, name)
      await page.getByRole('complementary', { name: panel }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('complementary').waitFor({ state: 'detached' })
    }
    await act('only unread', 'List only what is unread')
    await page.getByRole('button', { name: 'Only unread', pressed: true }).waitFor()
    await act('list all', 'List all channels')
    await act('set status', 'Set a status')
    await page.getByRole('dialog', { name: /status/i }).waitFor()
    await page.keyboard.press('Escape')
    await act('saved', 'Saved messages')
    await page.waitForURL('**/ship/saved')
    await act('own profile', 'Your profile')
    await page.waitForURL('**/account_settings/profile')
    await act('notification', 'Notification settings')
    await page.waitForURL('**/account_settings/notifications')
    await page.goto(deck)
    await visible(page, 'The second watch')
  })

  test('the help is made of what the keyboard does', async () => {
    await page.keyboard.press('Control+/')
    const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await help.getByText('Recent mentions of me').waitFor()
    await help.getByText('Move the channel in focus up or down').waitFor()
    await everywhere(page, 'help')
    await help.getByRole('textbox', { name: 'Find a shortcut' }).fill('mark')
    await help.getByText('Mark everything as read').waitFor()
    expect(await help.getByText('Recent mentions of me').count()).toBe(0)
    await page.keyboard.press('Escape')
  })
})

describe('by look', () => {
  const pick = (p, group, name) =>
    p.getByRole('radiogroup', { name: group }).getByRole('radio', { name }).check()

  test('the page of settings is opened by its keys, and reads well in every theme', async () => {
    await box(page).focus()
    await page.keyboard.press('Control+Shift+A')
    await page.waitForURL('**/account_settings/display')
    await page.getByRole('heading', { name: 'Display', level: 1 }).waitFor()
    await page
      .getByRole('navigation', { name: 'Settings' })
      .getByRole('link', { name: 'Notifications' })
      .click()
    await page.getByRole('heading', { name: 'Notifications', level: 1 }).waitFor()
    await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Display' }).click()
    await page.getByRole('heading', { name: 'Display', level: 1 }).waitFor()
    await everywhere(page, 'display')
    await accessibleIn(page, 'contrast', 'display')
  })

  test('a theme belongs to the account, and reaches another device at once', async () => {
    const other = await bed.person({ viewport: { width: 390, height: 844 } })
    await signIn(other, bed.origin, 'ada', '/ship/channels/town-square')
    await visible(other, 'The second watch')
    await pick(page, 'Theme', /Night vision/)
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'night')
    await other.waitForFunction(() => document.documentElement.dataset.theme === 'night')
    expect(await prefOf(ada, 'fieldpost_theme')).toBe('night')
    // No green and no blue anywhere a theme decides.
    const colours = await other.evaluate(async () => {
      // On the way from one theme to the next a colour is of neither.
      await Promise.allSettled(
        document.getAnimations().flatMap(a => (a instanceof CSSTransition ? [a.finished] : [])),
      )
      return [...document.querySelectorAll('body, .room, .post, .composer, button')].flatMap(el => {
        const s = getComputedStyle(el)
        return [s.color, s.backgroundColor, s.borderTopColor]
      })
    })
    for (const c of colours) {
      const [, g, b, a = '1'] = c.match(/[\d.]+/g) ?? []
      if (Number(a) > 0) expect(Number(g) + Number(b), c).toBe(0)
    }
    await accessible(other, 'night-phone')
    // Before anything is drawn it is dark again.
    await other.reload({ waitUntil: 'commit' })
    await other.waitForFunction(() => document.documentElement?.dataset.theme === 'night')
    await other.context().close()
  })

  test('a theme can hold on this device alone', async () => {
    await page.getByRole('checkbox', { name: /this device only/ }).check()
    await pick(page, 'Theme', /High contrast/)
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'contrast')
    expect(await prefOf(ada, 'fieldpost_theme')).toBe('night')
    await accessible(page, 'display-contrast')
    await page.getByRole('checkbox', { name: /this device only/ }).uncheck()
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'night')
    await pick(page, 'Theme', /^Light/)
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'light')
  })

  test('a pasted theme is tried at once, warned of, saved, and taken along', async () => {
    await pick(page, 'Theme', /Own colours/)
    const text = page.getByLabel('Theme as text')
    await text.fill('not a theme')
    await page.getByRole('button', { name: 'Use this text' }).click()
    await page.getByText('That is no theme.').waitFor()
    await text.fill('{"sidebarBg":"#777777","sidebarText":"#8a8a8a"}')
    await page.getByRole('button', { name: 'Use this text' }).click()
    await page.getByText(/Text in the sidebar: contrast/).waitFor()
    await text.fill(
      JSON.stringify({
        sidebarBg: '#1b3a6b',
        sidebarText: '#ffffff',
        sidebarUnreadText: '#ffffff',
        sidebarTextHoverBg: '#28518f',
        sidebarTextActiveBorder: '#5d89ea',
        sidebarTextActiveColor: '#ffffff',
        sidebarTeamBarBg: '#14305a',
        mentionBj: '#ffffff',
        mentionColor: '#1b3a6b',
        centerChannelBg: '#ffffff',
        centerChannelColor: '#2c3038',
        newMessageSeparator: '#a03a00',
        linkColor: '#1c58d9',
        buttonBg: '#1c58d9',
        buttonColor: '#ffffff',
        errorTextColor: '#b3261e',
        mentionHighlightBg: '#ffe9a8',
        mentionHighlightLink: '#1b3a6b',
        codeTheme: 'github',
      }),
    )
    await page.getByRole('button', { name: 'Use this text' }).click()
    const ground = () =>
      page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--bg-side').trim())
    await expect.poll(ground).toBe('#1b3a6b')
    expect(await prefOf(ada, 'fieldpost_theme')).toBe('light')
    await page.getByRole('button', { name: 'Save colours' }).click()
    await expect.poll(() => prefOf(ada, 'fieldpost_theme')).toBe('custom')
    const kept = JSON.parse((await prefs(ada)).find(p => p.category === 'theme').value)
    expect(kept).toMatchObject({ type: 'custom', sidebarBg: '#1b3a6b', buttonBg: '#1c58d9' })
    await accessible(page, 'display-own')
    await accessibleNarrow(page, 'display-own')
    await page.goto(deck)
    await visible(page, 'The second watch')
    await accessible(page, 'channel-own')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('menuitem', { name: 'New channel' }).click()
    await accessible(page, 'dialog-own')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Settings' }).click()
    await accessible(page, 'menu-own')
    await page.getByRole('menuitemradio', { name: 'High contrast' }).click()
    await accessible(page, 'channel-contrast')
    await accessibleNarrow(page, 'channel-contrast')
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('menuitemradio', { name: 'As the system' }).click()
  })

  test('the accent is chosen with its warning', async () => {
    await page.goto(`${bed.origin}/account_settings/display`)
    await pick(page, 'Theme', /Own colours/)
    await page.getByLabel('Buttons and links').fill('#d9a400')
    await page.getByLabel('Text in the sidebar').fill('#2a4a7b')
    await page.getByText(/Text in the sidebar: contrast/).waitFor()
    await page.getByRole('button', { name: 'Undo changes' }).click()
    await page.getByText(/Text in the sidebar: contrast/).waitFor({ state: 'detached' })
    await pick(page, 'Theme', /As the system/)
  })

  test('clock, names and density are the account’s, by the names other apps know', async () => {
    await pick(page, 'Clock', '24 hours')
    await page.getByText('For example 15:15').waitFor()
    await pick(page, 'Clock', '12 hours')
    await page.getByText(/For example 3:15/).waitFor()
    await pick(page, 'Names of people', 'First and last name')
    await pick(page, 'Density', /Compact/)
    await pick(page, 'Motion', 'Less motion')
    await expect.poll(() => prefOf(ada, 'message_display')).toBe('compact')
    expect(await prefOf(ada, 'use_military_time')).toBe('false')
    expect(await prefOf(ada, 'name_format')).toBe('full_name')
    await page.goto(deck)
    await page.locator('.post .name', { hasText: 'Ada Lind' }).first().waitFor()
    await page.locator('.post time', { hasText: /[AP]M/ }).first().waitFor()
    await everywhere(page, 'channel-compact')
    await as(ada, 'PUT', '/users/me/preferences', [
      { user_id: ada.id, category: 'display_settings', name: 'name_format', value: 'nickname_full_name' },
    ])
    await page.locator('.post .name', { hasText: 'Countess' }).first().waitFor()
  })

  test('without the server it is chosen all the same, and told later', async () => {
    await page.evaluate(() => navigator.serviceWorker.ready)
    await page.goto(`${bed.origin}/account_settings/display`)
    await page.getByRole('heading', { name: 'Display', level: 1 }).waitFor()
    await bed.kill()
    await page.getByText('What you choose holds here').waitFor()
    await pick(page, 'Theme', /^Dark/)
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark')
    expect(await page.getByRole('combobox', { name: 'Language' }).isDisabled()).toBe(true)
    await page.reload()
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark')
    await bed.serve()
    await page.evaluate(() => dispatchEvent(new Event('online')))
    ada = await bed.login('ada')
    bo = await bed.login('bo')
    await expect.poll(() => prefOf(ada, 'fieldpost_theme')).toBe('dark')
  })
})

describe('the line of classification', () => {
  test('stands above and below every screen, the one before signing in included', async () => {
    bed.between.push(seen => {
      if (!seen.url.includes('/config/client') || !seen.body?.EnableBanner) return undefined
      return {
        status: 200,
        body: {
          ...seen.body,
          EnableBanner: 'true',
          BannerText: 'EXERCISE — RESTRICTED',
          BannerColor: '#c8102e',
          BannerTextColor: '#ffffff',
        },
      }
    })
    await page.goto(deck)
    await page.locator('.banner.above', { hasText: 'RESTRICTED' }).waitFor()
    await page.locator('.banner.below').waitFor()
    await visible(page, 'The second watch')
    const room = await page.evaluate(() => {
      const box = s => document.querySelector(s).getBoundingClientRect()
      return [box('.banner.above').bottom - box('.app').top, box('.app').bottom - box('.banner.below').top]
    })
    expect(room.every(x => Math.abs(x) < 1)).toBe(true)
    await everywhere(page, 'banner')
    await page.keyboard.press('Control+/')
    await accessible(page, 'banner-dialog')
    await page.keyboard.press('Escape')
    await page.goto(`${bed.origin}/account_settings/display`)
    await page.locator('.banner.above').waitFor()
    await accessible(page, 'banner-display')
    await page.context().clearCookies()
    await page.goto(`${bed.origin}/login`)
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.locator('.banner.above', { hasText: 'RESTRICTED' }).waitFor()
    await accessible(page, 'banner-sign-in')
    bed.between.length = 0
  })
})

describe('in other languages', () => {
  test('the sign-in screens speak the language of the browser, and a new account keeps it', async () => {
    const clara = await bed.person({ locale: 'de-DE' })
    await clara.goto(`${bed.origin}/login`)
    await clara.getByRole('button', { name: 'Anmelden' }).waitFor()
    await everywhere(clara, 'sign-in-german')
    await clara.goto(`${bed.origin}/signup_email`)
    await clara.getByLabel('E-Mail').fill('clara@ship.example')
    await clara.getByLabel('Benutzername').fill('clara')
    await clara.getByRole('textbox', { name: 'Passwort' }).fill('Passw0rd!x')
    await clara.getByRole('button', { name: 'Konto anlegen' }).click()
    await clara.getByRole('heading', { name: /^Team anlegen|^Einem Team beitreten/ }).waitFor()
    const made = await bed.login('clara')
    expect((await as(made, 'GET', '/users/me')).locale).toBe('de')
    expect(clara.problems).toEqual([])
    await clara.context().close()
  })

  test('the language is chosen on the page of settings, and kept in the profile', async () => {
    await signIn(page, bed.origin, 'ada', '/account_settings/display')
    const choose = page.locator('select')
    await choose.selectOption('de')
    await page.getByRole('heading', { name: 'Anzeige', level: 1 }).waitFor()
    expect((await as(ada, 'GET', '/users/me')).locale).toBe('de')
    await everywhere(page, 'display-german')
    await page.goto(deck)
    await page.getByRole('button', { name: 'Hinzufügen', exact: true }).waitFor()
    await page.getByRole('navigation', { name: 'Teams und Kanäle' }).waitFor()
    await page.keyboard.press('Control+/')
    await page.getByRole('dialog', { name: 'Tastenkürzel' }).getByText('Strg').first().waitFor()
    await everywhere(page, 'help-german')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Menü von Kanäle' }).click()
    await page.getByRole('menuitem', { name: 'Neue Kategorie…' }).waitFor()
    await page.getByRole('menuitemradio', { name: 'Von Hand' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Du: / }).click()
    await page.getByRole('menuitemradio', { name: 'Nicht stören…' }).waitFor()
    await accessible(page, 'me-german')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Menü des Teams Ship' }).click()
    await page.getByRole('menuitem', { name: 'Einem anderen Team beitreten…' }).click()
    await page.getByRole('dialog', { name: 'Einem anderen Team beitreten' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Hinzufügen', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Kanäle durchsehen' }).click()
    await page
      .getByRole('dialog')
      .getByText(/\d+ Mitglied/)
      .first()
      .waitFor()
    await everywhere(page, 'browse-german')
    await page.keyboard.press('Escape')
  })

  for (const [language, title] of [
    ['fr', 'Affichage'],
    ['es', 'Pantalla'],
    ['ja', '表示'],
    ['uk', 'Вигляд'],
    ['ar', 'العرض'],
  ])
    test(`${language} is complete where it is spoken`, async () => {
      await page.goto(`${bed.origin}/account_settings/display`)
      await page.locator('select').selectOption(language)
      await page.getByRole('heading', { name: title, level: 1 }).waitFor()
      await accessible(page, `display-${language}`)
      await accessibleNarrow(page, `display-${language}`)
    })

  test('Arabic is read from the right, on a phone too, and is there without the server', async () => {
    await page.goto(deck)
    await page.getByRole('navigation', { name: 'الفرق والقنوات' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.dir)).toBe('rtl')
    const side = await page.locator('.side').boundingBox()
    expect(side.x).toBeGreaterThan(600)
    // What was written in English stays beside the name of its author.
    await page.locator('.post .md p').first().waitFor()
    const apart = await page.evaluate(() => {
      const text = document.querySelector('.post .md p')
      const range = document.createRange()
      range.selectNodeContents(text)
      return text.getBoundingClientRect().right - range.getBoundingClientRect().right
    })
    expect(Math.abs(apart)).toBeLessThan(2)
    await everywhere(page, 'channel-arabic')
    // The next is on the left.
    await page.getByRole('button', { name: 'إدراج رمز تعبيري' }).click()
    const picker = page.getByRole('dialog', { name: 'الرموز التعبيرية' })
    await picker.getByRole('heading', { name: 'الأشخاص' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowLeft')
    await focusIn(page, '.emoji .grid button:nth-child(2)')
    await page.keyboard.press('ArrowRight')
    await focusIn(page, '.emoji .grid button:nth-child(1)')
    await page.keyboard.press('Escape')
    await page.locator('.dateline button').first().click()
    const calendar = page.locator('.calendar')
    const month = await page.evaluate(() => new Intl.DateTimeFormat('ar', { month: 'long' }).format())
    await calendar.locator('header', { hasText: month }).waitFor()
    const day = () => page.evaluate(() => Number(document.activeElement.textContent))
    const today = await day()
    await page.keyboard.press('ArrowRight')
    if (today > 1) expect(await day()).toBe(today - 1)
    await everywhere(page, 'calendar-arabic')
    await page.keyboard.press('Escape')
    await page.evaluate(() => navigator.serviceWorker.ready)
    await page.reload()
    await page.getByRole('navigation', { name: 'الفرق والقنوات' }).waitFor()
    await bed.kill()
    await page.reload()
    await page.getByRole('navigation', { name: 'الفرق والقنوات' }).waitFor()
  })

  test('nothing went wrong in silence', () => {
    expect(page.problems).toEqual([])
  })
})
