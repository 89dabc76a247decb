import { expect, test } from 'vitest'
import { type Action, Actions, findActions, isStroke, keyNames, keyOf, type Stroke } from './actions.ts'

const press = (key: string, more: Partial<Stroke> = {}): Stroke => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
})

test('a stroke is its key with exactly its helpers', () => {
  expect(isStroke(press('k', { ctrlKey: true }), 'Mod+K')).toBe(true)
  expect(isStroke(press('k', { metaKey: true }), 'Mod+K')).toBe(true)
  expect(isStroke(press('K', { ctrlKey: true, shiftKey: true }), 'Mod+K')).toBe(false)
  expect(isStroke(press('K', { ctrlKey: true, shiftKey: true }), 'Mod+Shift+K')).toBe(true)
  expect(isStroke(press('k'), 'Mod+K')).toBe(false)
  expect(isStroke(press('ArrowUp', { altKey: true }), 'Alt+ArrowUp')).toBe(true)
  expect(isStroke(press('ArrowUp', { altKey: true, shiftKey: true }), 'Alt+ArrowUp')).toBe(false)
})

test('on a keyboard of other letters the place of the key counts', () => {
  expect(isStroke(press('л', { code: 'KeyK', ctrlKey: true }), 'Mod+K')).toBe(true)
  expect(keyOf({ key: 'ك', code: 'KeyR' })).toBe('r')
  // A French keyboard has Latin letters in other places: there the letter counts.
  expect(keyOf({ key: 'a', code: 'KeyQ' })).toBe('a')
})

test('a sign counts however the keyboard makes it', () => {
  expect(isStroke(press('/', { ctrlKey: true }), 'Mod+/')).toBe(true)
  expect(isStroke(press('/', { ctrlKey: true, shiftKey: true }), 'Mod+/')).toBe(true)
  // What the right Alt key writes is writing: a brace is no digit.
  expect(isStroke(press('{', { ctrlKey: true, altKey: true, code: 'Digit7' }), 'Mod+Alt+7')).toBe(false)
})

function desk() {
  const done: string[] = []
  const actions = new Actions()
  let open = true
  const list: Action[] = [
    {
      id: 'a',
      group: 'go',
      name: () => 'Nächster Kanal',
      words: 'next channel',
      keys: ['F6'],
      run: () => done.push('a'),
    },
    { id: 'b', group: 'go', name: () => 'B', keys: ['F6'], when: () => open, run: () => done.push('b') },
    {
      id: 'c',
      group: 'write',
      name: () => 'Bold',
      keys: ['Mod+B'],
      heardElsewhere: true,
      run: () => done.push('c'),
    },
    { id: 'd', group: 'write', name: () => 'New line', keys: ['Shift+Enter'] },
  ]
  return { actions, done, list, close: () => (open = false) }
}

test('the first that makes sense is done, and what is not there is not', () => {
  const { actions, done, list } = desk()
  const out = actions.add(list.slice(1))
  expect(actions.heard(press('F6'))).toBe(true)
  expect(actions.heard(press('F7'))).toBe(false)
  out()
  expect(actions.heard(press('F6'))).toBe(false)
  expect(done).toEqual(['b'])
})

test('what makes no sense now is neither offered nor done', () => {
  const { actions, done, list, close } = desk()
  actions.add(list)
  expect(actions.possible().map(a => a.id)).toEqual(['a', 'b', 'c'])
  close()
  expect(actions.possible().map(a => a.id)).toEqual(['a', 'c'])
  expect(actions.run('b')).toBe(false)
  expect(done).toEqual([])
})

test('keys that a part listens to by itself are left to it', () => {
  const { actions, done, list } = desk()
  actions.add(list)
  expect(actions.heard(press('b', { ctrlKey: true }))).toBe(false)
  expect(actions.run('c')).toBe(true)
  expect(done).toEqual(['c'])
})

test('an action is found by the beginnings of its words, in English too', () => {
  const { list } = desk()
  expect(findActions(list, 'kan').map(a => a.id)).toEqual(['a'])
  expect(findActions(list, 'ch ne').map(a => a.id)).toEqual(['a'])
  expect(findActions(list, 'xt').map(a => a.id)).toEqual([])
  expect(findActions(list, '')).toHaveLength(4)
})

test('keys are called as they are on the keyboard', () => {
  const german = (k: string) => ({ ctrl: 'Strg', shift: 'Umschalt' })[k] ?? k.toUpperCase()
  expect(keyNames('Mod+Shift+K', false, german)).toEqual(['Strg', 'Umschalt', 'K'])
  expect(keyNames('Mod+Shift+K', true, german)).toEqual(['⌘', '⇧', 'K'])
  expect(keyNames('Alt+ArrowUp', false, german)).toEqual(['ALT', '↑'])
  expect(keyNames('+', false, german)).toEqual(['+'])
  expect(keyNames('Mod++', false, german)).toEqual(['Strg', '+'])
})
