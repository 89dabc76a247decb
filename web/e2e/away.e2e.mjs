// Files of another site that are not here yet: what is said of them, and how they are fetched. What a link would answer
// is answered in the server's place, so that each state holds as long as somebody looks at it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Bed, signIn } from './bed.mjs'
import { png } from './integration.mjs'
import { accessible, accessibleNarrow, everywhere } from './look.mjs'

let bed
let ada
/** Somebody of the other site, as the client is told. */
let bo
let page
let channel
/** Where each file is that is not here, as a server with a link would say it. */
const away = new Map()
/** What was asked for, and which files were asked about. */
let fetched = []
let asked = []
/** Bits a second of the line to the other site; 0 for a good line. */
let rate = 0

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)

/** Uploads a file, past the browser. */
async function upload(who, name, bytes, more = '') {
  const query = `channel_id=${channel.id}&filename=${encodeURIComponent(name)}${more}`
  const answer = await fetch(`${bed.back}/api/v4/files?${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${who.token}`, 'content-type': 'application/octet-stream' },
    body: bytes,
  })
  return (await answer.json()).file_infos[0]
}

/** From now on a file is said to be at the other site. */
function leave(info, where = {}) {
  const told = { state: 'waits', why: 'size', asked: false, site: 'hq', received: 0, size: info.size }
  const preview = info.has_preview_image ? 'waits' : ''
  away.set(info.id, { file_id: info.id, ...told, preview, preview_asked: false, ...where })
}

/** Posts files, past the browser, which are at the other site. */
async function post(message, files, where = {}, who = bo) {
  const file_ids = []
  for (const [name, bytes] of files) {
    const info = await upload(who, name, bytes)
    leave(info, where)
    file_ids.push(info.id)
  }
  await as(who, 'POST', '/posts', { channel_id: channel.id, message, file_ids })
  return file_ids
}

/** Says in what the server answers of whom it is that they are of the other site. */
function marked(of) {
  if (Array.isArray(of)) return of.map(marked)
  if (of?.id !== bo.id || !of.username) return of
  return { ...of, username: 'bo:hq', remote_id: 'hqhqhqhqhqhqhqhqhqhqhqhqhq' }
}

function answered({ method, url, sent, status, body }) {
  const path = url.replace(/^\/api\/v4|\?.*$/g, '')
  if (path === '/fieldpost/link/files') asked.push(sent.file_ids)
  if (path === '/fieldpost/link/fetch') fetched.push(sent)
  if (path === '/fieldpost/link/fetch')
    for (const w of sent.file_ids.map(id => away.get(id))) {
      const place = sent.wanted ? 'comes' : 'waits'
      if (sent.preview) Object.assign(w, { preview: place, preview_asked: sent.wanted })
      else Object.assign(w, { state: place, asked: sent.wanted })
    }
  if (/^\/fieldpost\/link\/(files|fetch)$/.test(path))
    return { status: 200, body: sent.file_ids.flatMap(id => away.get(id) ?? []) }
  if (path === '/fieldpost/link/freshness')
    return { status: 200, body: [{ site: 'hq', state: 'connected', last_contact: Date.now(), rate }] }
  const [, id, form] = /^\/files\/([a-z0-9]{26})(\/preview)?$/.exec(path) ?? []
  const w = away.get(id)
  if (w && method === 'GET' && (form ? w.preview : w.state) !== 'here')
    return { status: 404, body: { id: 'app.file.none', message: 'It is not here.', status_code: 404 } }
  return body && status < 300 && path.startsWith('/users') ? { status, body: marked(body) } : undefined
}

const message = text => page.locator('.post:not(.pending)', { hasText: text })
const card = name => page.getByRole('group', { name, exact: true })
const toEnd = () => page.locator('.vlist').press('End')
const viewer = () => page.locator('dialog.viewer')
/** Lets the time pass after which the client asks again. */
const later = () => page.clock.runFor(11_000)
/** Whether a picture was drawn. */
const drawn = img => expect.poll(() => img.evaluate(el => el.complete && el.naturalWidth > 0)).toBe(true)

beforeAll(async () => {
  bed = await Bed.start()
  bed.between = [answered]
  ada = await bed.account('ada', { first_name: 'Ada', last_name: 'Byron' })
  const team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  channel = await as(ada, 'GET', `/teams/${team.id}/channels/name/town-square`)
  bo = await bed.account('bo')
  await as(ada, 'POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: bo.id })
  page = await bed.person({ serviceWorkers: 'block' })
  await page.clock.install()
  await signIn(page, bed.origin, 'ada', '/ship/channels/town-square')
  await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
})
afterAll(async () => {
  await bed?.stop()
})
beforeEach(() => {
  fetched = []
  asked = []
})

/** Comes into the channel anew. */
async function look(text) {
  await page.goto(`${bed.origin}/ship/channels/town-square`)
  await message(text).last().waitFor()
  await toEnd()
}

describe('a file that waits', () => {
  test('says from where it comes and why it waits, and is asked about with all others at once', async () => {
    const text = Buffer.from('The bridge is open again.\n'.repeat(200))
    const [note] = await post('Notes of the day', [['notes.txt', text]])
    await post('A survey', [['survey.pdf', text]], { why: 'type' })
    await post('A recording', [['hail.wav', text]], { why: 'thin' })
    await look('A recording')
    await card('notes.txt').getByText('TXT · 5 kB · from site hq').waitFor()
    await card('notes.txt').getByText('Too large to come by itself').waitFor()
    await card('survey.pdf').getByText('Of a type that does not come by itself').waitFor()
    await card('hail.wav').getByText('Waits for a better line than the radio').waitFor()
    expect(asked).toHaveLength(1)
    expect(asked[0]).toHaveLength(3)
    expect(asked[0]).toContain(note)
    await later()
    await expect.poll(() => asked.length).toBe(2)
    expect(
      await message('A recording')
        .getByRole('link', { name: /Download/ })
        .count(),
    ).toBe(0)
    await everywhere(page, 'away')
  })

  test('is fetched, says how far it has come, and is there by itself', async () => {
    const [id, w] = [...away].find(([, x]) => x.why === 'size')
    await card('notes.txt').getByRole('button', { name: 'Fetch notes.txt' }).click()
    await card('notes.txt').getByText('Comes: 0 %').waitFor()
    expect(fetched).toEqual([{ file_ids: [id], preview: false, wanted: true }])
    w.received = w.size * 0.344
    await later()
    await card('notes.txt').getByText('Comes: 34 %').waitFor()
    await accessible(page, 'away-comes')
    w.state = 'here'
    await later()
    await message('Notes of the day').getByRole('link', { name: 'Download notes.txt' }).waitFor()
    await message('Notes of the day')
      .getByRole('button', { name: /notes\.txt/ })
      .click()
    await viewer().getByText('The bridge is open again.').first().waitFor()
    await page.keyboard.press('Escape')
  })

  test('is not fetched after all', async () => {
    await card('survey.pdf').getByRole('button', { name: 'Fetch survey.pdf' }).click()
    await card('survey.pdf').getByText('Comes: 0 %').waitFor()
    await card('survey.pdf').getByRole('button', { name: 'Do not fetch survey.pdf' }).click()
    await card('survey.pdf').getByText('Of a type that does not come by itself').waitFor()
    expect(fetched.map(f => f.wanted)).toEqual([true, false])
  })

  test('says how long it would be on the air', async () => {
    rate = 1200
    await look('A recording')
    await card('hail.wav')
      .getByText('Waits for a better line than the radio · about 37 sec on the air')
      .waitFor()
    rate = 0
  })

  test('is found, and says the same', async () => {
    await expect
      .poll(async () => {
        const terms = { terms: 'survey', is_or_search: false, page: 0, per_page: 5 }
        return (await as(ada, 'POST', `/teams/${channel.team_id}/files/search`, terms)).order?.length
      })
      .toBe(1)
    await page.goto(`${bed.origin}/ship/search?q=survey`)
    await page.getByRole('button', { name: 'Files', exact: true }).click()
    await card('survey.pdf').getByText('Of a type that does not come by itself').waitFor()
    await accessible(page, 'away-found')
    await page.goto(`${bed.origin}/ship/channels/town-square`)
    await page.getByRole('button', { name: 'Channel menu' }).click()
    await page.getByRole('menuitem', { name: 'Files' }).click()
    const panel = page.getByRole('complementary', { name: 'Files' })
    await panel.getByText('Waits for a better line than the radio').waitFor()
    await accessible(page, 'away-panel')
    await accessibleNarrow(page, 'away-panel')
    await page.keyboard.press('Escape')
  })
})

describe('a picture whose preview waits', () => {
  const place = () => message('From the ridge')

  test('is its small picture, and comes in the place of it', async () => {
    const [id] = await post('From the ridge', [['ridge.png', png(2400, 1600)]])
    await look('From the ridge')
    await card('ridge.png').getByText('Waits for a better line than the radio').waitFor()
    await drawn(place().locator('.picture img'))
    await everywhere(page, 'away-picture')
    await card('ridge.png').getByRole('button', { name: 'Fetch the picture ridge.png' }).click()
    await card('ridge.png').getByText('On its way').waitFor()
    expect(fetched).toEqual([{ file_ids: [id], preview: true, wanted: true }])
    away.get(id).preview = 'here'
    await later()
    await card('ridge.png').waitFor({ state: 'detached' })
    await drawn(place().locator('.picture img'))
    expect(await place().locator('.picture img').getAttribute('src')).toContain('/preview?again=1')
  })

  test('is fetched whole from the viewer', async () => {
    const w = [...away.values()].find(x => x.preview === 'here')
    await place().locator('.picture').click()
    await drawn(viewer().locator('.look > img'))
    expect(
      await viewer()
        .getByRole('link', { name: /Download/ })
        .count(),
    ).toBe(0)
    expect(
      await viewer()
        .getByRole('button', { name: /^Original/ })
        .count(),
    ).toBe(0)
    await accessible(page, 'away-viewer')
    await accessibleNarrow(page, 'away-viewer')
    await viewer().getByText('Original, 272 kB · from site hq').waitFor()
    await viewer().getByRole('button', { name: 'Fetch ridge.png' }).click()
    await viewer().getByText('Comes: 0 %').waitFor()
    w.state = 'here'
    await later()
    await viewer()
      .getByRole('button', { name: /^Original/ })
      .click()
    await viewer()
      .getByRole('link', { name: /Download/ })
      .waitFor()
    await page.keyboard.press('Escape')
  })

  test('is fetched in the viewer, one of several', async () => {
    const wide = [
      ['east.png', png(2400, 1600)],
      ['west.png', png(1600, 2400)],
    ]
    const ids = await post('Both sides', wide)
    await look('Both sides')
    const row = message('Both sides').locator('.picture img')
    await drawn(row.first())
    await row.first().click()
    await viewer().getByText('Waits for a better line than the radio').waitFor()
    await accessible(page, 'away-viewer-waits')
    await viewer().getByRole('button', { name: 'Fetch the picture east.png' }).click()
    away.get(ids[0]).preview = 'here'
    await later()
    await drawn(viewer().locator('.look > img'))
    await page.keyboard.press('Escape')
  })

  test('says so also where nobody knew that it is of another site', async () => {
    const [id] = await post('Told at once', [['told.png', png(2400, 1200)]], {}, ada)
    await card('told.png').getByRole('button', { name: 'Fetch the picture told.png' }).waitFor()
    expect(asked.flat()).toContain(id)
  })
})

test('a bookmark of a file that is not here says so, and fetches it', async () => {
  const info = await upload(bo, 'map.txt', Buffer.from('x'.repeat(9_000)), '&bookmark=true')
  leave(info)
  const mark = { display_name: 'The map', type: 'file', file_id: info.id }
  await as(bo, 'POST', `/channels/${channel.id}/bookmarks`, mark)
  await page.getByRole('button', { name: 'The map, not here yet' }).click()
  const pop = page.getByRole('dialog', { name: 'The map, not here yet' })
  await pop.getByText('Too large to come by itself').waitFor()
  await accessible(page, 'away-bookmark')
  await pop.getByRole('button', { name: 'Fetch map.txt' }).click()
  await pop.getByText('Comes: 0 %').waitFor()
  away.get(info.id).state = 'here'
  await later()
  await page.getByRole('link', { name: 'The map' }).waitFor()
})

test('a file that nobody has any more is not offered', async () => {
  await post('Long gone', [['gone.txt', Buffer.from('x'.repeat(400))]], { state: 'missing', why: '' })
  await look('Long gone')
  await card('gone.txt').getByText('Not here, and no longer to be had').waitFor()
  expect(await card('gone.txt').getByRole('button').count()).toBe(0)
})

test('a server without links is not asked for where files are', async () => {
  bed.between = []
  const other = await bed.person({ serviceWorkers: 'block' })
  const paths = []
  other.on('request', r => paths.push(new URL(r.url()).pathname))
  await signIn(other, bed.origin, 'ada', '/ship/channels/town-square')
  await drawn(other.locator('.post', { hasText: 'Told at once' }).locator('.picture img'))
  expect(paths.filter(p => p.endsWith('/link/files'))).toEqual([])
  expect(other.problems).toEqual([])
})

test('nothing went wrong in silence', () => {
  expect(page.problems).toEqual([])
})
