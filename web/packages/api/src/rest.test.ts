import { expect, test } from 'vitest'
import { ApiError, Rest } from './rest.ts'

const rest = (answer: () => Response | Promise<Response>, seen: RequestInit[] = []) =>
  new Rest({
    base: '',
    csrf: () => 'c5rf',
    fetch: async (_url, init) => {
      seen.push(init ?? {})
      return answer()
    },
  })
const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })

const failure = async (p: Promise<unknown>): Promise<ApiError> => {
  const e = await p.then(
    () => undefined,
    (x: unknown) => x,
  )
  if (!(e instanceof ApiError)) throw new Error('expected an ApiError')
  return e
}

test('writes carry the CSRF token, reads do not', async () => {
  const seen: RequestInit[] = []
  const r = rest(() => json(200, {}), seen)
  await r.me()
  await r.logout()
  expect(seen.map(s => (s.headers as Record<string, string>)['X-CSRF-Token'])).toEqual([undefined, 'c5rf'])
})

test('tells apart: no answer, a gateway, a refusal, a missing part, a failing server', async () => {
  const reach: boolean[] = []
  const kinds: string[] = []
  const cases: (() => Response)[] = [
    () => {
      throw new TypeError('failed to fetch')
    },
    () => new Response('bad gateway', { status: 502 }),
    () => json(403, { id: 'api.x', message: 'No.', status_code: 403 }),
    () => json(501, { id: 'api.fieldpost.not_built', message: 'Not built.', status_code: 501 }),
    () => json(500, { id: 'api.y', message: 'Oh.', status_code: 500 }),
    () => json(429, { id: 'api.z', message: 'Too often.', status_code: 429 }),
    () => json(429, { id: 'api.fieldpost.flash.too_many', message: 'In 5 min.', status_code: 429 }),
    () => new Response('<!doctype html>', { status: 200, headers: { 'content-type': 'text/html' } }),
  ]
  for (const c of cases) {
    const r = rest(c)
    r.onReachable = x => reach.push(x)
    const err = await failure(r.me())
    kinds.push(err.notBuilt ? 'not built' : err.kind)
  }
  const known = ['offline', 'offline', 'refused', 'not built', 'server', 'server', 'refused', 'offline']
  expect(kinds).toEqual(known)
  expect(reach).toEqual([false, false, true, true, true, true, true, false])
})

test('reads newline-separated JSON', async () => {
  const r = rest(
    () => new Response('{"id":"a"}\n{"id":"b"}\n', { headers: { 'content-type': 'application/x-ndjson' } }),
  )
  expect(await r.myTeams()).toHaveLength(2)
})

test('what mails lead to is asked for as the API has it', async () => {
  const asked: string[] = []
  const r = new Rest({
    base: '',
    csrf: () => '',
    fetch: async (url, init) => {
      asked.push(`${init?.method} ${url} ${init?.body ?? ''}`)
      return json(200, {})
    },
  })
  await r.sendReset('a@x.org')
  await r.resetPassword('t0', 'a better one')
  await r.sendVerify('a@x.org')
  await r.verifyEmail('t1')
  await r.createUser({ email: 'e', username: 'u', password: 'p' }, { t: 't2', iid: '' })
  await r.createUser({ email: 'e', username: 'u', password: 'p' })
  await r.joinByToken('t3')
  const account = '{"email":"e","username":"u","password":"p"}'
  expect(asked).toEqual([
    'POST /api/v4/users/password/reset/send {"email":"a@x.org"}',
    'POST /api/v4/users/password/reset {"token":"t0","new_password":"a better one"}',
    'POST /api/v4/users/email/verify/send {"email":"a@x.org"}',
    'POST /api/v4/users/email/verify {"token":"t1"}',
    `POST /api/v4/users?t=t2 ${account}`,
    `POST /api/v4/users ${account}`,
    'POST /api/v4/teams/members/invite?token=t3 ',
  ])
})
