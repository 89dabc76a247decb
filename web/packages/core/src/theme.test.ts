import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { contrast, luminance, mix, readable, rgbOf } from './colour.ts'
import {
  BASES,
  baseOf,
  parseTheme,
  themeText,
  tokensOf,
  warningsOf,
  withAccent,
  withSidebar,
} from './theme.ts'

test('colours are read, and nothing else is', () => {
  expect(rgbOf('#0aF')).toEqual([0, 170, 255])
  expect(rgbOf(' #102030 ')).toEqual([16, 32, 48])
  expect(rgbOf('red')).toBeUndefined()
  expect(rgbOf('#12345')).toBeUndefined()
})

test('contrast is what WCAG says', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21)
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 1)
  expect(mix('#000000', '#ffffff', 0.5)).toBe('#808080')
})

test('a colour is moved only as far as it takes to be read', () => {
  expect(readable('#0b6e74', ['#ffffff'])).toBe('#0b6e74')
  const c = readable('#ffcc00', ['#ffffff', '#eeeeee'])
  expect(contrast(c, '#eeeeee')).toBeGreaterThanOrEqual(4.5)
  expect(contrast(c, '#eeeeee')).toBeLessThan(7)
})

const PASTED = `{"sidebarBg":"#174AB5","sidebarText":"#ffffff","sidebarTextHoverBg":"#2A58BA",
"mentionBj":"#FBFBFB","mentionColor":"#174AB5","centerChannelBg":"#FFFFFF","centerChannelColor":"#3F4350",
"buttonBg":"#1C58D9","buttonColor":"#fff","codeTheme":"github","bogus":"#123456","linkColor":"nonsense"}`

test('a pasted theme is taken over; what it lacks or has wrong is as in light or dark', () => {
  const t = parseTheme(PASTED)
  expect(t?.sidebarBg).toBe('#174ab5')
  expect(t?.mentionBg).toBe('#fbfbfb')
  expect(t?.linkColor).toBe(BASES.light.linkColor)
  expect(t?.sidebarTeamBarBg).toBe('#174ab5')
  expect(t).not.toHaveProperty('bogus')
  expect(parseTheme('{"centerChannelBg":"#111111"}')?.centerChannelColor).toBe(BASES.dark.centerChannelColor)
})

test('what is no theme is none', () => {
  for (const text of ['', 'x', '[]', 'null', '{}', '{"sidebarBg":"blue"}', '{"sidebarBg":7}'])
    expect(parseTheme(text), text).toBeUndefined()
})

test('a theme comes back from its own text', () => {
  const t = withSidebar(withAccent(BASES.dark, '#ff8800'), '#301040', '#ffffff')
  expect(parseTheme(themeText(t))).toEqual(t)
  expect(baseOf(t)).toBe('dark')
  expect(Object.values(JSON.parse(themeText(t))).every(v => typeof v === 'string')).toBe(true)
})

test('what is hard to read is told, and what is not is not', () => {
  expect(warningsOf(BASES.light)).toEqual([])
  expect(warningsOf(BASES.dark)).toEqual([])
  const found = warningsOf(withSidebar(BASES.light, '#777777', '#999999'))
  expect(found.map(w => w.pair)).toEqual(['side', 'active'])
  expect(found[0]?.ratio).toBeLessThan(2)
  expect(warningsOf(withAccent(BASES.light, '#ffe000'))).toEqual([])
})

test('quiet text stays readable whatever the theme', () => {
  for (const t of [BASES.light, BASES.dark, { ...BASES.light, centerChannelColor: '#767676' }]) {
    const tokens = tokensOf(t)
    for (const name of ['--text-2', '--text-3', '--danger', '--new'])
      expect(contrast(tokens[name] ?? '', t.centerChannelBg), name).toBeGreaterThanOrEqual(4.5)
  }
})

describe('the themes of the style sheet', () => {
  const css = readFileSync(new URL('../../ui/src/tokens.css', import.meta.url), 'utf8')
  const block = (selector: string): Map<string, string> => {
    const body = css.slice(css.indexOf(`${selector} {`)).split('}')[0] ?? ''
    return new Map([...body.matchAll(/(--[a-z0-9-]+): ([^;]+);/g)].map(m => [m[1] ?? '', m[2] ?? '']))
  }
  const pick = (value: string | undefined, side: 0 | 1): string =>
    /^light-dark\((#\w+), (#\w+)\)$/.exec(value ?? '')?.[side + 1] ?? value ?? ''
  const root = block(':root')
  const themes: [string, Map<string, string>, 0 | 1, number][] = [
    ['light', root, 0, 4.5],
    ['dark', root, 1, 4.5],
    ['night', block(':root[data-theme="night"]'), 1, 4.5],
    ['contrast by day', block(':root[data-theme="contrast"]'), 0, 7],
    ['contrast in the dark', block(':root[data-theme="contrast"]'), 1, 7],
  ]
  test.each(themes)('%s is read well', (name, theme, side, least) => {
    const of = (token: string) => pick(theme.get(token) ?? root.get(token), side)
    for (const text of ['--text', '--text-2', '--text-3', '--link', '--new', '--danger'])
      for (const ground of ['--bg', '--bg-side', '--bg-raised', '--bg-hover'])
        expect(contrast(of(text), of(ground)), `${name}: ${text} on ${ground}`).toBeGreaterThanOrEqual(least)
    expect(contrast(of('--on-accent'), of('--accent'))).toBeGreaterThanOrEqual(least)
    expect(contrast(of('--on-badge'), of('--badge'))).toBeGreaterThanOrEqual(4.5)
    expect(contrast(of('--text'), of('--bg-active'))).toBeGreaterThanOrEqual(least)
  })

  test('night vision has neither green nor blue, and is dark', () => {
    const night = [...block(':root[data-theme="night"]')].filter(([, v]) => v.startsWith('#'))
    expect(night.length).toBeGreaterThan(20)
    for (const [name, value] of night) {
      const [, green, blue] = rgbOf(value) ?? [0, 255, 255]
      expect(green + blue, name).toBe(0)
      // A fifth of the white that is read by day, and the eye’s rods see next to nothing of it.
      expect(luminance(value), name).toBeLessThan(0.2)
    }
    expect(luminance(block(':root[data-theme="night"]').get('--bg') ?? '#fff')).toBeLessThan(0.001)
  })
})
