import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url).pathname
const FEATURES = readdirSync(`${root}features`)
const BELOW: Record<string, string[]> = {
  api: [],
  words: [],
  core: ['api', 'words'],
  ui: ['words'],
  parts: ['api', 'words', 'core', 'ui'],
  ...Object.fromEntries(FEATURES.map(f => [f, ['api', 'words', 'core', 'ui', 'parts']])),
}

test.each(Object.entries(BELOW))('%s knows only what is below it', (name, below) => {
  const folder = FEATURES.includes(name) ? 'features' : 'packages'
  const dir = `${root}${folder}/${name}/src`
  const files = readdirSync(dir).flatMap(f => (/\.tsx?$/.test(f) ? [`${dir}/${f}`] : []))
  expect(files.length).toBeGreaterThan(0)
  for (const f of files)
    for (const m of readFileSync(f, 'utf8').matchAll(
      /(?:from|import) ?\(?'@fieldpost\/([a-z-]+)(?:\/[a-z-]+)?'/g,
    ))
      expect(below, `${f} imports ${m[1]}`).toContain(m[1])
})
