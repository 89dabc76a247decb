// `make demo` played by a machine: the link is cut, both sides write, the link comes back.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { binary, freePort } from '../e2e/bed.mjs'

const program = process.env.FIELDPOST_DEMO ?? '../target/debug/fieldpost-demo'
const APART = {
  HQ: [
    'Convoy two leaves at 15:00 with water and blankets.',
    'The bridge at kilometre 12 is closed, go by the dam.',
  ],
  Edge: ['We are out of the valley, 14 people with us.', 'Two of them need a doctor. Nobody is in danger.'],
}

export class Stage {
  /** Starts the demo with its own short conversation. */
  static async start() {
    const stage = new Stage()
    const port = await freePort()
    const child = spawn(program, ['--port', String(port), '--content', 'none'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, FIELDPOST_BINARY: binary },
    })
    stage.child = child
    stage.origin = await new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error('the demo did not start')))
      createInterface(child.stdout).on('line', said => {
        const found = /The demo is at (http:[^,]+)/.exec(said)
        if (found) resolve(found[1])
      })
    })
    return stage
  }

  async open(page) {
    await page.goto(this.origin)
    // Edge's user joins once there is a channel, which crosses the link too.
    await page.locator('#hq .posts li', { hasText: 'joined the channel' }).waitFor({ timeout: 120_000 })
    await this.together(page)
  }

  /** Waits until each side has everything of the other. */
  async together(page) {
    await page.locator('.fresh[data-is="complete"]').nth(1).waitFor({ timeout: 120_000 })
    await page.locator('#verdict[data-is="same"]').waitFor({ timeout: 120_000 })
  }

  /** Cuts the link, and lets both sides write until each has what the other lacks. */
  async cut(page) {
    await page.getByRole('button', { name: 'Cut the link' }).click()
    await page.getByText(/^Cut for/).waitFor()
    for (const [side, said] of Object.entries(APART))
      for (const text of said) {
        await page.getByLabel(`Write at ${side}`).fill(text)
        await page.getByLabel(`Write at ${side}`).press('Enter')
        await page.locator('.posts li', { hasText: text }).locator('.held').waitFor()
      }
    await page.locator('.fresh[data-is="behind"]').nth(1).waitFor()
  }

  async restore(page) {
    await page.getByRole('button', { name: 'Restore the link' }).click()
    for (const text of Object.values(APART).flat())
      await page.locator('.posts li', { hasText: text }).nth(1).waitFor({ timeout: 120_000 })
    await this.together(page)
  }

  async stop() {
    if (this.child.exitCode !== null) return
    const gone = once(this.child, 'exit')
    this.child.kill('SIGTERM')
    await gone
  }
}
