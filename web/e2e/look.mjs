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

/** The same at the size of a phone. */
export async function accessibleNarrow(page, name) {
  const size = page.viewportSize()
  await page.setViewportSize({ width: 390, height: 844 })
  await accessible(page, `${name}-narrow`)
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(over, `${name} is wider than a phone`).toBeLessThanOrEqual(0)
  await page.setViewportSize(size)
}

export const visible = (page, text) =>
  page.locator('.post', { hasText: text }).first().waitFor({ timeout: 10_000 })
