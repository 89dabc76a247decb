// Writing: drafts on every device, files on their way, what can be done with a message, and finding one's place.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn } from './bed.mjs'
import { accessible, everywhere, visible } from './look.mjs'

let bed
let ada
let bo
let page
let tablet
let team
let channel

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)
const say = (who, message, more = {}) =>
  as(who, 'POST', '/posts', { channel_id: channel.id, message, ...more })
const box = p => p.getByRole('textbox', { name: /^Write to/ })
const holds = (p, text) =>
  p.waitForFunction(t => document.querySelector('main .composer textarea')?.value === t, text)

beforeAll(async () => {
  bed = await Bed.start()
  ada = await bed.account('ada')
  team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  channel = await as(ada, 'GET', `/teams/${team.id}/channels/name/town-square`)
  bo = await bed.account('bo')
  await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: bo.id })
  await say(bo, 'The tide turns at six')
  // What is held up on its way is not to be seen by a service worker first.
  page = await bed.person({ serviceWorkers: 'block' })
  await signIn(page, bed.origin, 'ada', '/ship/channels/town-square')
  await visible(page, 'The tide turns')
  tablet = await bed.person({ viewport: { width: 820, height: 1180 } })
  await signIn(tablet, bed.origin, 'ada', '/ship/channels/town-square')
  await visible(tablet, 'The tide turns')
})
afterAll(async () => {
  await bed?.stop()
})

describe('drafts on every device', () => {
  test('what is begun on one device stands on the other, with its priority', async () => {
    await box(page).fill('Half a thought')
    await page.getByRole('button', { name: 'Priority', exact: true }).click()
    await page.getByRole('menuitemradio', { name: 'Important' }).click()
    await holds(tablet, 'Half a thought')
    await tablet.locator('.composer .marks').getByText('Important').waitFor()
    await box(tablet).fill('Half a thought, and the rest')
    await holds(page, 'Half a thought, and the rest')
  })

  test('what was sent on one is gone from the other', async () => {
    await box(tablet).press('Enter')
    await visible(page, 'and the rest')
    await holds(page, '')
    const left = await as(ada, 'GET', `/users/me/teams/${team.id}/drafts`)
    expect(left).toEqual([])
  })

  test('what two devices wrote apart is all there', async () => {
    await bed.kill()
    await tablet.locator('.connection').waitFor()
    await page.locator('.connection').waitFor()
    await box(tablet).fill('Written on the tablet, in the dark')
    await box(page).fill('Written at the desk, later')
    await bed.serve()
    for (const p of [page, tablet]) await p.evaluate(() => dispatchEvent(new Event('online')))
    await holds(tablet, 'Written at the desk, later')
    await holds(page, 'Written at the desk, later')
    const lines = p => p.locator('.aside', { hasText: 'Written on the tablet' })
    await expect
      .poll(async () => (await lines(tablet).count()) + (await lines(page).count()))
      .toBeGreaterThan(0)
    const there = (await lines(tablet).count()) > 0 ? tablet : page
    const other = there === tablet ? page : tablet
    await everywhere(there, 'draft-aside')
    await there.getByRole('button', { name: 'Add it here' }).click()
    await holds(other, 'Written at the desk, later\n\nWritten on the tablet, in the dark')
    await box(there).fill('')
    await holds(other, '')
    for (const p of [page, tablet]) await p.reload()
    await holds(page, '')
  })
})

const post = (p, words) => p.locator('.timeline .post', { hasText: words }).first()
const menu = async (p, words, item) => {
  await post(p, words).hover()
  await post(p, words).getByRole('button', { name: 'More actions' }).click()
  if (item) await p.getByRole('menuitem', { name: item }).click()
}
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const text = (name, size = 300_000) => ({ name, mimeType: 'text/plain', buffer: Buffer.alloc(size, 'x') })
const attached = () => page.getByRole('list', { name: 'Attached files' }).getByRole('listitem')
const picker = () => page.locator('main input[type=file]')

/** A paste or a drop, as the browser tells of it. */
const bring = (kind, where, name, base64) =>
  page.evaluate(
    ([k, w, n, b]) => {
      const data = new DataTransfer()
      const bytes = Uint8Array.from(atob(b), c => c.charCodeAt(0))
      data.items.add(new File([bytes], n, { type: 'image/png' }))
      const how = { bubbles: true, cancelable: true }
      const at = document.querySelector(w)
      if (k === 'paste') at.dispatchEvent(new ClipboardEvent('paste', { ...how, clipboardData: data }))
      else at.dispatchEvent(new DragEvent(k, { ...how, dataTransfer: data }))
    },
    [kind, where, name, base64],
  )

describe('files on their way', () => {
  test('a picture that is pasted or dropped anywhere on the conversation is seen before it is sent', async () => {
    await bring('paste', 'body', 'pasted.png', PNG.toString('base64'))
    await bring('dragenter', '.timeline', 'dropped.png', PNG.toString('base64'))
    await page.locator('main[data-drop]').waitFor()
    await bring('drop', '.timeline', 'dropped.png', PNG.toString('base64'))
    await page.locator('main[data-drop]').waitFor({ state: 'detached' })
    await attached().nth(1).waitFor()
    await page.locator('.upload progress').first().waitFor({ state: 'detached' })
    for (const img of await attached().locator('img').all())
      await expect.poll(() => img.evaluate(el => el.complete && el.naturalWidth)).toBe(1)
    await accessible(page, 'uploads-there')
  })

  test('what was attached is kept with the draft, and seen on the other device', async () => {
    await box(page).fill('Two pictures')
    await tablet.locator('.upload', { hasText: 'dropped.png' }).waitFor()
    await page.getByRole('button', { name: 'Remove dropped.png' }).click()
    await tablet.locator('.upload', { hasText: 'dropped.png' }).waitFor({ state: 'detached' })
    await box(page).press('Enter')
    await tablet.locator('.post', { hasText: 'Two pictures' }).locator('img[alt="pasted.png"]').waitFor()
    expect(await page.locator('.upload').count()).toBe(0)
  })

  test('a file is paused and goes on, and the message waits for it', async () => {
    let open = () => {}
    const gate = new Promise(r => {
      open = r
    })
    await page.route('**/api/v4/uploads/*', async r => {
      if (r.request().method() === 'POST') await gate
      await r.continue().catch(() => {})
    })
    await picker().setInputFiles([text('log.txt'), text('chart.txt')])
    await page.getByRole('button', { name: 'Pause log.txt' }).click()
    await attached()
      .filter({ hasText: 'log.txt' })
      .getByText(/^Paused at/)
      .waitFor()
    await accessible(page, 'uploads-paused')
    await box(page).fill('The log and the chart')
    await box(page).press('Enter')
    await page.getByText('Sent as soon as its 2 files are here; one is paused.').waitFor()
    await everywhere(page, 'uploads-held')
    await page.getByRole('button', { name: 'Go on with log.txt' }).click()
    expect(await page.locator('.post', { hasText: 'The log and the chart' }).count()).toBe(0)
    open()
    const post = page.locator('.post', { hasText: 'The log and the chart' })
    await post.getByText('log.txt').waitFor()
    await post.getByText('chart.txt').waitFor()
    await holds(page, '')
    await page.unroute('**/api/v4/uploads/*')
  })

  test('a file whose connection breaks goes on by itself', async () => {
    let broken = 0
    await page.route('**/api/v4/uploads/*', r =>
      r.request().method() === 'POST' && broken++ === 0 ? r.abort('connectionreset') : r.continue(),
    )
    // It waits for two seconds.
    const waits = attached().filter({ hasText: 'again.txt' }).getByText('Goes on in a moment').waitFor()
    await picker().setInputFiles(text('again.txt'))
    await waits
    await page.getByRole('button', { name: 'Pause again.txt' }).waitFor({ state: 'detached' })
    await attached().filter({ hasText: 'again.txt' }).waitFor()
    expect(broken).toBe(2)
    await page.unroute('**/api/v4/uploads/*')
    await page.getByRole('button', { name: 'Remove again.txt' }).click()
  })

  test('too many are said to be so', async () => {
    await picker().setInputFiles(Array.from({ length: 11 }, (_, i) => text(`page-${i}.txt`, 50)))
    await page.getByText('A message carries up to 10 files: one was left out.').waitFor()
    await attached().nth(9).waitFor()
    await accessible(page, 'uploads-many')
    await page.locator('.upload progress').first().waitFor({ state: 'detached' })
    for (let i = 0; i < 10; i++) await page.getByRole('button', { name: `Remove page-${i}.txt` }).click()
    expect(await attached().count()).toBe(0)
  })
})

describe('what can be done with a message', () => {
  test('what it said before is seen, with what changed, and restored', async () => {
    await box(page).fill('We sail at six')
    await box(page).press('Enter')
    // What is not sent yet cannot be edited: the one before it would be.
    await page.locator('.post:not(.pending)', { hasText: 'We sail at six' }).waitFor()
    await box(page).press('ArrowUp')
    await page.getByRole('textbox', { name: 'Edit message' }).fill('We sail at seven, all hands')
    await page.keyboard.press('Enter')
    await visible(tablet, 'We sail at seven')
    await menu(page, 'We sail at seven', 'Edit history…')
    const dialog = page.getByRole('dialog', { name: 'Edit history' })
    await dialog.locator('del', { hasText: 'six' }).waitFor()
    await dialog.locator('ins', { hasText: 'seven, all hands' }).waitFor()
    await everywhere(page, 'edit-history')
    await dialog.getByRole('button', { name: 'Restore' }).click()
    await dialog.waitFor({ state: 'detached' })
    await visible(tablet, 'We sail at six')
  })

  test('a message is forwarded to a person, who sees what it said', async () => {
    await menu(page, 'The tide turns', 'Forward…')
    const dialog = page.getByRole('dialog', { name: 'Forward message' })
    await dialog.getByText('The tide turns at six').waitFor()
    await dialog.getByRole('button', { name: 'To a channel or person' }).click()
    await page.getByRole('combobox').fill('@bo')
    await page.getByRole('option', { name: /bo/ }).click()
    await dialog.getByLabel('Comment').fill('You said so yourself')
    await everywhere(page, 'forward')
    await dialog.getByRole('button', { name: 'Forward', exact: true }).click()
    await page.getByText(/^Forwarded to/).waitFor()
    await page.goto(`${bed.origin}/ship/messages/@bo`)
    const there = page.locator('.post', { hasText: 'You said so yourself' })
    await there.locator('.quoted', { hasText: 'The tide turns at six' }).waitFor()
    await accessible(page, 'forwarded')
    // It is marked for two seconds.
    const marked = page.locator('.post.target', { hasText: 'The tide turns' }).waitFor()
    await there.locator('.quoted').click()
    await page.waitForURL('**/town-square')
    await marked
  })

  test('who reacted is listed by name, and the hand has the colour that was chosen', async () => {
    await post(page, 'The tide turns').hover()
    await post(page, 'The tide turns').getByRole('button', { name: 'Add a reaction' }).first().click()
    await page.getByRole('button', { name: 'medium dark skin' }).click()
    await everywhere(page, 'emoji-tones')
    await page.getByLabel('Find an emoji').fill('wave')
    await page.getByLabel('Find an emoji').press('Enter')
    await tablet.locator('.reaction', { hasText: '👋🏾' }).waitFor()
    await menu(page, 'The tide turns', 'Who reacted…')
    await page.getByRole('dialog', { name: 'Reactions' }).getByText('ada').waitFor()
    await accessible(page, 'reacted')
    await page.keyboard.press('Escape')
    // What was used last is offered first, on the other device too.
    await post(tablet, 'We sail at six').hover()
    await post(tablet, 'We sail at six')
      .getByRole('button', { name: 'React with wave medium dark skin tone' })
      .waitFor()
    await post(tablet, 'The tide turns').locator('.reaction').click({ button: 'right' })
    await tablet.getByRole('dialog', { name: 'Reactions' }).waitFor()
    await tablet.keyboard.press('Escape')
  })

  test('a channel is unread again from a message on, and stays so while it is looked at', async () => {
    // Who looks at it on another device reads there.
    await tablet.goto(`${bed.origin}/ship/channels/off-topic`)
    await box(tablet).waitFor()
    await say(bo, 'New orders')
    await visible(page, 'New orders')
    await menu(page, 'New orders', 'Unread from here')
    await page.locator('.dateline.new').waitFor()
    await page.locator('.chan.unread', { hasText: 'Town Square' }).waitFor()
    await accessible(page, 'unread-from-here')
    await say(bo, 'And one more')
    await visible(page, 'And one more')
    const member = await as(ada, 'GET', `/channels/${channel.id}/members/me`)
    const now = await as(ada, 'GET', `/channels/${channel.id}`)
    expect(now.total_msg_count_root - member.msg_count_root).toBe(2)
    await page.goto(`${bed.origin}/ship/channels/off-topic`)
    await page.locator('.chan.unread', { hasText: 'Town Square' }).waitFor()
    await page.goto(`${bed.origin}/ship/channels/town-square`)
    await page.locator('.chan.unread', { hasText: 'Town Square' }).waitFor({ state: 'detached' })
  })
})

describe('the composer', () => {
  test('what is selected is formatted by keys and buttons, undone, and looked at before it is sent', async () => {
    await box(page).fill('All hands on deck')
    await box(page).press('Control+a')
    await page.keyboard.press('Control+b')
    await holds(page, '**All hands on deck**')
    await page.keyboard.press('Control+z')
    await holds(page, 'All hands on deck')
    await page.getByRole('button', { name: 'Formatting' }).click()
    await box(page).press('Control+a')
    await page.getByRole('button', { name: /^Quote/ }).click()
    await holds(page, '> All hands on deck')
    await everywhere(page, 'format-bar')
    await page.getByRole('button', { name: 'Preview' }).click()
    await page
      .getByRole('region', { name: 'Preview' })
      .locator('blockquote', { hasText: 'All hands' })
      .waitFor()
    await accessible(page, 'preview')
    await page.getByRole('button', { name: 'Go on writing' }).click()
    await page.getByRole('button', { name: 'Formatting' }).click()
    await box(page).fill('')
  })

  test('channels, emoji and people are completed', async () => {
    for (const [typed, option, whole] of [
      ['see ~off', /Off-Topic/, 'see ~off-topic '],
      ['done :ballo', /:balloon:/, 'done :balloon: '],
      ['ask @bo', /bo/, 'ask @bo '],
    ]) {
      await box(page).fill('')
      await box(page).pressSequentially(typed)
      await page.getByRole('option', { name: option }).first().waitFor()
      await page.keyboard.press('Tab')
      await holds(page, whole)
      // Whoever writes on at once writes behind it.
      await box(page).fill('')
      await box(page).pressSequentially(typed)
      await page.getByRole('option', { name: option }).first().waitFor()
      await page.keyboard.press('Tab')
      await page.keyboard.type('now')
      await holds(page, `${whole}now`)
    }
    await box(page).fill('')
  })

  test('what was sent before comes back by keys, and after it what was being written', async () => {
    for (const text of ['Heave one', 'Heave two']) {
      await box(page).fill(text)
      await box(page).press('Enter')
      await holds(page, '')
      await visible(page, text)
    }
    await box(page).fill('Half a pull on @bo')
    await box(page).press('End')
    for (const [key, text] of [
      ['Up', 'Heave two'],
      ['Up', 'Heave one'],
      ['Down', 'Heave two'],
      ['Down', 'Half a pull on @bo'],
      ['Down', 'Half a pull on @bo'],
      ['Up', 'Heave two'],
    ]) {
      await box(page).press(`Control+Arrow${key}`)
      await holds(page, text)
    }
    // It is written on at its end, and sent as something new.
    await page.keyboard.type(' again')
    await box(page).press('Enter')
    await visible(page, 'Heave two again')
    await holds(page, '')
    await box(page).press('Control+ArrowUp')
    await holds(page, 'Heave two again')
    await box(page).press('Control+ArrowDown')
    await holds(page, '')
    // In a thread, what was sent there.
    const post = page.locator('.post:not(.pending)', { hasText: 'Heave two again' })
    await post.focus()
    await post.press('r')
    const reply = page.getByRole('textbox', { name: 'Reply in this thread' })
    await reply.press('Control+ArrowUp')
    expect(await reply.inputValue()).toBe('')
    await reply.fill('Belay')
    await reply.press('Enter')
    await page.locator('.thread .post:not(.pending)', { hasText: 'Belay' }).waitFor()
    await reply.press('Control+ArrowUp')
    await expect.poll(() => reply.inputValue()).toBe('Belay')
    await reply.fill('')
    await page.getByRole('button', { name: 'Close thread' }).click()
    // The arrow alone still edits the last message.
    await box(page).press('ArrowUp')
    await page.getByRole('textbox', { name: 'Edit message' }).waitFor()
    await page.keyboard.press('Escape')
    await box(page).press('Control+/')
    const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await help.getByRole('textbox', { name: 'Find a shortcut' }).fill('bring back')
    await expect.poll(() => help.locator('dd kbd').allInnerTexts()).toEqual(['Ctrl', '↑', 'Ctrl', '↓'])
    await accessible(page, 'help-recall')
    await page.keyboard.press('Escape')
  })

  test('how many characters are left is said near the limit, and how many are too many beyond', async () => {
    await box(page).fill('x'.repeat(16_000))
    await page.getByText('383 left').waitFor()
    await accessible(page, 'count-left')
    await box(page).fill('x'.repeat(16_390))
    await page.getByText('7 too many').waitFor()
    expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true)
    await accessible(page, 'count-over')
    await box(page).fill('')
  })

  test('an urgent message notifies until somebody reacts, and has to mention them', async () => {
    const flag = () => page.getByRole('button', { name: 'Priority', exact: true })
    await flag().click()
    await page.getByRole('menuitemradio', { name: 'Urgent' }).click()
    await flag().click()
    await page.getByRole('menuitemradio', { name: 'Notify until they react' }).click()
    await page.locator('.composer .marks').getByText('Notifies until they react').waitFor()
    await accessible(page, 'persistent')
    // It is said for six seconds.
    const said = page.getByText('Mention whoever is to be notified').waitFor()
    await box(page).fill('Fire in the galley')
    await box(page).press('Enter')
    await said
    await box(page).fill('Fire in the galley, @bo!')
    await box(page).press('Enter')
    await visible(page, 'Fire in the galley')
    await expect
      .poll(async () => {
        const list = await as(ada, 'GET', `/channels/${channel.id}/posts?per_page=1`)
        return list.posts[list.order[0]].metadata.priority
      })
      .toMatchObject({ priority: 'urgent', persistent_notifications: true })
  })
})

describe('finding one’s place', () => {
  let long

  beforeAll(async () => {
    long = await as(ada, 'POST', '/channels', {
      team_id: team.id,
      name: 'log',
      display_name: 'Log',
      type: 'O',
    })
    await as(ada, 'POST', `/channels/${long.id}/members`, { user_id: bo.id })
    for (let i = 0; i < 200; i++)
      await as(ada, 'POST', '/posts', {
        channel_id: long.id,
        message: `Day ${Math.floor(i / 10)}, entry ${i % 10}`,
      })
  })

  test('a day is picked in the calendar, and its first message is shown', async () => {
    await page.goto(`${bed.origin}/ship/channels/log`)
    await visible(page, 'Day 19, entry 9')
    expect(await page.locator('.beginning').count()).toBe(0)
    await page.getByRole('button', { name: 'Channel menu' }).click()
    await page.getByRole('menuitem', { name: 'Jump to a day…' }).click()
    const calendar = page.getByRole('dialog', { name: 'Jump to a day' })
    await calendar.waitFor()
    await everywhere(page, 'calendar')
    await calendar.locator('[aria-current=date]').click()
    await page.locator('.beginning').waitFor()
    await visible(page, 'Day 0, entry 0')
  })

  test('the line with the date has it too, by keys, and a day of silence says what came next', async () => {
    await page.locator('.dateline button').first().click()
    await page.getByRole('dialog', { name: 'Jump to a day' }).waitFor()
    await page.keyboard.press('PageUp')
    await page.keyboard.press('PageUp')
    await page.keyboard.press('Enter')
    await page.getByText('This is what came next').waitFor()
  })

  test('new messages above the view are said, and a press goes where they begin', async () => {
    await page.goto(`${bed.origin}/ship/channels/log`)
    await visible(page, 'Day 19, entry 9')
    await expect
      .poll(async () => (await as(ada, 'GET', `/channels/${long.id}/members/me`)).last_viewed_at)
      .toBeGreaterThan(Date.now() - 60_000)
    await page.goto('about:blank')
    for (let i = 0; i < 40; i++)
      await as(bo, 'POST', '/posts', { channel_id: long.id, message: `Fresh entry ${i}` })
    // What the device keeps is on screen before what was missed is here.
    let shown = () => {}
    const before = new Promise(r => {
      shown = r
    })
    await page.route('**/posts?since=*', async r => {
      await before
      await r.continue()
    })
    await page.goto(`${bed.origin}/ship/channels/log`)
    await visible(page, 'Day 19, entry 9')
    shown()
    await page.getByRole('button', { name: /^40 new messages since/ }).waitFor()
    await everywhere(page, 'new-messages')
    await page.getByRole('button', { name: /^40 new messages since/ }).click()
    await page.locator('.dateline.new').waitFor()
    await visible(page, 'Fresh entry 0')
    await page.locator('.newstoast').waitFor({ state: 'detached' })
    await page.unroute('**/posts?since=*')
  })

  test('what comes while the reader is further up is counted at the way down', async () => {
    await page.goto(`${bed.origin}/ship/channels/log`)
    await visible(page, 'Fresh entry 39')
    await expect
      .poll(async () => {
        await page.locator('.vlist').evaluate(el => el.scrollBy(0, -300))
        return page.getByRole('button', { name: 'Newest' }).count()
      })
      .toBe(1)
    await as(bo, 'POST', '/posts', { channel_id: long.id, message: 'One more, far below' })
    await page.getByRole('button', { name: 'Newest · 1 new' }).waitFor()
    await accessible(page, 'newest-count')
    await page.getByRole('button', { name: 'Newest · 1 new' }).click()
    await visible(page, 'One more, far below')
  })

  test('nothing went wrong in silence', () => {
    expect([...page.problems, ...tablet.problems]).toEqual([])
  })
})
