import { Rest } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { APPS, blank, COMMANDS, INCOMING, missing, OUTGOING } from './kinds.ts'

/** A server that answers everything with a list, and what it was sent. */
function server(answer: unknown = {}) {
  const sent: { method: string; path: string; body: unknown }[] = []
  const rest = new Rest({
    base: '',
    csrf: () => '',
    fetch: async (url, init) => {
      const body = init?.body ? JSON.parse(String(init.body)) : undefined
      sent.push({ method: init?.method ?? '', path: String(url), body })
      return new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/json' } })
    },
  })
  return { rest, sent }
}

test('what must be answered is said by its name', () => {
  expect(missing(COMMANDS, blank(COMMANDS))?.label).toBe('ask.title')
  const v = { ...blank(COMMANDS), display_name: 'x', trigger: 'x', url: 'http://x' }
  expect(missing(COMMANDS, v)).toBeUndefined()
  expect(missing(OUTGOING, { ...blank(OUTGOING), display_name: 'x' })?.label).toBe('ask.addresses')
})

test('words and addresses are lists, and the slash is no part of a command', async () => {
  const { rest, sent } = server()
  const v = {
    ...blank(OUTGOING),
    display_name: ' Watch ',
    callback_urls: 'http://a\n\n http://b',
    trigger_words: 'one, two',
  }
  await OUTGOING.save(rest, 't', '', v)
  expect(sent[0]).toMatchObject({
    method: 'POST',
    body: { display_name: 'Watch', callback_urls: ['http://a', 'http://b'], trigger_words: ['one', 'two'] },
  })
  await COMMANDS.save(rest, 't', 'id1', { ...blank(COMMANDS), trigger: '/Watch' })
  expect(sent[1]).toMatchObject({ method: 'PUT', path: '/api/v4/commands/id1', body: { trigger: 'watch' } })
})

test('the address of a webhook is its secret, on the origin of this page', async () => {
  const { rest } = server([{ id: 'h1', display_name: 'Builds', description: '', channel_id: 'c' }])
  const [item] = await INCOMING.load(rest, 't', 'https://ship.example')
  expect(item?.address).toBe('https://ship.example/hooks/h1')
})

test('an app is trusted and public only if somebody says so, and its secret is in the answer', async () => {
  expect(blank(APPS)).toMatchObject({ is_trusted: false, is_public: false })
  const { rest, sent } = server({ id: 'a1', client_secret: 's1' })
  const v = {
    ...blank(APPS),
    name: 'Weather',
    homepage: 'https://a',
    callback_urls: 'https://a/cb\nhttps://b/cb',
  }
  expect(APPS.secretIn?.(await APPS.save(rest, 't', '', v))).toBe('s1')
  expect(sent[0]).toMatchObject({
    method: 'POST',
    path: '/api/v4/oauth/apps',
    body: { name: 'Weather', callback_urls: ['https://a/cb', 'https://b/cb'], is_trusted: false },
  })
  await APPS.save(rest, 't', 'a1', v)
  expect(sent[1]).toMatchObject({ method: 'PUT', path: '/api/v4/oauth/apps/a1', body: { id: 'a1' } })
})
