// Files seen and rich text: the gallery, players, documents, code, formulas, and messages that are too tall.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn, write } from './bed.mjs'
import { png } from './integration.mjs'
import { accessible, everywhere } from './look.mjs'
import { pdf, wav } from './media.mjs'

let bed
let ada
let page
let channel

const as = (who, method, path, body) => bed.api(method, path, body, who.token).then(r => r.body)

/** Posts a message with files, past the browser. */
async function post(message, files = [], root = '') {
  const file_ids = []
  for (const [name, bytes] of files) {
    const query = `channel_id=${channel.id}&filename=${encodeURIComponent(name)}`
    const answer = await fetch(`${bed.back}/api/v4/files?${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ada.token}`, 'content-type': 'application/octet-stream' },
      body: bytes,
    })
    file_ids.push((await answer.json()).file_infos[0].id)
  }
  return as(ada, 'POST', '/posts', { channel_id: channel.id, message, file_ids, root_id: root })
}

const message = text => page.locator('.post:not(.pending)', { hasText: text })
/** Goes to the end of the conversation, where what is posted next comes in sight. */
const toEnd = () => page.locator('.vlist').press('End')
/** Waits until a file is found: it is read and indexed some time after its message. */
const searchable = terms =>
  expect
    .poll(async () => {
      const asked = { terms, is_or_search: false, page: 0, per_page: 5 }
      return (await as(ada, 'POST', `/teams/${channel.team_id}/files/search`, asked)).order?.length
    })
    .toBe(1)
const viewer = () => page.locator('dialog.viewer')
const scale = () =>
  viewer()
    .locator('.look img')
    .evaluate(el => new DOMMatrix(getComputedStyle(el).transform).a)

beforeAll(async () => {
  bed = await Bed.start()
  ada = await bed.account('ada', { first_name: 'Ada', last_name: 'Byron' })
  const team = await as(ada, 'POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  channel = await as(ada, 'GET', `/teams/${team.id}/channels/name/town-square`)
  page = await bed.person({ serviceWorkers: 'block' })
  await signIn(page, bed.origin, 'ada', '/ship/channels/town-square')
  await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
})
afterAll(async () => {
  await bed?.stop()
})

describe('pictures', () => {
  test('their places are kept before they are here', async () => {
    await page.route('**/api/v4/files/*/*', route => route.abort())
    await post('One chart', [['chart.png', png(1600, 900)]])
    await post('Three decks', [
      ['bow.png', png(800, 600)],
      ['mid.png', png(300, 900)],
      ['stern.png', png(900, 300)],
    ])
    const one = message('One chart').locator('.picture img')
    await one.waitFor()
    const empty = await one.boundingBox()
    expect(empty.width).toBeGreaterThan(300)
    expect(empty.width / empty.height).toBeCloseTo(16 / 9, 1)
    await page.unroute('**/api/v4/files/*/*')
    await page.reload()
    await expect.poll(() => one.evaluate(el => el.naturalWidth)).toBeGreaterThan(0)
    const full = await one.boundingBox()
    expect([full.width, full.height]).toEqual([empty.width, empty.height])
    await message('Three decks').locator('.picture img').nth(2).waitFor()
    await everywhere(page, 'media-pictures')
  })

  test('one is opened, and says whose it is', async () => {
    await message('One chart').getByRole('link', { name: 'chart.png' }).click()
    const dialog = page.getByRole('dialog', { name: 'chart.png' })
    await dialog.waitFor()
    await dialog.getByText(/Ada Byron · Town Square/).waitFor()
    await dialog.getByText('1 of 4').waitFor()
    await everywhere(page, 'media-viewer')
  })

  test('arrows lead through the pictures of the channel, in the order they came', async () => {
    for (const name of ['bow.png', 'mid.png', 'stern.png']) {
      await page.keyboard.press('ArrowRight')
      await page.getByRole('dialog', { name }).waitFor()
    }
    await page.keyboard.press('ArrowRight')
    await page.getByText('4 of 4').waitFor()
    await viewer().getByRole('button', { name: 'Previous' }).click()
    await page.getByRole('dialog', { name: 'mid.png' }).waitFor()
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    await page.getByRole('dialog', { name: 'chart.png' }).waitFor()
  })

  test('it is looked at closely: keys, wheel and mouse', async () => {
    await page.keyboard.press('+')
    await expect.poll(scale).toBeCloseTo(1.5)
    await page.keyboard.press('0')
    await expect.poll(scale).toBe(1)
    const box = await viewer().locator('.look').boundingBox()
    await page.mouse.move(box.x + box.width / 4, box.y + box.height / 2)
    await page.mouse.wheel(0, -300)
    await expect.poll(scale).toBeGreaterThan(1.2)
    await viewer().getByRole('button', { name: 'Larger (+)' }).click()
    await viewer().getByRole('button', { name: 'Larger (+)' }).click()
    const left = () => viewer().locator('.look img').boundingBox()
    const before = await left()
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width / 2 - 90, box.y + box.height / 2)
    await page.mouse.up()
    expect((await left()).x).toBeLessThan(before.x - 50)
    await accessible(page, 'media-close')
    await viewer()
      .getByRole('button', { name: /Whole picture/ })
      .click()
    await expect.poll(scale).toBe(1)
  })

  test('two fingers enlarge it, and one turns the page', async () => {
    const box = await viewer().locator('.look').boundingBox()
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
    const cdp = await page.context().newCDPSession(page)
    const fingers = (type, ...at) =>
      cdp.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: at.map(([dx, dy], id) => ({ x: middle.x + dx, y: middle.y + dy, id })),
      })
    await fingers('touchStart', [-50, 0], [50, 0])
    await fingers('touchMove', [-80, 0], [80, 0])
    await fingers('touchMove', [-120, 0], [120, 0])
    await fingers('touchEnd')
    await expect.poll(scale).toBeGreaterThan(1.8)
    await page.keyboard.press('0')
    await fingers('touchStart', [60, 0])
    await fingers('touchMove', [0, 0])
    await fingers('touchMove', [-90, 0])
    await fingers('touchEnd')
    await page.getByRole('dialog', { name: 'bow.png' }).waitFor()
  })

  test('it is downloaded, its link copied, its message shown', async () => {
    const coming = page.waitForEvent('download')
    await viewer().getByRole('link', { name: 'Download bow.png' }).click()
    expect((await coming).suggestedFilename()).toBe('bow.png')
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await viewer().getByRole('button', { name: 'Copy a link to the message' }).click()
    await page.getByText('Copied.').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/\/ship\/pl\/[a-z0-9]{26}$/)
    await page.keyboard.press('Escape')
    await viewer().waitFor({ state: 'detached' })
    await message('Three decks').getByRole('link', { name: 'stern.png' }).click()
    await viewer().getByTitle('Show the message').click()
    await viewer().waitFor({ state: 'detached' })
    await message('Three decks').waitFor()
  })

  test('what is no picture inside is a file like others', async () => {
    await post('A broken one', [['broken.png', Buffer.from('this is no picture')]])
    await message('A broken one').locator('.file', { hasText: 'broken.png' }).waitFor()
    expect(await message('A broken one').locator('.picture').count()).toBe(0)
  })
})

/** Nothing stays over the conversation for the next. */
const closed = async () => {
  if ((await viewer().count()) > 0) await page.keyboard.press('Escape')
  await viewer().waitFor({ state: 'detached' })
}

describe('sound, film and documents', () => {
  afterEach(closed)

  test('a sound plays in the message, and not a byte of it comes before', async () => {
    const asked = []
    page.on('request', r => r.resourceType() === 'media' && asked.push(r.url()))
    await post('The bell', [['bell.wav', wav(0.3)]])
    const player = message('The bell').locator('audio')
    await player.waitFor()
    expect(asked).toEqual([])
    await player.evaluate(el => el.play())
    await expect.poll(() => player.evaluate(el => el.ended)).toBe(true)
    expect(asked.length).toBeGreaterThan(0)
    await everywhere(page, 'media-sound')
  })

  test('a film that cannot be played says so, and can be taken along', async () => {
    await post('The film', [['film.mp4', Buffer.from('no film')]])
    const player = message('The film').locator('video')
    await player.waitFor()
    await player.evaluate(el => el.play().catch(() => {}))
    await message('The film').getByText('This browser cannot play it').waitFor()
    await message('The film').getByRole('link', { name: 'Download film.mp4' }).waitFor()
  })

  test('a text opens with the numbers of its lines and in colours', async () => {
    const source = 'fn main() {\n    let ship = "Fieldpost";\n    println!("{ship}");\n}\n'
    await post('The code', [['main.rs', Buffer.from(source)]])
    await message('The code').getByRole('button', { name: 'main.rs' }).click()
    await viewer().locator('.c-word', { hasText: 'fn' }).waitFor()
    expect(await viewer().locator('.numbers').textContent()).toBe('1\n2\n3\n4')
    expect(await viewer().locator('.paper code').textContent()).toBe(source)
    await everywhere(page, 'media-text')
    await page.keyboard.press('Escape')
  })

  test('a page or drawing of a stranger is text, and nothing in it runs', async () => {
    const evil =
      '<svg xmlns="http://www.w3.org/2000/svg" onload="window.ran=1"><script>window.ran=1</script></svg>'
    await post('Do look', [
      ['evil.svg', Buffer.from(evil)],
      ['evil.html', Buffer.from(`<html><body onload="window.ran=1">${evil}</body></html>`)],
    ])
    for (const name of ['evil.svg', 'evil.html']) {
      await message('Do look').getByRole('button', { name }).click()
      await viewer().locator('.paper code', { hasText: 'window.ran=1' }).waitFor()
      expect(await viewer().locator('iframe, object, embed, script').count()).toBe(0)
      await page.keyboard.press('Escape')
      await viewer().waitFor({ state: 'detached' })
    }
    expect(await page.evaluate(() => window.ran)).toBeUndefined()
  })

  test('a long text and an unknown kind are named and there to take along', async () => {
    await post('Too long', [['long.log', Buffer.alloc(600_000, 'x')]])
    await message('Too long').getByRole('button', { name: 'long.log' }).click()
    await viewer()
      .getByText(/more than 512 kB/)
      .waitFor()
    await accessible(page, 'media-long')
    await page.keyboard.press('Escape')
    await post('Packed', [['rota.zip', Buffer.from('PK')]])
    const link = message('Packed').getByRole('link', { name: /rota\.zip/ })
    expect(await link.getAttribute('href')).toContain('download=1')
  })

  test('a PDF shows its pages as they are scrolled to', async () => {
    const worker = page.waitForEvent('worker')
    await post('The manual', [['manual.pdf', pdf(12)]])
    await message('The manual').getByRole('button', { name: 'manual.pdf' }).click()
    await viewer().locator('[data-page="1"][data-drawn]').waitFor()
    expect(new URL((await worker).url()).origin).toBe(bed.origin)
    await viewer().getByText('12 pages').waitFor()
    const ink = n =>
      viewer()
        .locator(`[data-page="${n}"] canvas`)
        .evaluate(el => {
          const { data } = el.getContext('2d').getImageData(0, 0, el.width, el.height)
          return data.some((v, i) => i % 4 === 0 && v < 128)
        })
    expect(await ink(1)).toBe(true)
    expect(await viewer().locator('[data-page="12"] canvas').count()).toBe(0)
    await everywhere(page, 'media-pdf')
    await viewer().locator('[data-page="12"]').scrollIntoViewIfNeeded()
    await viewer().locator('[data-page="12"][data-drawn]').waitFor()
    expect(await ink(12)).toBe(true)
    expect(await viewer().getByRole('group', { name: 'Page 12 of 12' }).textContent()).toContain(
      'Page number 12',
    )
    await viewer().locator('[data-page="1"] canvas').waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
  })

  test('a PDF that is none says so', async () => {
    await post('The other manual', [['bad.pdf', Buffer.from('%PDF-1.4 nothing')]])
    await message('The other manual').getByRole('button', { name: 'bad.pdf' }).click()
    await viewer().getByText('This document could not be read.').waitFor()
    await page.keyboard.press('Escape')
  })

  test('files are chosen as cards, found again, and opened from there', async () => {
    await page
      .getByLabel('Files', { exact: true })
      .setInputFiles({ name: 'winch.toml', mimeType: 'text/plain', buffer: Buffer.from('load = 3\n') })
    await page.locator('.upload', { hasText: 'winch.toml' }).getByText('9 B').waitFor()
    await page.locator('.upload progress').waitFor({ state: 'detached' })
    await everywhere(page, 'media-composer')
    await write(page, 'Settings of the winch')
    await message('Settings of the winch').locator('.file').waitFor()
    await searchable('winch')
    await page.goto(`${bed.origin}/ship/search?q=winch`)
    await page.getByRole('button', { name: 'Files', exact: true }).click()
    const found = page.getByRole('list', { name: 'Files found' })
    await found.getByText(/Ada Byron · Town Square/).waitFor()
    await everywhere(page, 'media-found')
    await found.getByRole('button', { name: /winch\.toml/ }).click()
    await viewer().locator('.paper code', { hasText: 'load = 3' }).waitFor()
    await page.keyboard.press('Escape')
    await page.goto(`${bed.origin}/ship/channels/town-square`)
    await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
  })
})

describe('rich text', () => {
  afterEach(closed)

  test('code has colours, is copied, and folds when it is long', async () => {
    const code = Array.from({ length: 40 }, (_, i) => `let line${i} = "${i}"`).join('\n')
    await post(`Long code\n\`\`\`javascript\n${code}\n\`\`\``)
    const block = message('Long code').locator('.code')
    await block.locator('.c-word').first().waitFor()
    await block.getByRole('button', { name: 'Show all 40 lines' }).waitFor()
    await everywhere(page, 'media-code')
    const folded = await block.boundingBox()
    await block.getByRole('button', { name: 'Show all 40 lines' }).click()
    expect((await block.boundingBox()).height).toBeGreaterThan(folded.height + 100)
    await block.hover()
    await block.getByRole('button', { name: 'Copy code' }).click()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(code)
  })

  test('formulas, tasks, tags and a wide table', async () => {
    await toEnd()
    const columns = Array.from({ length: 12 }, (_, i) => `Column ${i}`)
    await post(
      [
        'Rich: $E = mc^2$, and it cost $5 or $6. #winch',
        '```latex\n\\sum_{i=1}^{n} \\frac{1}{i^2} = \\frac{\\pi^2}{6}\n```',
        '- [x] fuel\n- [ ] water',
        `|${columns.join('|')}|\n|${columns.map(() => '-:').join('|')}|\n|${columns.map((_, i) => i).join('|')}|`,
      ].join('\n\n'),
    )
    const said = message('Rich:')
    await said.locator('div.latex mfrac').first().waitFor()
    expect(await said.locator('span.latex').count()).toBe(1)
    await said.getByText('it cost $5 or $6').waitFor()
    await said.getByRole('img', { name: 'Not done' }).waitFor()
    await everywhere(page, 'media-rich')
    const size = page.viewportSize()
    await page.setViewportSize({ width: 320, height: 568 })
    const table = said.getByRole('group', { name: 'Table' })
    expect(await table.evaluate(el => el.scrollWidth > el.clientWidth)).toBe(true)
    await page.setViewportSize(size)
    await said.getByRole('link', { name: '#winch' }).click()
    await page.waitForURL('**/ship/search?q=%23winch')
    await page.locator('.search .state', { hasText: '1 found' }).waitFor()
    await page.goBack()
    await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
  })

  test('footnotes lead to their words and back, by the keyboard', async () => {
    await toEnd()
    const notes = '[^f]: By the **gauge**, at noon.\n[^t]: See `tides.txt`.'
    await post(`Footnoted: fuel is low[^f], the tide is late[^t], and fuel costs[^f].\n\n${notes}`)
    const said = message('Footnoted')
    const mark = said.getByRole('button', { name: 'Note 1' })
    await mark.first().waitFor()
    expect(await mark.count()).toBe(2)
    const focused = () => page.evaluate(() => document.activeElement.textContent)
    await mark.first().focus()
    await page.keyboard.press('Enter')
    expect(await focused()).toContain('By the gauge')
    await everywhere(page, 'media-notes')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await mark.nth(1).evaluate(el => el === document.activeElement)).toBe(true)
    // The same message beside itself has marks of its own.
    await said.press('r')
    const thread = page.locator('.thread')
    await thread.getByRole('button', { name: 'Note 2' }).click()
    expect(await thread.evaluate(el => el.contains(document.activeElement))).toBe(true)
    expect(await focused()).toContain('tides.txt')
    await page.keyboard.press('Escape')
    await thread.waitFor({ state: 'detached' })
  })

  test('a message taller than a window is folded, and opens', async () => {
    await toEnd()
    await post(`Tall\n\n${Array.from({ length: 80 }, (_, i) => `Line ${i}`).join('\n\n')}`)
    const said = message('Tall').first()
    const more = said.getByRole('button', { name: 'Show more' })
    await more.waitFor()
    const folded = await said.boundingBox()
    expect(folded.height).toBeLessThan(700)
    await everywhere(page, 'media-tall')
    await more.click()
    await said.getByRole('button', { name: 'Show less' }).waitFor()
    expect((await said.boundingBox()).height).toBeGreaterThan(1_000)
  })

  test('without the server: what is kept is drawn, and the viewer says what is not', async () => {
    await bed.kill()
    await page.getByText('Offline.', { exact: true }).first().waitFor()
    const chart = message('One chart').getByRole('link', { name: 'chart.png' })
    // The line that says so takes room, and a scroll at that very moment is not told from what it moves.
    await expect
      .poll(async () => {
        await page.locator('.vlist').evaluate(el => el.scrollTo(0, 0))
        return chart.count()
      })
      .toBeGreaterThan(0)
    await chart.click()
    await viewer()
      .getByText(/Offline/)
      .first()
      .waitFor()
    await accessible(page, 'media-offline')
    await page.keyboard.press('Escape')
  })

  test('nothing went wrong in silence', () => {
    expect(page.problems).toEqual([])
  })
})
