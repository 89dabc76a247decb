import type { OAuthApp } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { appRequest, comesBack, deniedAddress, hostOf, isSettled } from './oauth.ts'

const app: OAuthApp = {
  id: 'a1',
  creator_id: 'u1',
  client_secret: '',
  name: 'Weather',
  description: '',
  icon_url: '',
  callback_urls: ['https://app.example/cb?x=1', 'javascript:alert(1)'],
  homepage: 'https://app.example',
  is_trusted: false,
  is_dynamically_registered: false,
  is_public: false,
}
const asked = (redirect: string, more = '') =>
  appRequest(`?client_id=a1&redirect_uri=${encodeURIComponent(redirect)}${more}`)

test('what is asked is read from the address', () => {
  const request = asked('https://app.example/cb', '&state=a%20b&code_challenge=c&code_challenge_method=S256')
  expect(request).toMatchObject({ client_id: 'a1', state: 'a b', code_challenge: 'c', response_type: '' })
})

test('whoever says no goes back with their no, and to nowhere that was not said before', () => {
  expect(deniedAddress(asked('https://app.example/cb?x=1', '&state=s%26t'), app)).toBe(
    'https://app.example/cb?x=1&error=access_denied&state=s%26t',
  )
  for (const elsewhere of ['https://app.example/cb', 'https://evil.example/', 'javascript:alert(1)', '']) {
    expect(comesBack(asked(elsewhere), app)).toBe(false)
    expect(deniedAddress(asked(elsewhere), app)).toBe('')
  }
})

test('somebody is asked once by an app with a secret, each time by a public one, never by a trusted one', () => {
  expect(isSettled(app, [])).toBe(false)
  expect(isSettled(app, ['a1'])).toBe(true)
  expect(isSettled({ ...app, is_public: true }, ['a1'])).toBe(false)
  expect(isSettled({ ...app, is_trusted: true }, [])).toBe(true)
})

test('people read where they are sent', () => {
  expect(hostOf('https://app.example:8443/cb')).toBe('app.example:8443')
  expect(hostOf('nonsense')).toBe('')
})
