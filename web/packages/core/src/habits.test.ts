import type { Preference, SocketEvent } from '@fieldpost/api'
import { effect } from '@preact/signals-core'
import { expect, test } from 'vitest'
import { HABIT_PLACES, Habits, isNamedIn, SENDING, type Sending, sendStroke, sends } from './habits.ts'
import { Store } from './store.ts'

function desk() {
  const store = new Store()
  const put = (chosen: Readonly<Record<string, string>>) => {
    store.preferences.value = new Map([...store.preferences.peek(), ...Object.entries(chosen)])
  }
  const habits = new Habits({ store }, { set: async chosen => put(chosen) })
  return { store, habits, put }
}

test('until somebody chooses, it is as other clients have it', () => {
  const { habits } = desk()
  expect(habits.sending.value).toBe('code')
  expect(habits.start.value).toBe('left')
  expect(habits.has('comings')).toBe(true)
  expect(habits.has('previews')).toBe(true)
  expect(habits.has('folded')).toBe(false)
  expect(habits.has('emoticons')).toBe(true)
  expect(habits.has('reactions')).toBe(true)
})

test('what other clients chose holds, by the names that they know it by', () => {
  const { habits, put } = desk()
  put({
    'advanced_settings/send_on_ctrl_enter': 'true',
    'advanced_settings/unread_scroll_position': 'start_from_newest',
    'advanced_settings/join_leave': 'false',
    'display_settings/link_previews': 'false',
    'display_settings/collapse_previews': 'true',
    'display_settings/render_emoticons_as_emoji': 'false',
    'display_settings/one_click_reactions_enabled': 'false',
  })
  expect(habits.sending.value).toBe('ctrl')
  expect(habits.start.value).toBe('newest')
  expect(habits.has('comings')).toBe(false)
  expect(habits.has('previews')).toBe(false)
  expect(habits.has('folded')).toBe(true)
  expect(habits.has('emoticons')).toBe(false)
  expect(habits.has('reactions')).toBe(false)
  put({ 'advanced_settings/send_on_ctrl_enter': 'false', 'advanced_settings/code_block_ctrl_enter': 'false' })
  expect(habits.sending.value).toBe('enter')
})

test('every choice is kept where it is followed, and read again as it was made', async () => {
  const { habits, store } = desk()
  for (const by of SENDING) {
    await habits.setSending(by)
    expect(habits.sending.value).toBe(by)
  }
  await habits.setStart('newest')
  expect(habits.start.value).toBe('newest')
  await habits.setStart('left')
  expect(habits.start.value).toBe('left')
  for (const s of ['comings', 'previews', 'folded', 'emoticons', 'reactions'] as const) {
    const before = habits.has(s)
    await habits.turn(s, !before)
    expect(habits.has(s)).toBe(!before)
  }
  expect([...store.preferences.value.keys()].sort()).toEqual([...HABIT_PLACES].sort())
})

test('what is drawn by one choice is left alone by all others', async () => {
  const { habits, put } = desk()
  let drawn = 0
  effect(() => {
    habits.has('folded')
    drawn++
  })
  put({ 'channel_open_time/c': '1' })
  await habits.turn('comings', false)
  expect(drawn).toBe(1)
  await habits.turn('folded', true)
  expect(drawn).toBe(2)
})

test('a command that folds all pictures counts, though the account had it so before', () => {
  const { habits } = desk()
  const said = (name: string, event = 'preferences_changed') => {
    const list: Preference[] = [{ user_id: 'ada', category: 'display_settings', name, value: 'true' }]
    habits.heard({ event, data: { preferences: JSON.stringify(list) } } as unknown as SocketEvent)
    return habits.folds.value
  }
  expect(said('collapse_previews')).toBe(1)
  expect(said('link_previews')).toBe(1)
  expect(said('collapse_previews', 'preferences_deleted')).toBe(1)
  expect(said('collapse_previews')).toBe(2)
})

const press = (more: Partial<Parameters<typeof sends>[0]> = {}) => ({
  key: 'Enter',
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  ...more,
})

test.each<[Sending, boolean, boolean]>([
  ['enter', true, true],
  ['code', true, false],
  ['ctrl', false, false],
])('by %s Enter sends: in words %s, in code %s', (by, words, code) => {
  const open = 'look:\n```\nlet x'
  expect(sends(press(), by, 'look')).toBe(words)
  expect(sends(press(), by, open)).toBe(code)
  expect(sends(press(), by, `${open}\n\`\`\``)).toBe(words)
  expect(sends(press({ ctrlKey: true }), by, open)).toBe(true)
  expect(sends(press({ metaKey: true }), by, 'look')).toBe(true)
  expect(sends(press({ shiftKey: true }), by, 'look')).toBe(false)
  expect(sends(press({ key: 'a', ctrlKey: true }), by, 'look')).toBe(false)
  expect(sendStroke(by, 'look')).toBe(words ? 'Enter' : 'Mod+Enter')
  expect(sendStroke(by, open)).toBe(code ? 'Enter' : 'Mod+Enter')
})

test('of oneself one is told, whoever did it', () => {
  expect(isNamedIn({ props: { username: 'ada' } }, 'ada')).toBe(true)
  expect(isNamedIn({ props: { username: 'bo', addedUsername: 'ada' } }, 'ada')).toBe(true)
  expect(isNamedIn({ props: { removedUsername: 'ada' } }, 'ada')).toBe(true)
  expect(isNamedIn({ props: { username: 'bo' } }, 'ada')).toBe(false)
  expect(isNamedIn({ props: {} }, '')).toBe(false)
})
