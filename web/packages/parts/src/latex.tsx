/**
 * Formulas. KaTeX makes a tree of MathML; of it are taken the elements and attributes that are known here, as
 * elements of ours. What it cannot read, or what grows beyond bounds, stays as it was written.
 */
import { t } from '@fieldpost/words/far'
import katex from 'katex'
import { type ComponentChildren, h } from 'preact'
import { useMemo } from 'preact/hooks'

const ELEMENTS = new Set(
  'math semantics annotation mtext mn mo mi mspace mover munder munderover msup msub msubsup mfrac mroot msqrt mtable mtr mtd mlabeledtr mrow menclose mstyle mpadded mphantom'.split(
    ' ',
  ),
)
const ATTRIBUTES = new Set(
  'accent accentunder columnalign columnlines columnspacing depth display displaystyle encoding fence height largeop linebreak linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize minsize notation rowlines rowspacing rspace scriptlevel separator stretchy valign voffset width'.split(
    ' ',
  ),
)
const VALUE = /^[\w#%.+\-/ ]{0,60}$/
const MAX_SOURCE = 4_000
const MAX_NODES = 6_000
const MAX_DEEP = 120

interface Made {
  __renderToDomTree: (tex: string, options: object) => unknown
}
const { __renderToDomTree: treeOf } = katex as unknown as Made

interface Node {
  type?: unknown
  text?: unknown
  character?: unknown
  width?: unknown
  attributes?: unknown
  children?: unknown
}

class TooMuch extends Error {}

/** One node of the tree as an element of ours, if it is one we know; otherwise what is in it. */
function drawn(node: Node, count: { n: number }, deep: number): ComponentChildren {
  if (++count.n > MAX_NODES || deep > MAX_DEEP) throw new TooMuch()
  if (typeof node.text === 'string') return node.text
  if (typeof node.character === 'string') return h('mtext', {}, node.character)
  const inside = Array.isArray(node.children) ? node.children.map((c: Node) => drawn(c, count, deep + 1)) : []
  if (typeof node.type !== 'string') {
    return typeof node.width === 'number' ? h('mspace', { width: `${node.width.toFixed(4)}em` }) : inside
  }
  if (!ELEMENTS.has(node.type)) return inside
  const attributes = Object.entries(node.attributes ?? {}).filter(
    ([name, value]) => ATTRIBUTES.has(name) && VALUE.test(String(value)),
  )
  return h(node.type, Object.fromEntries(attributes), inside)
}

function formula(tex: string, block: boolean): ComponentChildren {
  if (tex.length > MAX_SOURCE) return undefined
  try {
    const tree = treeOf(tex, {
      output: 'mathml',
      displayMode: block,
      throwOnError: true,
      trust: false,
      strict: 'ignore',
      maxExpand: 300,
      maxSize: 20,
    })
    return drawn(tree as Node, { n: 0 }, 0)
  } catch {
    return undefined
  }
}

export default function Latex({ source, block }: { source: string; block: boolean }) {
  const math = useMemo(() => formula(source, block), [source, block])
  if (block)
    return math ? (
      <div class="latex" tabIndex={0} role="group" aria-label={t('out.formula')}>
        {math}
      </div>
    ) : (
      <pre tabIndex={0}>
        <code>{source}</code>
      </pre>
    )
  return math ? <span class="latex">{math}</span> : <code>{source}</code>
}
