import { readdirSync, readFileSync } from 'node:fs'
import { render } from 'preact-render-to-string'
import { expect, test } from 'vitest'
import { STORIES } from './index.ts'

const SOURCES = new URL('../src/', import.meta.url)

test('every component has a story', () => {
  const components = readdirSync(SOURCES)
    .filter(f => f.endsWith('.tsx'))
    .flatMap(f => [...readFileSync(new URL(f, SOURCES), 'utf8').matchAll(/^export function ([A-Z]\w*)/gm)])
    .map(m => m[1])
  expect(components.length).toBeGreaterThan(8)
  const told = new Set(STORIES.map(s => s.of))
  expect(components.filter(name => !told.has(name ?? ''))).toEqual([])
})

test('no two stories tell the same', () => {
  const names = STORIES.map(s => `${s.of}, ${s.state}`)
  expect(names).toEqual([...new Set(names)])
})

test.each(STORIES.map(s => [`${s.of}, ${s.state}`, s] as const))('%s is drawn', (_, story) => {
  expect(render(<div>{story.draw()}</div>)).toMatch(/^<div><\w/)
})
