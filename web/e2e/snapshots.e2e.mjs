// How the main screens look: each is compared with the picture of it that is kept.
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, past } from '../scripts/scene.mjs'
import { Bed, binary, signIn, write } from './bed.mjs'
import { compared, differs, steady } from './snapshot.mjs'

const NOON = Date.UTC(2026, 2, 14, 12, 40)
const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }
const READER = 'mira.okafor'
const THEMES = ['light', 'dark', 'night', 'contrast']

let bed
let page

beforeAll(async () => {
  bed = await Bed.start({
    flags: ['--site-name', 'aurora'],
    prepare: async data => {
      const scene = join(data, 'scene.jsonl')
      await writeFile(scene, past(NOON))
      execFileSync(binary, ['import', '--data', data, scene])
    },
  })
  page = await bed.person({ viewport: DESKTOP, locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce' })
  await page.clock.setFixedTime(NOON)
  await steady(page)
}, 120_000)
afterAll(() => bed?.stop())

async function open(path, text) {
  await page.goto(`${bed.origin}${path}`)
  await page.getByText(text).first().waitFor()
}

async function looksAsKept(name) {
  expect.soft(await compared(page, name)).toBe('')
}

test('the way in', async () => {
  await page.goto(`${bed.origin}/login`)
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  await looksAsKept('sign-in')
  await signIn(page, bed.origin, READER, '/aurora/channels/bridge')
  await page.locator('.post', { hasText: 'larger than yesterday' }).waitFor()
})

for (const theme of THEMES)
  test(`a channel in ${theme}`, async () => {
    await page.evaluate(t => {
      document.documentElement.dataset.theme = t
    }, theme)
    await looksAsKept(`channel-${theme}`)
    await page.setViewportSize(PHONE)
    await looksAsKept(`phone-${theme}`)
    await page.setViewportSize(DESKTOP)
    await page.evaluate(() => {
      delete document.documentElement.dataset.theme
    })
  })

test('a thread beside its channel', async () => {
  await page.locator('.post', { hasText: 'larger than yesterday' }).getByText('2 replies').click()
  await page.getByText('Return line and log are clean.').waitFor()
  await looksAsKept('thread')
})

test('what a channel is', async () => {
  await page.getByRole('button', { name: 'Channel info' }).click()
  await page.getByText('Standing orders').last().waitFor()
  await looksAsKept('channel-info')
})

test('the palette', async () => {
  await page.getByRole('button', { name: 'Close' }).click()
  await page.keyboard.press('Control+Shift+P')
  await page.getByRole('combobox').waitFor()
  await looksAsKept('palette')
  await page.keyboard.press('Escape')
})

test('search', async () => {
  await open('/aurora/search?q=log', 'Return line and log are clean.')
  await looksAsKept('search')
})

test('threads', async () => {
  await open('/aurora/threads', 'What is left for today?')
  await looksAsKept('threads')
})

test('the administration', async () => {
  await open('/admin/users', 'Lindqvist')
  await looksAsKept('administration-people')
})

test('written from right to left', async () => {
  const { token } = await bed.login(READER, PASSWORD)
  await bed.api('PUT', '/users/me/patch', { locale: 'ar' }, token)
  await open('/aurora/channels/bridge', 'larger than yesterday')
  await page.locator('html[dir=rtl]').waitFor()
  await looksAsKept('channel-arabic')
  await bed.api('PUT', '/users/me/patch', { locale: 'en' }, token)
})

test('without the server', async () => {
  await open('/aurora/channels/bridge', 'larger than yesterday')
  await page.evaluate(() => navigator.serviceWorker.ready)
  await bed.kill()
  await page.locator('.connection').waitFor()
  await write(page, 'Log: pilot aboard 12:34, course 214.')
  await page.locator('.post.pending .unsent').waitFor()
  await looksAsKept('offline')
})

test('a picture in which something moved is told from the one that is kept', () => {
  const picture = at => {
    const png = new PNG({ width: 200, height: 100 })
    png.data.fill(255)
    for (let y = 10; y < 20; y++)
      for (let x = at; x < at + 40; x++) png.data.fill(0, (y * 200 + x) * 4, (y * 200 + x) * 4 + 3)
    return png
  }
  expect(differs(picture(20), picture(20)).text).toBe('')
  expect(differs(picture(20), picture(32)).text).toMatch(/differs/)
})
