/** Style sheets know where a line begins and ends, not left and right: some read from the right. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url).pathname
const sheets = ['features', 'app/src', 'packages']
  .flatMap(d => readdirSync(`${root}${d}`, { recursive: true, encoding: 'utf8' }).map(f => `${d}/${f}`))
  .filter(f => f.endsWith('.css') && !f.includes('node_modules'))

/** The values of a shorthand: what is in brackets is one. */
const values = (text: string): string[] => text.trim().match(/(?:[^\s(]|\((?:[^()]|\([^()]*\))*\))+/g) ?? []

/** What of a declaration is another on the left than on the right. */
function onOneSide(property: string, value: string): boolean {
  if (/(^|-)(left|right)(-|$)/.test(property)) return true
  const [first, second, third, fourth] = values(value)
  if (/^(padding|margin|inset|border-(width|style|color))$/.test(property))
    return fourth !== undefined && second !== fourth
  if (property === 'border-radius')
    return fourth !== undefined ? first !== second || third !== fourth : second !== undefined
  return property === 'box-shadow' && first === 'inset' && second !== '0' && !value.includes('var(--way)')
}

test('no style sheet says left or right', () => {
  expect(sheets.length).toBeGreaterThan(20)
  const found = sheets.flatMap(f =>
    [
      ...readFileSync(root + f, 'utf8')
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .matchAll(/(?<=[{;]\s*)([a-z-]+):\s*([^;{}]+)(?=[;}])/g),
    ].flatMap(([all, property = '', value = '']) => (onOneSide(property, value) ? [`${f}: ${all}`] : [])),
  )
  expect(found).toEqual([])
})
