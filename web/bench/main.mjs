// Measures the client in Chromium on a server of its own, each figure beside what the same browser does at best in the
// same minute. Nothing is asserted.
// usage: FIELDPOST_BINARY=… node bench/main.mjs [--quick] [--minutes N] [load|start|keys|switch|scroll|heap …]
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { heap } from './heap.mjs'
import { kept } from './kept.mjs'
import { firstLoad, start } from './load.mjs'
import { Report } from './report.mjs'
import * as site from './site.mjs'

const FIGURES = ['load', 'start', 'keys', 'switch', 'scroll', 'heap']
const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, minutes: { type: 'string' } },
  allowPositionals: true,
})
const unknown = positionals.filter(x => !FIGURES.includes(x))
if (unknown.length > 0) {
  console.error(`There is no figure ${unknown.join(', ')}. There are: ${FIGURES.join(', ')}.`)
  process.exit(2)
}
const { quick } = values
const asked = name => positionals.length === 0 || positionals.includes(name)
const minutes = Number(values.minutes ?? (quick ? 1 : 10))

const report = new Report()
report.begin('site')
const messages = quick ? 5_000 : 100_000
report.note(`${messages} messages are imported`)
const served = await site.start(messages)
try {
  if (asked('load')) await firstLoad(served, report)
  if (asked('start')) await start(served, report, { quick })
  await kept(served, report, { quick, asked })
  if (asked('heap')) await heap(served, report, { minutes })
} finally {
  await served.stop()
}
const target = fileURLToPath(new URL('../../target', import.meta.url))
mkdirSync(target, { recursive: true })
report.write(`${target}/bench-web.json`)
