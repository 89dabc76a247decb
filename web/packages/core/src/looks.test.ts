import { ApiError, type Preference, type SocketEvent } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { LOOK_PLACES, Looks } from './looks.ts'
import type { Context } from './platform.ts'
import { Preferences } from './preferences.ts'
import { Store } from './store.ts'
import { BASES, themeText } from './theme.ts'

const pref = (category: string, name: string, value: string): Preference => ({
  user_id: 'ada',
  category,
  name,
  value,
})

/** A server that keeps preferences and can be unplugged, and a device that keeps notes. */
function desk(at: Preference[] = []) {
  const notes = new Map<string, unknown>()
  const told: string[] = []
  const server = { up: true, at: new Map(at.map(p => [`${p.category}/${p.name}`, p])), refuse: false }
  const there = () => {
    if (!server.up) throw new ApiError('offline', 0, 'offline', '')
  }
  const store = new Store()
  store.me.value = { id: 'ada' } as NonNullable<typeof store.me.value>
  const context = {
    store,
    notice: (text: string) => told.push(text),
    p: {
      db: {
        note: async (k: string) => structuredClone(notes.get(k)),
        putNote: async (k: string, v: unknown) => void notes.set(k, structuredClone(v)),
      },
      rest: {
        preferences: async () => {
          there()
          return [...server.at.values()]
        },
        savePreferences: async (list: Preference[]) => {
          there()
          if (server.refuse) throw new ApiError('refused', 400, 'x', 'No.')
          for (const p of list) server.at.set(`${p.category}/${p.name}`, p)
        },
      },
    },
    quietly: async (f: () => Promise<void>) => {
      await f().catch(e => {
        if (!(e instanceof ApiError)) throw e
      })
    },
  } as unknown as Context
  return { context, server, store, told, ...sitDown(context) }
}

const OURS: ReadonlySet<string> = new Set(Object.values(LOOK_PLACES))

/** The reader at a client that was just opened. */
function sitDown(context: Context) {
  const preferences = new Preferences(context, p => OURS.has(`${p.category}/${p.name}`))
  return { preferences, looks: new Looks(context, preferences) }
}

const event = (name: string, list: Preference[]) =>
  ({
    event: name,
    data: { preferences: JSON.stringify(list) },
    broadcast: {},
    seq: 1,
  }) as unknown as SocketEvent

test('what the account says holds, in the names that other clients use', async () => {
  const { looks, preferences } = desk([
    pref('display_settings', 'use_military_time', 'true'),
    pref('display_settings', 'name_format', 'username'),
    pref('display_settings', 'message_display', 'compact'),
    pref('theme', '', themeText(BASES.dark)),
    pref('theme', 'some-team', themeText(BASES.light)),
  ])
  expect(looks.known.value).toBe(false)
  await preferences.load()
  expect(looks.look.value).toMatchObject({
    clock: '24',
    names: 'username',
    density: 'compact',
    theme: 'system',
  })
  // The colours of other clients are at hand, and not put on anybody who did not ask.
  expect(looks.look.value.colours?.centerChannelBg).toBe(BASES.dark.centerChannelBg)
})

test('what is chosen without the server holds, outlives a restart, and is told later', async () => {
  const d = desk([pref('display_settings', 'fieldpost_theme', 'light')])
  await d.preferences.load()
  d.server.up = false
  await d.looks.set('theme', 'night')
  expect(d.looks.look.value.theme).toBe('night')
  d.store.preferences.value = new Map()
  const later = sitDown(d.context)
  await later.preferences.load()
  expect(later.looks.look.value.theme).toBe('night')
  d.server.up = true
  await later.preferences.load()
  expect(later.looks.look.value.theme).toBe('night')
  expect(d.server.at.get('display_settings/fieldpost_theme')?.value).toBe('night')
})

test('another device is heard, but not over what was chosen here and not told yet', async () => {
  const d = desk()
  await d.preferences.load()
  d.preferences.heard(event('preferences_changed', [pref('display_settings', 'fieldpost_theme', 'dark')]))
  expect(d.looks.look.value.theme).toBe('dark')
  d.server.up = false
  await d.looks.set('theme', 'night')
  d.preferences.heard(event('preferences_changed', [pref('display_settings', 'fieldpost_theme', 'light')]))
  expect(d.looks.look.value.theme).toBe('night')
  d.preferences.heard(event('preferences_changed', [pref('favorite_channel', 'c', 'true')]))
  d.preferences.heard({
    event: 'preferences_changed',
    data: { preferences: 'nonsense' },
  } as unknown as SocketEvent)
  expect(d.looks.look.value.theme).toBe('night')
})

test('what was deleted elsewhere is as if it had never been chosen', async () => {
  const d = desk([pref('display_settings', 'use_military_time', 'false')])
  await d.preferences.load()
  expect(d.looks.look.value.clock).toBe('12')
  d.preferences.heard(event('preferences_deleted', [pref('display_settings', 'use_military_time', 'false')]))
  expect(d.looks.look.value.clock).toBe('auto')
})

test('what the server refuses is said, and not tried for ever', async () => {
  const d = desk()
  d.server.refuse = true
  await d.looks.set('colours', 'nonsense')
  expect(d.told).toEqual(['No.'])
  d.server.refuse = false
  await d.preferences.load()
  expect(d.server.at.size).toBe(0)
})

test('what administrators settled, nobody chooses', async () => {
  const d = desk([
    pref('display_settings', 'name_format', 'full_name'),
    pref('display_settings', 'fieldpost_theme', 'custom'),
    pref('theme', '', themeText(BASES.dark)),
  ])
  await d.preferences.load()
  expect(d.looks.look.value.theme).toBe('custom')
  d.store.config.value = {
    LockTeammateNameDisplay: 'true',
    TeammateNameDisplay: 'username',
    AllowCustomThemes: 'false',
  }
  expect(d.looks.look.value).toMatchObject({ names: 'username', theme: 'system' })
})

test('without colours of one’s own there is no theme of them', async () => {
  const d = desk([pref('display_settings', 'fieldpost_theme', 'custom')])
  await d.preferences.load()
  expect(d.looks.look.value.theme).toBe('system')
})

test.each([0, 1, 5, 20])('what is chosen while the server answers is not undone by it: %d', async later => {
  const { context, preferences, store } = desk([pref('display_settings', 'use_military_time', 'false')])
  const answer = context.p.rest.preferences
  let arrive = () => {}
  const underWay = new Promise<void>(r => {
    arrive = r
  })
  context.p.rest.preferences = async () => {
    const list = await answer()
    context.p.rest.preferences = answer
    await underWay
    return list
  }
  const loading = preferences.load()
  for (let left = later; left > 0; left--) await Promise.resolve()
  await preferences.set({ 'display_settings/use_military_time': 'true' })
  arrive()
  await loading
  expect(store.preferences.value.get('display_settings/use_military_time')).toBe('true')
})

test('two choices arrive in the order in which they were made', async () => {
  const { context, preferences, server } = desk()
  const save = context.p.rest.savePreferences
  let pass = () => {}
  const heldUp = new Promise<void>(r => {
    pass = r
  })
  context.p.rest.savePreferences = async list => {
    context.p.rest.savePreferences = save
    await heldUp
    return save(list)
  }
  const first = preferences.set({ 'display_settings/use_military_time': 'true' })
  const second = preferences.set({ 'display_settings/use_military_time': 'false' })
  pass()
  await Promise.all([first, second])
  expect(server.at.get('display_settings/use_military_time')?.value).toBe('false')
})
