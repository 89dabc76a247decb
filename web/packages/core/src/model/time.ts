/** Time that a test moves, for what would otherwise wait. */

interface Timer {
  at: number
  handle: number
  f: () => void
}

/** Long enough for everything that needs no time: promises, and the database in memory. */
const breathe = async (rounds = 6) => {
  for (let i = 0; i < rounds; i++) await new Promise(r => setImmediate(r))
}

export class Time {
  now = 1_000_000
  private timers: Timer[] = []
  private handles = 0

  setTimeout = (f: () => void, ms: number): number => {
    this.timers.push({ at: this.now + Math.max(0, ms), handle: ++this.handles, f })
    return this.handles
  }

  clearTimeout = (handle: number): void => {
    this.timers = this.timers.filter(t => t.handle !== handle)
  }

  sleep = (ms: number): Promise<void> => new Promise(r => this.setTimeout(r, ms))

  /** Lets so much time go by, with everything that happens in it. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms
    await breathe(20)
    for (;;) {
      const next = this.timers.reduce<Timer | undefined>(
        (a, b) => (b.at <= end && (!a || b.at < a.at || (b.at === a.at && b.handle < a.handle)) ? b : a),
        undefined,
      )
      if (!next) break
      this.clearTimeout(next.handle)
      this.now = Math.max(this.now, next.at)
      next.f()
      await breathe()
    }
    this.now = end
  }

  /** Lets time go by until something has come to its end, which it must within a minute. */
  async until<T>(job: Promise<T>): Promise<T> {
    let over = false
    const end = () => {
      over = true
    }
    job.then(end, end)
    for (let left = 600; left > 0 && !over; left--) await this.pass(100)
    if (!over) throw new Error('It does not come to an end.')
    return job
  }
}
