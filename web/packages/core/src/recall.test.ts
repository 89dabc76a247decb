import { expect, test } from 'vitest'
import { Recall } from './recall.ts'

/** A field in which somebody writes, sends and goes back. */
function field(recall = new Recall(), key = 'c') {
  let text = ''
  const step = (by: -1 | 1) => {
    text = recall.step(key, text, by) ?? text
    return text
  }
  return {
    recall,
    back: () => step(-1),
    on: () => step(1),
    write: (next: string) => {
      text = next
    },
    send: (...texts: string[]) => {
      for (const t of texts) recall.add(key, t)
      text = ''
    },
  }
}

test('what was sent comes back one after the other, and what was being written at the end', () => {
  const f = field()
  f.send('one', 'two', 'three')
  f.write('half a thou')
  expect([f.back(), f.back(), f.back(), f.back()]).toEqual(['three', 'two', 'one', 'one'])
  expect([f.on(), f.on(), f.on(), f.on()]).toEqual(['two', 'three', 'half a thou', 'half a thou'])
})

test('what was changed after it came back stays so until something is sent, and nothing is lost', () => {
  const f = field()
  f.send('one', 'two')
  f.write('half a thou')
  f.back()
  f.write('two and a half')
  expect([f.back(), f.on(), f.on()]).toEqual(['one', 'two and a half', 'half a thou'])
  f.back()
  f.write('')
  expect([f.back(), f.on(), f.on()]).toEqual(['one', 'two and a half', 'half a thou'])
  f.send('three')
  expect([f.back(), f.back(), f.back()]).toEqual(['three', 'two', 'one'])
})

test('sending begins at the newest again, and what is sent again is there once', () => {
  const f = field()
  f.send('one', 'two')
  expect([f.back(), f.back()]).toEqual(['two', 'one'])
  f.send('one')
  expect([f.back(), f.back(), f.back()]).toEqual(['one', 'two', 'two'])
  expect([f.on(), f.on()]).toEqual(['one', ''])
})

test('each place has its own, and nothing comes where nothing was sent', () => {
  const { recall, ...f } = field()
  f.send('here', ' ')
  expect(recall.step('c:thread', 'x', -1)).toBeUndefined()
  expect(recall.step('c:thread', 'x', 1)).toBeUndefined()
  expect(recall.step('c', '', 1)).toBeUndefined()
  expect(recall.step('c', '', -1)).toBe('here')
  recall.reset()
  expect(recall.step('c', '', -1)).toBeUndefined()
})

test('of much that was sent the last fifty are remembered', () => {
  const f = field()
  for (let i = 0; i < 60; i++) f.send(`number ${i}`)
  for (let i = 0; i < 100; i++) f.back()
  expect(f.back()).toBe('number 10')
})
