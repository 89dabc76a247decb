// Two people, and a server that goes and comes: what they do meanwhile is seen at once and lost never.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Bed, patience, signIn, write } from './bed.mjs'
import { everywhere, visible } from './look.mjs'

let bed
let ada
let bo
let token
let land
let team
let square
let deck

const posts = async channel => {
  const list = (await bed.api('GET', `/channels/${channel}/posts?per_page=200`, undefined, token)).body
  return list.order.map(id => list.posts[id]).reverse()
}
const say = (channel, message, who = token) =>
  bed.api('POST', '/posts', { channel_id: channel, message }, who).then(r => r.body)
const row = (page, text) => page.locator('.post', { hasText: text })
/** Waits until nothing is left to be sent. */
const settled = page =>
  expect
    .poll(async () => {
      const { outbox, deeds } = await count(page)
      return outbox + deeds
    })
    .toBe(0)
const online = page => page.evaluate(() => dispatchEvent(new Event('online')))
const offline = page => page.locator('.connection', { hasText: 'Offline' }).waitFor()
/** Waits until the server knows that what ada has on screen was read: cut off before, it would be one thing more that waits. */
const allRead = channel =>
  expect
    .poll(async () => {
      const [{ body: c }, { body: m }] = await Promise.all([
        bed.api('GET', `/channels/${channel}`, undefined, token),
        bed.api('GET', `/channels/${channel}/members/me`, undefined, token),
      ])
      return m.last_viewed_at - c.last_post_at
    })
    .toBeGreaterThanOrEqual(0)
/** Waits until the device keeps what is on screen: a page that is left may not get to write it. */
const kept = async page => {
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.evaluate(() => dispatchEvent(new Event('pagehide')))
  await vi.waitFor(
    async () => {
      const { posts, logs } = await count(page)
      if (posts === 0 || logs === 0) throw new Error('nothing is kept yet')
    },
    { timeout: 45_000 },
  )
}

async function fromMenu(page, text, item) {
  const post = row(page, text).first()
  await post.hover()
  await post.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

async function edit(page, text, to) {
  await row(page, text).first().focus()
  await page.keyboard.press('e')
  await page.getByRole('textbox', { name: 'Edit message' }).fill(to)
  await page.keyboard.press('Enter')
}

const count = page =>
  page.evaluate(
    () =>
      new Promise(resolve => {
        const r = indexedDB.open('fieldpost')
        r.onsuccess = () => {
          const names = [...r.result.objectStoreNames]
          const t = r.result.transaction(names)
          const counts = {}
          for (const n of names) t.objectStore(n).count().onsuccess = e => (counts[n] = e.target.result)
          t.oncomplete = () => {
            r.result.close()
            resolve(counts)
          }
        }
      }),
  )

beforeAll(async () => {
  bed = await Bed.start()
  ;({ token } = await bed.account('ada'))
  team = (await bed.api('POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' }, token)).body
  const other = await bed.account('bo')
  land = other.token
  await bed.api('POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: other.id }, token)
  const named = async name =>
    (await bed.api('GET', `/teams/${team.id}/channels/name/${name}`, undefined, token)).body.id
  square = await named('town-square')
  deck = await named('off-topic')
  await say(deck, 'The anchor chain was greased on Monday')
  await say(square, 'Watch begins at four')
  await say(square, 'Wrong channel, sorry')
  await say(square, 'Who has the chart?', other.token)
  ada = await bed.person()
  bo = await bed.person({ viewport: { width: 390, height: 844 } })
  await signIn(ada, bed.origin, 'ada', '/ship/channels/off-topic')
  await visible(ada, 'anchor chain')
  await kept(ada)
  await ada.goto(`${bed.origin}/ship/channels/town-square`)
  await visible(ada, 'Who has the chart?')
  await signIn(bo, bed.origin, 'bo', '/ship/channels/town-square')
  await visible(bo, 'Who has the chart?')
})
afterAll(async () => {
  await bed?.stop()
})

describe('the server is away', () => {
  test('what is done to messages is seen at once, and stays through a reload', async () => {
    await kept(ada)
    await bed.kill()
    await offline(ada)
    await edit(ada, 'Watch begins at four', 'Watch begins at **five**')
    await row(ada, 'Watch begins at five').waitFor()
    await ada.getByText('Edited here.').waitFor()
    await row(ada, 'Wrong channel').focus()
    await ada.keyboard.press('Delete')
    await ada.getByRole('button', { name: 'Delete' }).click()
    await row(ada, 'Wrong channel').waitFor({ state: 'detached' })
    await row(ada, 'Who has the chart?').hover()
    await row(ada, 'Who has the chart?').getByRole('button', { name: 'React with +1' }).click()
    await fromMenu(ada, 'Who has the chart?', 'Pin to channel')
    await fromMenu(ada, 'Who has the chart?', 'Save for later')
    await write(ada, 'The chart is in the drawer')
    await ada.getByText('1 message, 1 edit, 1 deletion, 1 reaction, 1 pin and 1 saved message are').waitFor()
    await everywhere(ada, 'offline-deeds')
    await ada.reload()
    await row(ada, 'Watch begins at five').waitFor()
    await ada.getByText('1 message, 1 edit, 1 deletion').waitFor()
    expect(await row(ada, 'Wrong channel').count()).toBe(0)
    await row(ada, 'Who has the chart?').locator('.reaction[aria-pressed=true]').waitFor()
    await row(ada, 'Who has the chart?').locator('.kept-marks', { hasText: 'Pinned' }).waitFor()
    await row(ada, 'Who has the chart?').locator('.kept-marks', { hasText: 'Saved' }).waitFor()
  })

  test('what waits is listed, and can be taken back', async () => {
    await row(ada, 'Who has the chart?').hover()
    await row(ada, 'Who has the chart?')
      .getByRole('button', { name: 'React with tada' })
      .or(row(ada, 'Who has the chart?').locator('.actions .quick').nth(1))
      .first()
      .click()
    await ada.getByText('2 reactions').waitFor()
    await ada.getByRole('button', { name: 'Show', exact: true }).click()
    const dialog = ada.getByRole('dialog', { name: 'Not sent yet' })
    await dialog.getByText(/Delete “Wrong channel, sorry” in/).waitFor()
    await everywhere(ada, 'offline-waiting')
    await dialog.locator('li', { hasText: 'React' }).last().getByRole('button', { name: 'Undo' }).click()
    await ada.keyboard.press('Escape')
    await ada.getByText('1 reaction,').waitFor()
  })

  test('what was read before is read and searched', async () => {
    await ada.goto(`${bed.origin}/ship/channels/off-topic`)
    await visible(ada, 'anchor chain')
    await ada.goto(`${bed.origin}/ship/search`)
    await ada.getByRole('combobox', { name: 'Search messages and files' }).fill('anchor')
    await ada.keyboard.press('Enter')
    await ada
      .getByText(/chain was greased/)
      .first()
      .waitFor()
    await everywhere(ada, 'offline-search')
    await ada.goto(`${bed.origin}/ship/channels/town-square`)
  })

  test('once it is back everything is there, of both people, and once', async () => {
    await write(bo, 'Meanwhile on the bridge')
    await row(bo, 'Meanwhile').getByText('Not sent yet').waitFor()
    const done = []
    bed.between = [
      seen => {
        // What the server was not ready for is told again.
        if (
          seen.status < 500 &&
          seen.method !== 'GET' &&
          !/login|status|\/view|\/ids|\/names|\/me\/patch/.test(seen.url)
        )
          done.push(`${seen.method} ${seen.url} ${seen.status}`)
      },
    ]
    await bed.serve()
    await online(ada)
    await online(bo)
    await settled(ada)
    await settled(bo)
    await visible(ada, 'Meanwhile on the bridge')
    await visible(bo, 'The chart is in the drawer')
    await visible(bo, 'Watch begins at five')
    await row(bo, 'Wrong channel').waitFor({ state: 'detached' })
    await row(bo, 'Who has the chart?').locator('.reaction', { hasText: '1' }).waitFor()
    const there = (await posts(square)).filter(p => !p.type)
    expect(there.map(p => p.message).sort()).toEqual(
      [
        'Meanwhile on the bridge',
        'The chart is in the drawer',
        'Watch begins at **five**',
        'Who has the chart?',
      ].sort(),
    )
    expect(there.find(p => p.message === 'Who has the chart?')).toMatchObject({ is_pinned: true })
    // Which emoji was used last is told as a preference too, whenever there is time.
    expect(done.filter(x => x.includes('/preferences')).length).toBeGreaterThan(0)
    const told = done.filter(x => !x.includes('/preferences'))
    const kinds = told.map(x => x.replace(/[a-z0-9]{26}/g, 'ID').replace('/api/v4', '')).sort()
    expect(kinds.join(', ')).toBe(
      [
        'DELETE /posts/ID 200',
        'POST /posts 201',
        'POST /posts 201',
        'POST /posts/ID/pin 200',
        'POST /reactions 200',
        'PUT /posts/ID/patch 200',
      ].join(', '),
    )
    bed.between = []
  })

  test('an edit that the server refuses is undone, and its text kept', async () => {
    await ada.route('**/patch', r =>
      r.fulfill({
        status: 403,
        contentType: 'application/json',
        body: JSON.stringify({ id: 'api.no', message: 'It is too late to edit this.', status_code: 403 }),
      }),
    )
    await edit(ada, 'The chart is in the drawer', 'The chart is on the table')
    await ada.getByText('Your edit was refused: It is too late to edit this.').first().waitFor()
    await row(ada, 'The chart is in the drawer').locator('q', { hasText: 'on the table' }).waitFor()
    await everywhere(ada, 'offline-refused')
    await ada.unroute('**/patch')
    await ada.getByRole('button', { name: 'Edit again' }).click()
    expect(await ada.getByRole('textbox', { name: 'Edit message' }).inputValue()).toBe(
      'The chart is on the table',
    )
    await ada.getByRole('textbox', { name: 'Edit message' }).press('Enter')
    await visible(bo, 'The chart is on the table')
    await ada.locator('.unsent').waitFor({ state: 'detached' })
  })

  test('a network that is cut is noticed, and reconnecting fetches what was missed alone', async () => {
    await ada.context().setOffline(true)
    await offline(ada)
    await write(ada, 'Written under water')
    await row(ada, 'Written under water').getByText('Not sent yet').waitFor()
    await say(square, 'Said on land')
    const read = []
    bed.between = [
      seen =>
        void (seen.method === 'GET' && /\/channels\/[^/]+\/posts/.test(seen.url) && read.push(seen.url)),
    ]
    await ada.context().setOffline(false)
    await visible(ada, 'Said on land')
    await row(ada, 'Written under water').getByText('Not sent yet').waitFor({ state: 'detached' })
    await visible(bo, 'Written under water')
    for (const url of read) expect(url).toContain('since=')
    expect(read.length).toBeLessThanOrEqual(1)
    bed.between = []
  })

  test('the line of what is new goes where another device has read to meanwhile', async () => {
    const to = name => ada.getByRole('link', { name }).first().click()
    /** What stands below the line. */
    const below = () =>
      ada.evaluate(() => {
        const rows = [...document.querySelectorAll('.timeline .dateline.new, .timeline .post')]
        const line = rows.findIndex(x => x.matches('.new'))
        return line < 0 ? [] : rows.slice(line + 1).map(x => x.textContent)
      })
    await say(deck, 'Seen on this device', land)
    await to(/^Off-Topic/)
    await visible(ada, 'Seen on this device')
    await allRead(deck)
    await to(/^Town Square/)
    await say(deck, 'Seen on another device', land)
    await ada.getByRole('link', { name: /^Off-Topic.*unread/ }).waitFor()
    await ada.context().setOffline(true)
    await offline(ada)
    await to(/^Off-Topic/)
    await visible(ada, 'Seen on another device')
    await expect.poll(below).toEqual([expect.stringContaining('Seen on another device')])
    await bed.api('POST', '/channels/members/me/view', { channel_id: deck }, token)
    await say(deck, 'Seen nowhere', land)
    await ada.context().setOffline(false)
    await visible(ada, 'Seen nowhere')
    await expect.poll(below).toEqual([expect.stringContaining('Seen nowhere')])
    await allRead(deck)
    await to(/^Town Square/)
    await visible(ada, 'Said on land')
  })
})

describe('several tabs', () => {
  let second
  const lines = []

  test('share one connection, and what waits', async () => {
    second = await ada.context().newPage()
    second.setDefaultTimeout(patience)
    second.on('websocket', w => lines.push(w.url()))
    await second.goto(`${bed.origin}/ship/channels/town-square`)
    await visible(second, 'Said on land')
    await write(bo, 'To every tab')
    await visible(ada, 'To every tab')
    await visible(second, 'To every tab')
    expect(lines).toEqual([])
    await kept(second)
    await bed.kill()
    await offline(ada)
    await offline(second)
    await write(ada, 'From the first tab')
    await row(second, 'From the first tab').getByText('Not sent yet').waitFor()
    await write(second, 'From the second tab')
    await row(ada, 'From the second tab').getByText('Not sent yet').waitFor()
    await bed.serve()
    await online(second)
    await settled(ada)
    await settled(second)
    const said = (await posts(square)).map(p => p.message).filter(m => /From the .* tab/.test(m))
    expect(said).toEqual(['From the first tab', 'From the second tab'])
  })

  test('go on when the one that holds the connection is closed', async () => {
    await ada.close()
    ada = second
    ada.problems = []
    await write(bo, 'Is anybody left?')
    await visible(ada, 'Is anybody left?')
    await expect.poll(() => lines).toHaveLength(1)
  })
})

describe('what this device keeps', () => {
  test('is weighed, limited and cleared by its owner', async () => {
    await kept(ada)
    await ada.getByRole('button', { name: 'Settings' }).click()
    await ada.getByRole('menuitem', { name: 'Account and security' }).click()
    await ada.getByText(/About .* of messages in 2 conversations/).waitFor()
    await everywhere(ada, 'offline-device')
    await ada.getByLabel('Keep at most').selectOption({ index: 0 })
    await ada.getByRole('button', { name: 'Clear now' }).click()
    await ada.getByRole('dialog').getByRole('button', { name: 'Clear now' }).click()
    await ada.getByText(/in 0 conversations/).waitFor()
    expect(await count(ada)).toMatchObject({ posts: 0, logs: 0 })
    await ada.getByRole('link', { name: 'Conversations' }).click()
    await visible(ada, 'Is anybody left?')
    await expect.poll(async () => (await count(ada)).posts).toBeGreaterThan(0)
  })

  test('gives way where storage is full, and what is written is sent', async () => {
    await ada.evaluate(() => {
      const { put } = IDBObjectStore.prototype
      IDBObjectStore.prototype.put = () => {
        throw new DOMException('no room', 'QuotaExceededError')
      }
      globalThis.refit = () => {
        IDBObjectStore.prototype.put = put
      }
    })
    await bed.kill()
    await offline(ada)
    await write(ada, 'No room for this')
    await row(ada, 'No room for this').getByText('This device has no room to keep this message.').waitFor()
    await ada.getByText('This device has no room left').waitFor()
    await everywhere(ada, 'offline-full')
    await bed.serve()
    await online(ada)
    await visible(bo, 'No room for this')
    await row(ada, 'No room for this').getByText('This device has no room').waitFor({ state: 'detached' })
    await ada.evaluate(() => globalThis.refit())
    expect((await posts(square)).filter(p => p.message === 'No room for this')).toHaveLength(1)
  })

  test('is deleted when the session is ended elsewhere; what was not sent waits for its author', async () => {
    await kept(bo)
    await bed.kill()
    await offline(bo)
    await write(bo, 'Not sent by the lost phone')
    const boToken = async () => (await bed.login('bo')).token
    await bed.serve(async () => {
      await bed.api('POST', '/users/me/sessions/revoke/all', {}, await boToken())
    })
    await online(bo)
    await bo.getByText('Your session has ended').waitFor()
    await everywhere(bo, 'offline-revoked')
    expect(await count(bo)).toMatchObject({ posts: 0, users: 0, logs: 0, outbox: 1 })
    await signIn(bo, bed.origin, 'bo', '/ship/channels/town-square')
    await visible(bo, 'Not sent by the lost phone')
    await visible(ada, 'Not sent by the lost phone')
  })

  test('is deleted in every tab when its owner signs out, who is told what was not sent', async () => {
    // A tab behind another one reads nothing.
    await allRead(square)
    const other = await ada.context().newPage()
    await other.goto(`${bed.origin}/ship/channels/off-topic`)
    await visible(other, 'anchor chain')
    await ada.evaluate(() => navigator.serviceWorker.ready)
    await ada.context().setOffline(true)
    await offline(ada)
    await write(ada, 'Never to be sent')
    await edit(ada, 'Watch begins at five', 'Watch begins at six')
    await row(ada, 'Watch begins at six').waitFor()
    await ada.getByRole('button', { name: 'Settings' }).click()
    await ada.getByRole('menuitem', { name: 'Log out' }).click()
    await ada.getByText('Not sent yet: 1 message and 1 edit.').waitFor()
    await everywhere(ada, 'offline-sign-out')
    await ada.getByRole('button', { name: 'Log out and delete' }).click()
    await ada.getByRole('heading', { name: 'Sign in' }).waitFor()
    await other.getByRole('heading', { name: 'Sign in' }).waitFor()
    // That somebody signed out is all that is noted, until the server has heard it.
    const { kv, ...rest } = await count(ada)
    expect(kv).toBe(1)
    expect(Object.values(rest).reduce((a, b) => a + b, 0)).toBe(0)
    expect(await ada.evaluate(() => localStorage.getItem('fieldpost.last'))).toBeNull()
    await ada.context().setOffline(false)
    await ada.goto(bed.origin)
    await ada.getByRole('heading', { name: 'Sign in' }).waitFor()
    await expect.poll(async () => (await count(ada)).kv).toBe(0)
    expect((await ada.context().cookies()).map(c => c.name)).not.toContain('MMAUTHTOKEN')
  })

  test('the client itself is kept by another try, if the first was cut off', async () => {
    const { id } = await bed.account('cy')
    await bed.api('POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: id }, token)
    const cy = await bed.person()
    await cy.addInitScript(() => {
      const { register } = ServiceWorkerContainer.prototype
      ServiceWorkerContainer.prototype.register = () => {
        ServiceWorkerContainer.prototype.register = register
        return Promise.reject(new TypeError('cut'))
      }
    })
    const kept = () =>
      cy.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active?.state ?? 'not')
    await cy.goto(`${bed.origin}/login`)
    await cy.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await kept()).toBe('not')
    await signIn(cy, bed.origin, 'cy')
    await expect.poll(kept).toBe('activated')
    expect(cy.problems).toEqual([])
  })

  test('nothing went wrong in silence', () => {
    expect([...ada.problems, ...bo.problems]).toEqual([])
  })
})
