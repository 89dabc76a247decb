import type { DialogElement, OpenDialog } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { beginning, Dialogs, unfit } from './dialogs.ts'

const dialog = (trigger_id: string): OpenDialog => ({ trigger_id, url: '', dialog: { title: trigger_id } })

test('a dialog opens where its trigger was given, whichever of the two comes first', () => {
  const first = new Dialogs()
  first.started('a')
  first.arrived(dialog('a'))
  expect(first.open.value?.trigger_id).toBe('a')
  const later = new Dialogs()
  later.arrived(dialog('a'))
  expect(later.open.value).toBeUndefined()
  later.started('a')
  expect(later.open.value?.trigger_id).toBe('a')
})

test('a dialog of another tab stays closed, and a trigger opens one dialog', () => {
  const d = new Dialogs()
  d.started('a')
  d.arrived(dialog('b'))
  expect(d.open.value).toBeUndefined()
  d.arrived(dialog('a'))
  d.close()
  d.arrived(dialog('a'))
  expect(d.open.value).toBeUndefined()
})

const element = (more: Partial<DialogElement>): DialogElement => ({
  name: 'x',
  display_name: 'X',
  type: 'text',
  ...more,
})

test('what a dialog begins with', () => {
  const elements = [
    element({ name: 'a', default: 'east' }),
    element({ name: 'b', type: 'bool', default: 'true' }),
    element({ name: 'c', type: 'select', multiselect: true, default: 'p, q' }),
    element({ name: 'd' }),
  ]
  expect(beginning(elements)).toEqual({ a: 'east', b: true, c: ['p', 'q'], d: '' })
})

test('what is missing or wrong is said of its element', () => {
  const wrong = (more: Partial<DialogElement>, value: string | boolean | string[]) =>
    unfit([element(more)], { x: value })['x'] ?? ''
  expect(wrong({}, '')).toMatch(/answer/)
  expect(wrong({ optional: true }, '')).toBe('')
  expect(wrong({ type: 'bool' }, false)).toBe('')
  expect(wrong({ type: 'select', multiselect: true }, [])).toMatch(/answer/)
  expect(wrong({ min_length: 3 }, 'ab')).toMatch(/At least 3/)
  expect(wrong({ max_length: 3 }, 'abcd')).toMatch(/At most 3/)
  expect(wrong({ subtype: 'email' }, 'nobody')).toMatch(/e-mail/)
  expect(wrong({ subtype: 'number' }, 'seven')).toMatch(/number/)
  expect(wrong({ subtype: 'number' }, '7.5')).toBe('')
  expect(wrong({ subtype: 'url' }, 'javascript:alert(1)')).toMatch(/http/)
})
