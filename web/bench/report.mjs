// What was measured, as lines for people and as JSON. The form is that of `make bench`.
import { writeFileSync } from 'node:fs'

/** Three significant digits; whole numbers from a hundred on. */
const shown = x => (Math.abs(x) >= 100 ? x.toFixed(0) : x.toPrecision(3))
const words = numbers =>
  numbers.map(({ label, value, unit }) => `${label ? `${label} ` : ''}${shown(value)} ${unit}`).join(', ')

export const quantile = (all, share) => {
  const sorted = [...all].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
export const number = (value, unit) => [{ label: '', value, unit }]
export const labelled = (label, value, unit) => ({ label, value, unit })
/** The middle and the tail of some milliseconds. */
export const latency = all => [
  labelled('p50', quantile(all, 0.5), 'ms'),
  labelled('p95', quantile(all, 0.95), 'ms'),
]

export class Report {
  rows = []
  figure = ''

  begin(figure) {
    this.figure = figure
  }

  /** Says what is going on meanwhile. */
  note(text) {
    console.error(`${this.figure.padEnd(9)} … ${text}`)
  }

  /** `raw`: what this machine does at best, and what that is. */
  add(what, measured, { goal = '', raw, rawWhat = '' } = {}) {
    this.rows.push({ figure: this.figure, what, measured, goal, raw: raw ?? [], rawWhat })
    const parts = [`${this.figure.padEnd(9)} ${what.padEnd(58)} ${words(measured)}`]
    if (raw) parts.push(`raw: ${words(raw)} (${rawWhat})`)
    if (goal) parts.push(`goal: ${goal}`)
    console.log(parts.join('  —  '))
  }

  write(path) {
    writeFileSync(path, `${JSON.stringify(this.rows, null, 2)}\n`)
  }
}
