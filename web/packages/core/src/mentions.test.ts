import { expect, test } from 'vitest'
import { manyIn, mentionsIn } from './mentions.ts'

test('every name is found once, wherever it stands and however it is written', () => {
  const text =
    'Hi @Bo, @bo and **@cem**!\n\n> @all.\n\n- [ ] @deck\n\n| who |\n| --- |\n| @dan |\n\n[see @eve](https://ship.example)'
  expect(mentionsIn(text)).toEqual(['bo', 'cem', 'all', 'deck', 'dan', 'eve'])
})

test('code, addresses of mail and plain text name nobody', () => {
  expect(mentionsIn('`@all`\n\n```\n@channel\n```\n\nwrite to ada@here.example, all of you')).toEqual([])
  expect(mentionsIn('nothing')).toEqual([])
})

test('many are meant by the names for everybody, and by those of groups', () => {
  const text = '@ALL, @Here: @bo and @deck, and @allison'
  expect(manyIn(text, name => name === 'deck')).toEqual(['all', 'here', 'deck'])
})
