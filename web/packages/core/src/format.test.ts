import { describe, expect, test } from 'vitest'
import { type Format, format, lengthOf } from './format.ts'

/** Marks the selection with brackets, in what is given and what comes out. */
const on = (marked: string, kind: Format): string => {
  const from = marked.indexOf('⟦')
  const to = marked.indexOf('⟧') - 1
  const s = format({ text: marked.replace(/[⟦⟧]/g, ''), from, to }, kind)
  return `${s.text.slice(0, s.from)}⟦${s.text.slice(s.from, s.to)}⟧${s.text.slice(s.to)}`
}

describe('formatting', () => {
  test.each<[string, Format, string]>([
    ['sail ⟦now⟧', 'bold', 'sail **⟦now⟧**'],
    ['sail **⟦now⟧**', 'bold', 'sail ⟦now⟧'],
    ['sail ⟦**now**⟧', 'bold', 'sail ⟦now⟧'],
    ['sail⟦ now ⟧or', 'italic', 'sail _⟦now⟧_ or'],
    ['⟦⟧', 'strike', '~~⟦⟧~~'],
    ['run ⟦ls⟧', 'code', 'run `⟦ls⟧`'],
    ['run ⟦a\nb⟧ now', 'code', 'run \n```\n⟦a\nb⟧\n```\n now'],
    ['see ⟦the chart⟧', 'link', 'see [the chart](⟦https://⟧)'],
    ['see ⟦https://a.example⟧', 'link', 'see [⟦words⟧](https://a.example)'],
    ['see ⟦⟧', 'link', 'see [⟦words⟧](https://)'],
    ['a\nb⟦⟧', 'heading', 'a\n### b⟦⟧'],
    ['### b⟦⟧', 'heading', 'b⟦⟧'],
    ['⟦a\nb⟧', 'quote', '> ⟦a\n> b⟧'],
    ['⟦> a\n> b⟧', 'quote', '⟦a\nb⟧'],
    ['⟦a\nb⟧', 'bullets', '- ⟦a\n- b⟧'],
    ['- a⟦⟧', 'numbers', '1. a⟦⟧'],
    ['1. a⟦⟧', 'numbers', 'a⟦⟧'],
  ])('%j as %s is %j', (before, kind, after) => {
    expect(on(before, kind)).toBe(after)
  })

  test('what is counted are characters', () => {
    expect(lengthOf('a👍🏽')).toBe(3)
  })
})
