import { expect, test } from 'vitest'
import { byUse, codeOf, inFours, mayHaveTokens, sessionTitle } from './account.ts'

const session = (more: object) => ({ id: 's', create_at: 1, expires_at: 0, last_activity_at: 1, ...more })

test('a session is called by what was signed in with', () => {
  expect(sessionTitle(session({ props: { browser: 'Firefox/140', platform: 'Linux' } }))).toBe(
    'Firefox/140 on Linux',
  )
  const app = { is_oauth: true, props: { browser: 'OAuth2', platform: 'Weather' } }
  expect(sessionTitle(session(app))).toBe('Weather, which you let in')
  expect(sessionTitle(session({ device_id: 'apple:x' }))).toBe('A mobile app')
  expect(sessionTitle(session({}))).toMatch(/did not say/)
})

test('the session that was used last comes first', () => {
  const list = [session({ id: 'a', last_activity_at: 1 }), session({ id: 'b', last_activity_at: 9 })]
  expect(byUse(list).map(s => s.id)).toEqual(['b', 'a'])
})

test('tokens are for administrators and those who were given the role', () => {
  const user = (roles: string) => ({ roles }) as never
  expect(mayHaveTokens(user('system_user'))).toBe(false)
  expect(mayHaveTokens(user('system_user system_user_access_token'))).toBe(true)
  expect(mayHaveTokens(user('system_admin system_user'))).toBe(true)
})

test('a secret is shown in fours, and a code is read with the spaces of an app', () => {
  expect(inFours('ABCDEFGHIJ')).toBe('ABCD EFGH IJ')
  expect(codeOf(' 123 456 ')).toBe('123456')
  expect(codeOf('12345')).toBe('')
  expect(codeOf('12345a')).toBe('')
})
