/** What was sent from each place since the page was opened, to be brought back and sent again. */

/** So many are remembered of a place. */
const MOST = 50

interface Place {
  sent: readonly string[]
  /** What was sent, the newest last, and then what is being written; each as it was left when somebody went on. */
  lines: string[]
  /** Which of them stands there now. */
  at: number
}

export class Recall {
  private readonly places = new Map<string, Place>()

  reset(): void {
    this.places.clear()
  }

  /** Remembers what was sent from a place. The same again is remembered once. */
  add(key: string, text: string): void {
    if (text.trim() === '') return
    const before = this.places.get(key)?.sent ?? []
    const sent = [...before.filter(s => s !== text), text].slice(-MOST)
    this.places.set(key, { sent, lines: [...sent, ''], at: sent.length })
  }

  /**
   * What stands in a place one step further back (-1) or forward (1), where `now` stands; nothing if there is nothing
   * further. After the newest comes what was being written.
   */
  step(key: string, now: string, by: -1 | 1): string | undefined {
    const place = this.places.get(key)
    const next = place?.lines[place.at + by]
    if (!place || next === undefined) return undefined
    // What was brought back and changed stays changed until something is sent; emptied, it is there again.
    if (now !== '' || place.at === place.sent.length) place.lines[place.at] = now
    place.at += by
    return next
  }
}
