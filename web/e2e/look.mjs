// Looking at a page the way its readers do.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect } from 'vitest'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const shots = process.env.SCREENSHOTS

/** No accessibility violation, in either theme. axe comes in past the page's own script policy. */
export async function accessible(page, name) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.evaluate(axe)
    // axe puts every scrolled place back where it found it, so what follows the window has to be where it belongs.
    await page.evaluate(() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r))))
    // Between two themes no colour is the one that was chosen.
    await page.evaluate(() =>
      Promise.allSettled(
        document.getAnimations().flatMap(a => (a instanceof CSSTransition ? [a.finished] : [])),
      ),
    )
    const found = await page.evaluate(() =>
      window.axe
        .run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
        .then(r =>
          r.violations.map(
            v =>
              `${v.id}: ${v.nodes.map(n => `${n.target.join(' ')} — ${n.failureSummary?.split('\n')[1]}`).join(' | ')}`,
          ),
        ),
    )
    if (shots) await page.screenshot({ path: `${shots}/${name}-${colorScheme}.png` })
    expect(found, `${name}, ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null })
}

/** No accessibility violation in the theme that a person chose by name, such as `night`. */
export async function accessibleIn(page, theme, name) {
  await page.evaluate(t => {
    document.documentElement.dataset.theme = t
  }, theme)
  await accessible(page, `${name}-${theme}`)
  await page.evaluate(() => {
    delete document.documentElement.dataset.theme
  })
}

/** The same at the size of a phone. */
export async function accessibleNarrow(page, name) {
  const size = page.viewportSize()
  await page.setViewportSize({ width: 390, height: 844 })
  await accessible(page, `${name}-narrow`)
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(over, `${name} is wider than a phone`).toBeLessThanOrEqual(0)
  await page.setViewportSize(size)
}

export const visible = (page, text) => page.locator('.post', { hasText: text }).first().waitFor()

const WIDTHS = [
  [320, 568],
  [390, 844],
  [900, 700],
  [1600, 1000],
]

/** Accessible in every theme, and no wider than the window from the smallest phone to a wide screen. */
export async function everywhere(page, name) {
  const size = page.viewportSize()
  await accessible(page, name)
  await accessibleIn(page, 'night', name)
  for (const [width, height] of WIDTHS) {
    await page.setViewportSize({ width, height })
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (shots) await page.screenshot({ path: `${shots}/${name}-${width}.png` })
    expect(over, `${name} is wider than ${width}`).toBeLessThanOrEqual(0)
  }
  await page.setViewportSize({ width: 320, height: 568 })
  await accessible(page, `${name}-small`)
  await page.setViewportSize(size)
}
