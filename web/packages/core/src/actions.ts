/** What can be done, by name: the palette, the keyboard, menus and the help are all made of this one list. */
import { type Signal, signal } from '@preact/signals-core'

export type ActionGroup = 'go' | 'channel' | 'read' | 'message' | 'write' | 'app'
export const ACTION_GROUPS: readonly ActionGroup[] = ['go', 'channel', 'read', 'message', 'write', 'app']

export interface Action {
  id: string
  group: ActionGroup
  /** In the reader's language. */
  name: () => string
  /** The same in English and by other words, for whoever looks for it by those. */
  words?: string
  /** Key strokes such as `Mod+Shift+K`; `Mod` is Ctrl, or Cmd on a Mac. The first is the one that is shown. */
  keys?: readonly string[]
  /** The part that has the focus listens to these keys by itself: here they are only told of. */
  heardElsewhere?: boolean
  /** Whether it makes sense now; always, if it does not say. */
  when?: () => boolean
  /** Missing where there is nothing to do but press the keys. */
  run?: () => void
}

/** The part of a key event that says which stroke it is. */
export interface Stroke {
  key: string
  code?: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
}

/** The key that was pressed. Where letters are not Latin, the letter that a Latin keyboard has in that place. */
export function keyOf(e: Pick<Stroke, 'key' | 'code'>): string {
  const place = /^Key([A-Z])$/.exec(e.code ?? '')?.[1]
  const foreign = e.key.length === 1 && e.key > '\u007f'
  return (foreign && place ? place : e.key).toLowerCase()
}

/** What parts the keys of a stroke; at its end it is a key itself. */
const BETWEEN = /\+(?=.)/

/** Whether the event is the stroke. */
export function isStroke(e: Stroke, stroke: string): boolean {
  const parts = stroke.toLowerCase().split(BETWEEN)
  const key = parts.pop() ?? ''
  const has = (name: string) => parts.includes(name)
  if (keyOf(e) !== key || (e.ctrlKey || e.metaKey) !== has('mod') || e.altKey !== has('alt')) return false
  // Which sign needs Shift depends on the keyboard: on a German one, the slash does.
  const sign = key.length === 1 && !/[a-z0-9]/.test(key)
  return sign || e.shiftKey === has('shift')
}

/** Actions that are always the same, or those that there are at the moment. */
type List = readonly Action[] | (() => readonly Action[])

export class Actions {
  private readonly lists: Signal<readonly List[]> = signal([])

  /** Takes a part's actions in; the answer takes them out again. */
  add(list: List): () => void {
    this.lists.value = [...this.lists.peek(), list]
    return () => {
      this.lists.value = this.lists.peek().filter(l => l !== list)
    }
  }

  get all(): readonly Action[] {
    return this.lists.value.flatMap(l => (typeof l === 'function' ? l() : l))
  }

  get(id: string): Action | undefined {
    return this.all.find(a => a.id === id)
  }

  /** What can be done at this moment, for the palette. */
  possible(): readonly Action[] {
    return this.all.filter(a => a.run && (a.when?.() ?? true))
  }

  run(id: string): boolean {
    const a = this.get(id)
    if (!a?.run || a.when?.() === false) return false
    a.run()
    return true
  }

  /** Does what the stroke stands for. Answers whether it stood for anything. */
  heard(e: Stroke): boolean {
    const a = this.all.find(
      x => x.run && !x.heardElsewhere && x.keys?.some(k => isStroke(e, k)) && (x.when?.() ?? true),
    )
    a?.run?.()
    return a !== undefined
  }
}

/** Those that are meant by what was typed: every word of it begins a word of the name, or of the English one. */
export function findActions(list: readonly Action[], typed: string): readonly Action[] {
  const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return list.filter(a => {
    const has = `${a.name()} ${a.words ?? ''}`.toLowerCase().split(/[\s:,()]+/)
    return wanted.every(w => has.some(x => x.startsWith(w)))
  })
}

const SIGNS: Record<string, string> = {
  arrowup: '↑',
  arrowdown: '↓',
  arrowleft: '←',
  arrowright: '→',
}

/** How the keys of a stroke are called, one after the other. */
export function keyNames(stroke: string, mac: boolean, names: (key: string) => string): string[] {
  return stroke.split(BETWEEN).map(part => {
    const key = part.toLowerCase()
    if (key === 'mod') return mac ? '⌘' : names('ctrl')
    if (key === 'alt') return mac ? '⌥' : names('alt')
    if (key === 'shift') return mac ? '⇧' : names('shift')
    return SIGNS[key] ?? names(key)
  })
}
