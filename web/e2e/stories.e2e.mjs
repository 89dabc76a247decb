// The components of the design system, each in its states, on a page of their own.
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, launch, pageOf } from './bed.mjs'
import { accessibleIn, everywhere } from './look.mjs'
import { compared, steady } from './snapshot.mjs'

let server
let browser
let page

beforeAll(async () => {
  const configFile = fileURLToPath(new URL('../packages/ui/stories/vite.config.ts', import.meta.url))
  server = await createServer({
    configFile,
    server: { port: await freePort(), host: '127.0.0.1' },
    logLevel: 'error',
  })
  await server.listen()
  browser = await launch()
  page = await pageOf(browser, { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
  await steady(page)
  await page.goto(server.resolvedUrls.local[0])
  await page.getByRole('heading', { name: 'VirtualList' }).waitFor()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const whole = async name => {
  await page.evaluate(() => scrollTo(0, 0))
  const { height } = await page.evaluate(() => document.documentElement.getBoundingClientRect())
  await page.setViewportSize({ width: 1280, height: Math.ceil(height) })
  expect.soft(await compared(page, name)).toBe('')
  await page.setViewportSize({ width: 1280, height: 800 })
}

test('they can be used by everybody, on every screen', async () => {
  await everywhere(page, 'stories')
  await accessibleIn(page, 'contrast', 'stories')
})

for (const theme of ['light', 'dark', 'night', 'contrast'])
  test(`they look as they did, in ${theme}`, async () => {
    await page.getByLabel('Theme').selectOption(theme)
    await whole(`stories-${theme}`)
    await page.getByLabel('Theme').selectOption('system')
  })

test('a dialog, a card and a menu open, and give the focus back', async () => {
  for (const [button, over] of [
    ['Open the dialog', 'Leave the channel?'],
    ['Open the card', 'Mira Okafor'],
  ]) {
    await page.getByRole('button', { name: button }).click()
    await page.getByRole('dialog', { name: over }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog', { name: over }).waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement.textContent)).toBe(button)
  }
  await page.getByRole('button', { name: 'What can be done' }).click()
  await page.keyboard.press('l')
  expect(await page.evaluate(() => document.activeElement.textContent)).toBe('Leave channel…')
  await page.keyboard.press('Escape')
  await page.getByRole('menu').waitFor({ state: 'detached' })
})

test('nothing went wrong in silence', () => {
  expect(page.problems).toEqual([])
})
