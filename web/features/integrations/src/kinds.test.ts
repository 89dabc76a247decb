import { Rest } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { blank, COMMANDS, INCOMING, missing, OUTGOING } from './kinds.ts'

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
  expect(missing(COMMANDS, blank(COMMANDS))).toBe('Title')
  const v = { ...blank(COMMANDS), display_name: 'x', trigger: 'x', url: 'http://x' }
  expect(missing(COMMANDS, v)).toBe('')
  expect(missing(OUTGOING, { ...blank(OUTGOING), display_name: 'x' })).toBe('Addresses')
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
