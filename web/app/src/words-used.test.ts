/** Every word is used, and screens have their words from the catalogues. */
import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { en as administration } from '../../features/console/src/words/en.ts'
import { en as groups } from '../../features/user-groups/src/words/en.ts'
import { en } from '../../packages/words/src/catalogues/en.ts'
import { far } from '../../packages/words/src/catalogues/far.ts'

const root = new URL('../../', import.meta.url).pathname

/** Files that still speak English on their own. Take a file off once it does not; none may be added. */
const NOT_YET: readonly string[] = []

const sources = ['features', 'app/src', 'packages']
  .flatMap(d => readdirSync(`${root}${d}`, { recursive: true, encoding: 'utf8' }).map(f => `${d}/${f}`))
  .filter(f => /\/src\/.*\.tsx?$/.test(f) && !/node_modules|\.test\.|\/catalogues\/|\/src\/words\//.test(f))
  .sort()
const text = new Map(sources.map(f => [f, readFileSync(root + f, 'utf8')]))

/** The parts that have words of their own. */
const BOOKS: Readonly<Record<string, object>> = {
  'features/console/': administration,
  'features/user-groups/': groups,
}

/** The keys that no source says. */
function unused(keys: readonly string[], of: (file: string) => boolean): string[] {
  const all = [...text].flatMap(([f, s]) => (of(f) ? [s] : [])).join('\n')
  // A key may be put together from its area and what a value says: `look.${theme}`.
  const areas = new Set([...all.matchAll(/`([a-z]+)\.\$\{/g)].map(m => m[1]))
  return keys.filter(k => !all.includes(`'${k}'`) && !areas.has(k.split('.')[0]))
}

test('every key is used', () => {
  expect(unused(Object.keys({ ...en, ...far }), f => !Object.keys(BOOKS).some(b => f.startsWith(b)))).toEqual(
    [],
  )
})

test.each(Object.entries(BOOKS))('every key of %s is used there', (part, words) => {
  expect(unused(Object.keys(words), f => f.startsWith(part))).toEqual([])
})

/** Attributes that somebody reads or hears. */
const SAID = new Set(['label', 'title', 'aria-label', 'placeholder', 'hint', 'alt', 'none', 'words', 'why'])
// An address is an address in every language.
const LETTERS = /(?<!\S*@\S*)\p{L}{2}(?!\S*@)/u

/** What stands in the code as a text of its own: between tags, or as a whole in an attribute that is read. */
function english(file: string, source: string): string[] {
  const kind = file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, kind)
  const out: string[] = []
  const literal = (n: ts.Node): void => {
    if (ts.isStringLiteralLike(n) && LETTERS.test(n.text)) out.push(n.text)
    else if (ts.isTemplateExpression(n)) {
      const words = [n.head.text, ...n.templateSpans.map(s => s.literal.text)].join(' ')
      if (LETTERS.test(words.replace(/:\S+:/g, ''))) out.push(n.getText())
    } else if (ts.isConditionalExpression(n)) {
      literal(n.whenTrue)
      literal(n.whenFalse)
    } else if (ts.isParenthesizedExpression(n)) literal(n.expression)
    else if (ts.isBinaryExpression(n) && /^(&&|\|\||\?\?)$/.test(n.operatorToken.getText())) literal(n.right)
  }
  const visit = (n: ts.Node): void => {
    if (ts.isJsxText(n) && LETTERS.test(n.text)) out.push(n.text.trim())
    // What is code stays code.
    if (ts.isJsxElement(n) && n.openingElement.tagName.getText() === 'code') return
    if (ts.isJsxExpression(n) && n.expression && !ts.isJsxAttribute(n.parent)) literal(n.expression)
    if (ts.isJsxAttribute(n) && SAID.has(n.name.getText()) && n.initializer)
      literal(ts.isJsxExpression(n.initializer) ? (n.initializer.expression ?? n) : n.initializer)
    if (
      ts.isPropertyAssignment(n) &&
      /^(label|title|text|action|placeholder|hint)$/.test(n.name.getText()) &&
      /\s|[A-Z]/.test(n.initializer.getText())
    )
      literal(n.initializer)
    ts.forEachChild(n, visit)
  }
  visit(tree)
  return out.filter(x => !/^([a-z]+\.[A-Za-z0-9]+|Fieldpost)$/.test(x))
}

const left = new Map(
  [...text]
    .filter(([f]) => !f.startsWith('packages/api/'))
    .map(([f, s]) => [f, english(f, s)] as const)
    .filter(([, said]) => said.length > 0),
)

test('screens say nothing that is not in the catalogues', () => {
  const fresh = Object.fromEntries([...left].filter(([f]) => !NOT_YET.includes(f)))
  expect(fresh).toEqual({})
})

test('the list of files that still speak English holds none that does not', () => {
  expect(NOT_YET.filter(f => !left.has(f))).toEqual([])
})
