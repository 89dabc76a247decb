import { expect, test } from 'vitest'
import { parse, type Route } from './address.ts'

test.each<[string, Route]>([
  ['/', { at: 'home' }],
  ['/login', { at: 'login' }],
  ['/signup_user_complete', { at: 'signup' }],
  ['/reset_password', { at: 'forgotten' }],
  ['/reset_password_complete?token=abc', { at: 'reset', token: 'abc' }],
  ['/do_verify_email?token=abc&email=a%2Bb%40x.org', { at: 'verify', token: 'abc', email: 'a+b@x.org' }],
  [
    '/signup_user_complete/?d=%7B%22email%22%3A%22a%40x.org%22%2C%22display_name%22%3A%22Ship%22%7D&t=abc&md=email',
    { at: 'invited', token: 'abc', invite: '', email: 'a@x.org', team: 'Ship' },
  ],
  ['/signup_user_complete/?id=xyz', { at: 'invited', token: '', invite: 'xyz', email: '', team: '' }],
  ['/signup_user_complete/?t=abc&d=[1', { at: 'invited', token: 'abc', invite: '', email: '', team: '' }],
  ['/signup_user_complete/?t=abc&d=null', { at: 'invited', token: 'abc', invite: '', email: '', team: '' }],
  ['/admin/users/abc', { at: 'console', path: '/admin/users/abc' }],
  ['/admin_console/links', { at: 'console', path: '/admin_console/links' }],
  ['/ship', { at: 'team', team: 'ship' }],
  ['/ship/threads', { at: 'page', team: 'ship', page: 'threads', thread: '', query: '' }],
  [
    '/ship/search?q=fuel%20from%3Abo',
    { at: 'page', team: 'ship', page: 'search', thread: '', query: 'fuel from:bo' },
  ],
  ['/ship/boards', { at: 'team', team: 'ship' }],
  ['/oauth/authorize?client_id=a', { at: 'authorize', search: 'client_id=a' }],
  ['/account_settings', { at: 'account', page: 'security' }],
  ['/account_settings/profile', { at: 'account', page: 'profile' }],
  ['/account_settings/reading', { at: 'account', page: 'reading' }],
  ['/account_settings/notifications', { at: 'account', page: 'notifications' }],
  ['/ship/channels/deck?thread=p1', { at: 'channel', team: 'ship', channel: 'deck', thread: 'p1' }],
  ['/ship/messages/@bo', { at: 'direct', team: 'ship', user: 'bo', thread: '' }],
  ['/ship/messages/abc', { at: 'channel', team: 'ship', channel: 'abc', thread: '' }],
  ['/ship/pl/p1', { at: 'post', team: 'ship', post: 'p1' }],
  ['/%E0%A4%A/channels/x', { at: 'channel', team: '%E0%A4%A', channel: 'x', thread: '' }],
])('%s', (address, want) => {
  const [path = '', search = ''] = address.split('?')
  expect(parse(path, search)).toEqual(want)
})
