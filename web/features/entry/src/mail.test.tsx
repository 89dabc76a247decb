import { ApiError } from '@fieldpost/api'
import type { Client } from '@fieldpost/core'
import { render } from 'preact-render-to-string'
import { expect, test, vi } from 'vitest'
import { Confirm, Forgotten, JoinTeam, NewPassword, SignIn, SignUp } from './index.tsx'
import { isUnconfirmed } from './mail.tsx'

const client = {
  store: {
    config: { value: { SiteName: 'Ship', PasswordMinimumLength: '12' } },
    link: { value: 'online' },
    me: { value: { username: 'ada' } },
  },
  sessionEnded: { value: false },
} as unknown as Client
const go = vi.fn()

test('the sign-in page leads to a new password', () => {
  expect(render(<SignIn client={client} go={go} />)).toContain('href="/reset_password"')
})

test('whoever forgot a password is asked for an address, and told who has one by nobody', () => {
  const html = render(<Forgotten client={client} go={go} />)
  expect(html).toContain('Forgot your password?')
  expect(html).toContain('type="email"')
})

test('a new password is asked for with the length it needs', () => {
  const html = render(<NewPassword client={client} go={go} token="t" />)
  expect(html).toContain('At least 12 characters.')
  expect(html).toContain('autocomplete="new-password"')
})

test('without a token an address can be confirmed anew', () => {
  const html = render(<Confirm client={client} go={go} token="" email="a@x.org" />)
  expect(html).toContain('Confirm your address')
  expect(html).toContain('value="a@x.org"')
})

test('whoever is invited by mail signs up with that address, and says so to the team they know', () => {
  const invitation = { token: 't', invite: '', email: 'a@x.org', team: 'Deck <b>' }
  const html = render(<SignUp client={client} go={go} invitation={invitation} />)
  expect(html).toContain('You are invited to Deck &lt;b>.')
  expect(html).toMatch(/value="a@x.org"[^>]*readonly|readonly[^>]*value="a@x.org"/i)
})

test('whoever is signed in joins with a press', () => {
  const invitation = { token: 't', invite: '', email: '', team: 'Deck' }
  const html = render(<JoinTeam client={client} go={go} invitation={invitation} />)
  expect(html).toContain('Join Deck')
  expect(html).toContain('You are signed in as ada.')
})

test('an unconfirmed address is told from a wrong password', () => {
  const refused = (id: string) => new ApiError('refused', 401, id, '')
  expect(isUnconfirmed(refused('api.user.login.not_verified.app_error'))).toBe(true)
  expect(isUnconfirmed(refused('api.user.login.invalid_credentials_email_username'))).toBe(false)
  expect(isUnconfirmed(new Error('x'))).toBe(false)
})
