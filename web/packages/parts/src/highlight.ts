/** Colours for code: what stands in it, as a tree of ours. In a chunk of its own. */
import type { Emitter } from 'highlight.js'
import highlighter from 'highlight.js/lib/common'

/** A run of code, and what it is: nothing for what is not coloured. */
export interface Run {
  is: Colour | ''
  s: string
}
export type Colour = 'word' | 'text' | 'number' | 'note' | 'name' | 'mark' | 'added' | 'gone'

const COLOURS: Record<string, Colour> = {}
for (const line of [
  'word keyword built_in literal type section selector-tag doctag',
  'text string regexp char link code formula symbol',
  'number number bullet meta',
  'note comment quote',
  'name title tag name class function',
  'mark attr attribute variable property params template-variable selector-class selector-id selector-attr',
  'added addition',
  'gone deletion',
]) {
  const [colour = '', ...scopes] = line.split(' ')
  for (const scope of scopes) COLOURS[scope] = colour as Colour
}

const colourOf = (scope: string): Colour | '' => {
  const first = scope.split('.')[0] ?? ''
  return Object.hasOwn(COLOURS, first) ? (COLOURS[first] ?? '') : ''
}

/** Takes down what the highlighter says, as runs: there is no HTML anywhere. */
class Runs implements Emitter {
  readonly runs: Run[] = []
  private readonly open: (Colour | '')[] = []

  addText(s: string): void {
    const is = this.open.findLast(c => c !== '') ?? ''
    const last = this.runs.at(-1)
    if (last?.is === is) last.s += s
    else if (s) this.runs.push({ is, s })
  }
  startScope(name: string): void {
    this.open.push(colourOf(name))
  }
  endScope(): void {
    this.open.pop()
  }
  openNode(name: string): void {
    this.startScope(name)
  }
  closeNode(): void {
    this.endScope()
  }
  __addSublanguage(other: Emitter): void {
    if (other instanceof Runs) for (const r of other.runs) this.runs.push(r)
  }
  finalize(): void {}
  toHTML(): string {
    return ''
  }
}

highlighter.configure({ __emitter: Runs })

/** The code in runs, or nothing when the language is not known. */
export default function runsOf(code: string, language: string): readonly Run[] | undefined {
  if (!highlighter.getLanguage(language)) return undefined
  const found = highlighter.highlight(code, { language, ignoreIllegals: true })._emitter
  return found instanceof Runs ? found.runs : undefined
}
