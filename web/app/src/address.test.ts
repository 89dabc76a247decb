import { expect, test } from 'vitest'
import { parse, type Route } from './address.ts'

test.each<[string, Route]>([
  ['/', { at: 'home' }],
  ['/login', { at: 'login' }],
  ['/signup_user_complete', { at: 'signup' }],
  ['/admin_console/links', { at: 'console' }],
  ['/ship', { at: 'team', team: 'ship' }],
  ['/ship/threads', { at: 'team', team: 'ship' }],
  ['/ship/channels/deck?thread=p1', { at: 'channel', team: 'ship', channel: 'deck', thread: 'p1' }],
  ['/ship/messages/@bo', { at: 'direct', team: 'ship', user: 'bo', thread: '' }],
  ['/ship/messages/abc', { at: 'channel', team: 'ship', channel: 'abc', thread: '' }],
  ['/ship/pl/p1', { at: 'post', team: 'ship', post: 'p1' }],
  ['/%E0%A4%A/channels/x', { at: 'channel', team: '%E0%A4%A', channel: 'x', thread: '' }],
])('%s', (address, want) => {
  const [path = '', search = ''] = address.split('?')
  expect(parse(path, search)).toEqual(want)
})
