// Counts, in a browser, every script and style sheet fetched from an empty cache until a post is sent,
// and prints their size compressed with gzip -9 and brotli 11. Fails above the budget.
// usage: FIELDPOST_BINARY=… node scripts/first-load.mjs
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { Bed, signUp, write } from '../e2e/bed.mjs'

const BUDGET = 150_000
const bed = await Bed.start()
const page = await bed.person({ serviceWorkers: 'block' })
const got = new Map()
page.on('response', r => {
  const type = r.request().resourceType()
  const path = new URL(r.url()).pathname
  if (!path.startsWith('/api/')) got.set(path, { type, body: r.body().catch(() => Buffer.alloc(0)) })
})
try {
  await signUp(page, bed.origin, 'ada')
  await page.getByLabel('Team name').fill('Ship')
  await page.getByRole('button', { name: 'Create team' }).click()
  await write(page, 'first')
  await page.locator('.post:not(.pending)', { hasText: 'first' }).waitFor()
  let raw = 0
  let gz = 0
  let br = 0
  for (const [path, { type, body }] of got) {
    const b = await body
    const g = gzipSync(b, { level: 9 }).length
    const z = brotliCompressSync(b).length
    const counts = type === 'script' || type === 'stylesheet'
    console.log(
      `${counts ? '+' : ' '} ${path.padEnd(36)} ${String(b.length).padStart(8)} raw ${String(g).padStart(7)} gzip ${String(z).padStart(7)} brotli`,
    )
    if (counts) {
      raw += b.length
      gz += g
      br += z
    }
  }
  console.log(
    `first load, JS+CSS: ${(raw / 1000).toFixed(1)} kB raw, ${(gz / 1000).toFixed(1)} kB gzip, ${(br / 1000).toFixed(1)} kB brotli (budget ${BUDGET / 1000} kB)`,
  )
  if (gz > BUDGET) process.exitCode = 1
} finally {
  await bed.stop()
}
