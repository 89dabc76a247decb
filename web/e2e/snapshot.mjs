// Pictures of screens, compared with those that are kept in `snapshots`.
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pixelmatch from 'pixelmatch'
import { PNG } from 'pngjs'

const KEPT = fileURLToPath(new URL('snapshots', import.meta.url))
const FOUND = fileURLToPath(new URL('../../target/snapshots', import.meta.url))

/** How much of a picture may differ: the edges of letters do, from one release of the browser to the next. */
const TOLERATED = 0.002

/** What no two runs, or no two machines, draw alike: the font of the system, colours made of random ids, and
 * the addresses and dates among the facts of a channel. */
const STEADY = `
  :root { --font: 'DejaVu Sans', sans-serif !important; --mono: 'DejaVu Sans Mono', monospace !important }
  .avatar { --hue: 215 !important }
  .facts dd { visibility: hidden !important }
  *, ::before, ::after { animation: none !important; transition: none !important; caret-color: transparent !important }
`

/** The requests of each page that are not answered yet. */
const unanswered = new WeakMap()

/** Draws a page alike in every run. A sheet made by script is not held back by the page's own style policy. */
export const steady = page => {
  const waiting = new Set()
  unanswered.set(page, waiting)
  page.on('request', r => waiting.add(r))
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, r => waiting.delete(r))
  return page.addInitScript(css => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    addEventListener('DOMContentLoaded', () => document.adoptedStyleSheets.push(sheet))
  }, STEADY)
}

/**
 * Compares what is on screen with the picture kept under that name, and says how much differs: nothing, if all is as it
 * was. With `UPDATE=1` the picture is kept instead.
 */
export async function compared(page, name) {
  await page.mouse.move(0, 0)
  await page.evaluate(() => document.fonts.ready)
  const shot = await still(page)
  const path = join(KEPT, `${name}.png`)
  if (process.env.UPDATE) {
    await mkdir(KEPT, { recursive: true })
    await writeFile(path, shot)
    return ''
  }
  if (!existsSync(path)) return `${path} is missing: UPDATE=1 keeps one`
  const [kept, found] = [PNG.sync.read(await readFile(path)), PNG.sync.read(shot)]
  const said = differs(kept, found)
  if (!said.text) return ''
  const mine = join(FOUND, `${name}.png`)
  await mkdir(dirname(mine), { recursive: true })
  await writeFile(mine, shot)
  if (said.picture) await writeFile(join(FOUND, `${name}.differs.png`), PNG.sync.write(said.picture))
  return `${name}: ${said.text}; see ${mine}`
}

/** What differs between two pictures, in words and as a picture; no words if nothing that counts does. */
export function differs(kept, found) {
  const { width, height } = kept
  if (found.width !== width || found.height !== height)
    return { text: `${found.width}×${found.height} in place of ${width}×${height}` }
  const picture = new PNG({ width, height })
  const pixels = pixelmatch(kept.data, found.data, picture.data, width, height, { threshold: 0.15 })
  const share = pixels / (width * height)
  return share > TOLERATED ? { text: `${(share * 100).toFixed(2)} % of it differs`, picture } : { text: '' }
}

/** A picture of the page once all that it asked for is there and two in a row are the same. */
async function still(page) {
  let last = await page.screenshot()
  for (let i = 0; i < 100; i++) {
    await page.waitForTimeout(150)
    const next = await page.screenshot()
    if (next.equals(last) && unanswered.get(page).size === 0) return next
    last = next
  }
  throw new Error('the page never comes to rest')
}
