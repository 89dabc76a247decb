import type { SocketEvent, User } from '@fieldpost/api'
import { signal } from '@preact/signals-core'
import { expect, test } from 'vitest'
import type { Context, Platform } from './platform.ts'
import { Presence } from './presence.ts'
import { Self } from './self.ts'
import { Store } from './store.ts'

const ada = {
  id: 'ada',
  username: 'ada',
  notify_props: { desktop: 'mention', push: 'mention' },
  timezone: { useAutomaticTimezone: 'true', automaticTimezone: '', manualTimezone: '' },
} as unknown as User

/** A server that keeps what it is told of one person, and what it was asked. */
function server(status: object = {}) {
  const store = new Store()
  store.me.value = ada
  store.putUsers([ada], false)
  const asked: string[] = []
  let kept = ada
  const rest = {
    ask: async (method: string, path: string, body?: unknown) => {
      asked.push(`${method} ${path}`)
      if (path === '/users/me/patch') {
        kept = { ...kept, ...(body as object) }
        return kept
      }
      return { user_id: 'ada', status: 'dnd', dnd_end_time: 60, ...status }
    },
  }
  const context: Context = {
    store,
    p: { rest, now: () => 1_000 } as unknown as Platform,
    phase: signal('ready'),
    notice: () => {},
    quietly: f => f(),
    keep: write => write().then(() => true),
    tell: () => {},
  }
  return { store, asked, context, kept: () => kept }
}

test('two choices that follow each other both stay, and so does what was not touched', async () => {
  const { store, context, kept } = server()
  const self = new Self(context)
  await Promise.all([self.setNotify({ desktop: 'all' }), self.setNotify({ desktop_sound: 'false' })])
  expect(kept().notify_props).toEqual({ desktop: 'all', push: 'mention', desktop_sound: 'false' })
  expect(store.me.peek()?.notify_props).toEqual(kept().notify_props)
})

test('muting changes nothing else of how a channel is told', async () => {
  const { store, context } = server()
  store.putChannel({ id: 'c' } as never, { channel_id: 'c', notify_props: { desktop: 'all' } } as never)
  await new Self(context).mute('c', true)
  expect(store.members.peek().get('c')?.notify_props).toEqual({ desktop: 'all', mark_unread: 'mention' })
})

test('the time zone is told once, and not where it is known', async () => {
  const { context, asked } = server()
  const self = new Self(context)
  await self.tellZone('Europe/Oslo')
  await self.tellZone('Europe/Oslo')
  expect(asked).toEqual(['PUT /users/me/patch'])
})

test('a change of presence elsewhere says until when, which the event does not', async () => {
  const { store, context } = server()
  const presence = new Presence(context)
  const hear = (status: string) =>
    presence.heard({ event: 'status_change', data: { user_id: 'ada', status } } as unknown as SocketEvent)
  hear('dnd')
  await Promise.resolve()
  await expect.poll(() => presence.quietUntil.value).toBe(60_000)
  expect(store.status('ada').peek()).toBe('dnd')
  hear('online')
  expect(presence.quietUntil.value).toBe(0)
})
