// What is measured inside a page, and pages to measure the browser itself with.
import { launch, pageOf } from '../e2e/bed.mjs'
import { PASSWORD, TEAM } from './site.mjs'

/** 1 Mbit/s, and 300 ms there and back. */
const THIN = { offline: false, latency: 300, downloadThroughput: 125_000, uploadThroughput: 125_000 }

/** A browser of its own with one page, whose device is empty. */
export async function fresh() {
  const browser = await launch()
  const page = await pageOf(browser)
  page.setDefaultTimeout(60_000)
  return page
}
export const done = page => page.context().browser().close()

export async function thin(page) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  await cdp.send('Network.emulateNetworkConditions', THIN)
}

export const address = (origin, channel) => `${origin}/${TEAM}/channels/${channel}`

/** Gives the page a session, and nothing else. */
export async function session(page, origin) {
  const r = await page.context().request.post(`${origin}/api/v4/users/login`, {
    data: { login_id: 'ada', password: PASSWORD },
    headers: { 'X-Requested-With': 'XMLHttpRequest' },
  })
  if (!r.ok()) throw new Error(`no session: ${r.status()}`)
}

/** Opens a channel and waits until a message can be read and another written. Answers after how many milliseconds. */
export async function usable(page, url) {
  await page.goto(url, { waitUntil: 'commit' })
  return page.evaluate(
    () =>
      new Promise(resolve => {
        const look = () => {
          const box = document.querySelector('.composer textarea')
          if (!document.querySelector('[data-post]') || !box || box.disabled)
            return requestAnimationFrame(look)
          const drawn = new MessageChannel()
          drawn.port1.onmessage = () => resolve(performance.now())
          drawn.port2.postMessage(0)
        }
        look()
      }),
  )
}

/**
 * Presses keys and answers two times of each, in milliseconds: until the frame with the glyph was drawn by the page, and
 * until it was presented, as the browser's Event Timing says it (a multiple of 8; what takes less than 16 counts as 16).
 */
export async function keys(page, selector, n) {
  await page.evaluate(sel => {
    const box = document.querySelector(sel)
    const drawn = []
    const presented = new Map()
    let at = 0
    const pressed = e => {
      at = e.timeStamp
      presented.set(at, 16)
    }
    const typed = () => {
      const since = at
      requestAnimationFrame(() => {
        const c = new MessageChannel()
        c.port1.onmessage = () => drawn.push(performance.now() - since)
        c.port2.postMessage(0)
      })
    }
    const observer = new PerformanceObserver(list => {
      for (const e of list.getEntries())
        if (e.name === 'keydown' && presented.has(e.startTime)) presented.set(e.startTime, e.duration)
    })
    observer.observe({ type: 'event', durationThreshold: 16 })
    box.addEventListener('keydown', pressed, { capture: true })
    box.addEventListener('input', typed)
    box.focus()
    globalThis.endOfKeys = () => {
      observer.disconnect()
      box.removeEventListener('keydown', pressed, { capture: true })
      box.removeEventListener('input', typed)
      return { drawn, presented: [...presented.values()] }
    }
  }, selector)
  for (let i = 0; i < n; i++) {
    await page.keyboard.press(i % 6 === 5 ? 'Space' : 'abcdef'[i % 6])
    await page.waitForTimeout(30 + (i % 7) * 5)
  }
  await page.waitForTimeout(500)
  return page.evaluate(() => globalThis.endOfKeys())
}

/** Changes to a channel by its link in the sidebar. Answers after how many milliseconds its messages were drawn. */
export const change = (page, channel) =>
  page.evaluate(
    target =>
      new Promise(resolve => {
        const link = [...document.querySelectorAll('a')].find(a => a.pathname.endsWith(`/channels/${target}`))
        const before = document.querySelector('[data-post]')?.dataset.post
        const begin = performance.now()
        link.click()
        const look = () => {
          const first = document.querySelector('[data-post]')
          const there = location.pathname.endsWith(`/${target}`) && first && first.dataset.post !== before
          if (!there) return requestAnimationFrame(look)
          const drawn = new MessageChannel()
          drawn.port1.onmessage = () => resolve(performance.now() - begin)
          drawn.port2.postMessage(0)
        }
        requestAnimationFrame(look)
      }),
    channel,
  )

/** Scrolls a list up for so long, a hand's breadth each frame. Answers the gaps between frames, and how far it came. */
export const scroll = (page, selector, duration) =>
  page.evaluate(
    ([sel, length]) =>
      new Promise(resolve => {
        const el = document.querySelector(sel)
        const gaps = []
        let last = 0
        let begin = 0
        let far = 0
        const step = now => {
          begin ||= now
          if (last) gaps.push(now - last)
          last = now
          const top = el.scrollTop
          el.scrollTop = top - 60
          far += top - el.scrollTop
          if (now - begin < length) return requestAnimationFrame(step)
          resolve({ gaps, far, seconds: (last - begin) / 1000 })
        }
        requestAnimationFrame(step)
      }),
    [selector, duration],
  )

/** A page with nothing but a text area, a list of plain lines, and a button that changes them. */
const EMPTY = `<!doctype html><meta charset="utf-8"><textarea></textarea><a href="#0" id="a">other</a>
<div id="l" style="height:600px;overflow:auto"></div><script>
const fill = n => { l.textContent = ''; for (let i = 0; i < 60; i++) { const d = document.createElement('p');
  d.dataset.post = n + '.' + i; d.textContent = 'A message of some words, number ' + i; l.append(d) } }
fill(0); let n = 0; a.onclick = e => { e.preventDefault(); fill(++n) }
</script>`

/** A browser of its own that shows this page. */
export async function bare() {
  const page = await fresh()
  await page.setContent(EMPTY)
  return page
}

/** Lets the plain list become as long as one likes to scroll. */
export const lengthen = page =>
  page.evaluate(() => {
    const l = document.querySelector('#l')
    l.innerHTML = '<div style="height:9000000px;background:linear-gradient(#fff,#999)"></div>'
    l.scrollTop = 8e6
  })

/** Changes the plain lines, and answers after how many milliseconds they were drawn. */
export const changeBare = page =>
  page.evaluate(
    () =>
      new Promise(resolve => {
        const begin = performance.now()
        document.querySelector('#a').click()
        requestAnimationFrame(() => {
          const drawn = new MessageChannel()
          drawn.port1.onmessage = () => resolve(performance.now() - begin)
          drawn.port2.postMessage(0)
        })
      }),
  )
