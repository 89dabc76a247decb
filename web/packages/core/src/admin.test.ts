import type { User } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { administers, adminPlace, csv, isOfKind, mayOpen, noteOf, rolesWith, scan } from './admin.ts'

const user = (roles: string, more: Partial<User> = {}): User => ({
  id: 'u',
  username: 'bo',
  nickname: '',
  first_name: '',
  last_name: '',
  position: '',
  roles,
  delete_at: 0,
  update_at: 1,
  ...more,
})

test('whoever has an office on the server has business in the administration, and sees their pages', () => {
  expect(administers(user('system_user'))).toBe(false)
  expect(administers(user('system_user system_read_only_admin'))).toBe(true)
  expect(administers(undefined)).toBe(false)
  expect(mayOpen('overview', new Set())).toBe(true)
  expect(mayOpen('activity', new Set(['read_audits']))).toBe(true)
  expect(mayOpen('roles', new Set(['read_audits']))).toBe(false)
})

test('another office takes the place of the one before, and roles of another kind stay', () => {
  expect(rolesWith(user('system_user'), 'system_manager', false)).toBe('system_manager system_user')
  expect(rolesWith(user('system_admin system_user system_post_all'), '', true)).toBe(
    'system_user system_user_access_token system_post_all',
  )
})

test('addresses lead to pages, and those of before do too', () => {
  expect(adminPlace('/admin/users/abc')).toEqual({ page: 'users', id: 'abc' })
  expect(adminPlace('/admin_console/links')).toEqual({ page: 'links', id: '' })
  expect(adminPlace('/admin/nowhere/abc')).toEqual({ page: 'overview', id: '' })
  expect(adminPlace('/admin/toString')).toEqual({ page: 'overview', id: '' })
})

test('people are told apart by what their accounts are', () => {
  expect(isOfKind('guests', user('system_guest'))).toBe(true)
  expect(isOfKind('deactivated', user('system_user'))).toBe(false)
  expect(isOfKind('elsewhere', user('system_user', { username: 'bo:hq', remote_id: 'r' }))).toBe(true)
  expect(isOfKind('bots', user('system_user'))).toBe(false)
})

test('a list is gone through until there is enough, or no more of it', async () => {
  const asked: number[] = []
  const read = async (page: number) => {
    asked.push(page)
    return page < 3 ? [page * 2, page * 2 + 1] : []
  }
  expect(await scan(read, 2, n => n % 2 === 1, 2)).toEqual([1, 3])
  expect(asked).toEqual([0, 1])
  expect(await scan(read, 2, n => n > 1)).toEqual([2, 3, 4, 5])
})

test('a note says what was done, what came of it and by whom', () => {
  const by = 'oj7ru74grs4emck5cfx19u1cta'
  expect(noteOf({ action: '/api/v4/users/login', extra_info: 'success' })).toEqual({
    deed: 'login',
    ok: true,
    detail: '',
    by: '',
  })
  expect(
    noteOf({ action: `/api/v4/users/${by}/active`, extra_info: `success - inactive, by ${by}` }),
  ).toEqual({ deed: 'active', ok: true, detail: 'inactive', by })
  expect(
    noteOf({ action: `/api/v4/users/${by}/reset_failed_attempts`, extra_info: `success, by ${by}` }),
  ).toMatchObject({ deed: 'unlock', by, detail: '' })
  expect(noteOf({ action: '/api/v4/users/login', extra_info: 'failure - wrong password' })).toMatchObject({
    ok: false,
    detail: 'wrong password',
  })
  expect(noteOf({ action: '/api/v4/something', extra_info: '' }).deed).toBe('other')
})

test('a file of values keeps commas, quotes and lines, and no cell of it is a formula', () => {
  expect(
    csv([
      ['a', 'b,c'],
      ['say "x"', '=1+1'],
    ]),
  ).toBe('\uFEFFa,"b,c"\r\n"say ""x""",\'=1+1\r\n')
})
