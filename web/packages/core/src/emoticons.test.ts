import { expect, test } from 'vitest'
import { inline } from './inline.ts'
import { plain } from './markdown.ts'

/** A text with its emoji by name, as it is drawn for whoever wants emoticons drawn. */
const drawn = (s: string, emoticons = true) =>
  inline(s, 0, { emoticons })
    .map(x => (x.t === 'emoji' ? `[${x.name}]` : x.t === 'text' ? x.s : `{${x.t}}`))
    .join('')

test.each([
  [':)', '[slightly_smiling_face]'],
  ['fine :-) so', 'fine [slightly_smiling_face] so'],
  ['(yes ;))', '(yes [wink])'],
  ['ha :D, xD!', 'ha [smile], [laughing]!'],
  ["no :'(", 'no [cry]'],
  ['O:-) 8-) <3 </3', '[innocent] [sunglasses] [heart] [broken_heart]'],
  [
    ':p :| :* :$ :@ :o :/',
    '[stuck_out_tongue] [neutral_face] [kissing_heart] [flushed] [rage] [open_mouth] [confused]',
  ],
])('%s is %s', (typed, seen) => {
  expect(drawn(typed)).toBe(seen)
})

test.each([
  'at 8) begins a list',
  'note:(see there)',
  'a:/b and c:/d',
  'x-days, XD3, :Dog',
  ':pages <30 and <3a',
  'ratio 1:)',
])('%s has no face in it', typed => {
  expect(drawn(typed)).toBe(typed)
})

test('addresses, names of emoji, code and what is escaped stay what they are', () => {
  expect(drawn('https://x.example/:) :)')).toBe('{link}:) [slightly_smiling_face]')
  expect(drawn(':tada: `:)`')).toBe('[tada] {code}')
  expect(drawn('\\:)')).toBe(':)')
})

test('whoever does not want them sees what was typed, and so do notifications', () => {
  expect(drawn('fine :)', false)).toBe('fine :)')
  expect(plain('fine :) <3')).toBe('fine :) <3')
})
