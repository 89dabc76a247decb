import { ApiError, type Category, type Channel, type SocketEvent } from '@fieldpost/api'
import { expect, test } from 'vitest'
import { arranged, Categories, isFavourite, mayHold, moved } from './categories.ts'
import type { Context } from './platform.ts'
import { Store } from './store.ts'
import type { SidebarItem } from './views.ts'

const category = (id: string, type: Category['type'], channel_ids: string[] = []): Category => ({
  id,
  user_id: 'me',
  team_id: 't',
  type,
  display_name: id,
  sort_order: 0,
  sorting: '',
  muted: false,
  collapsed: false,
  channel_ids,
})
const channel = (id: string, type: Channel['type'] = 'O', last_post_at = 0): Channel => ({
  id,
  team_id: type === 'D' ? '' : 't',
  type,
  name: id,
  display_name: id,
  header: '',
  purpose: '',
  delete_at: 0,
  update_at: 1,
  last_post_at,
  total_msg_count: 1,
  total_msg_count_root: 1,
})
const item = (c: Channel): SidebarItem => ({
  id: c.id,
  channel: c,
  title: c.id,
  mate: '',
  unread: false,
  mentions: 0,
  muted: false,
  path: `/${c.id}`,
})
const items = [
  item(channel('deck', 'O', 5)),
  item(channel('anchor', 'O', 9)),
  item(channel('mess', 'P', 1)),
  item(channel('bo', 'D', 3)),
  item(channel('cem', 'D', 7)),
]
const shape = (list: readonly Category[]) =>
  Object.fromEntries(arranged(list, items).map(g => [g.key, g.items.map(i => i.id)]))
const DEFAULTS = [
  category('fav', 'favorites'),
  category('chan', 'channels'),
  category('dm', 'direct_messages'),
]

test('before the server told, channels stand by name and conversations by their last message', () => {
  expect(shape([])).toEqual({ channels: ['anchor', 'deck', 'mess'], direct_messages: ['cem', 'bo'] })
})

test('a channel stands once: under what claims it, and what nobody claims goes home', () => {
  const list = [
    category('fav', 'favorites', ['bo']),
    category('work', 'custom', ['mess', 'gone']),
    category('chan', 'channels', ['bo', 'deck', 'mess']),
    category('dm', 'direct_messages', ['bo', 'cem', 'anchor']),
  ]
  expect(shape(list)).toEqual({ fav: ['bo'], work: ['mess'], chan: ['anchor', 'deck'], dm: ['cem'] })
})

test('it is sorted by name, by news, or by hand', () => {
  const ids = ['mess', 'anchor', 'deck']
  const by = (sorting: Category['sorting']) =>
    shape([{ ...category('chan', 'channels', ids), sorting }, category('dm', 'direct_messages')])['chan']
  expect(by('alpha')).toEqual(['anchor', 'deck', 'mess'])
  expect(by('recent')).toEqual(['anchor', 'deck', 'mess'])
  expect(by('manual')).toEqual(ids)
  const dm = { ...category('dm', 'direct_messages'), sorting: 'alpha' as const }
  expect(shape([category('chan', 'channels'), dm])['dm']).toEqual(['bo', 'cem'])
})

test('moving a channel tells the server of both headings', () => {
  const list = [
    category('fav', 'favorites'),
    category('work', 'custom', ['x']),
    category('chan', 'channels', ['deck', 'mess']),
    category('dm', 'direct_messages'),
  ]
  const changed = moved(list, channel('deck'), 'work')
  expect(changed.map(c => [c.id, c.channel_ids])).toEqual([
    ['chan', ['mess']],
    ['work', ['deck', 'x']],
  ])
  expect(moved(list, channel('deck'), 'dm')).toEqual([])
  expect(moved(list, channel('bo', 'D'), 'chan')).toEqual([])
  expect(moved(list, channel('deck'), 'chan')).toEqual([])
  expect(mayHold({ type: 'custom' }, channel('bo', 'D'))).toBe(true)
})

test('a place by hand keeps what is not shown, and sorts by hand from then on', () => {
  const list = [category('chan', 'channels', ['deck', 'hidden', 'mess', 'anchor'])]
  const [c] = moved(list, channel('deck'), 'chan', { shown: ['anchor', 'deck', 'mess'], at: 2 })
  expect(c?.sorting).toBe('manual')
  expect(c?.channel_ids).toEqual(['anchor', 'mess', 'deck', 'hidden'])
})

/** A server that keeps categories in memory, and can be unplugged. */
function world() {
  const notes = new Map<string, unknown>()
  const store = new Store()
  const at = { up: true, list: DEFAULTS, asked: [] as string[], hold: undefined as Promise<void> | undefined }
  const ask = async (method: string, path: string, body?: unknown) => {
    at.asked.push(`${method} ${path.replace('/users/me/teams/t/channels/categories', '')}`)
    await at.hold
    if (!at.up) throw new ApiError('offline', 0, 'offline', 'no answer')
    if (method === 'PUT' && !path.endsWith('/order')) {
      const by = new Map((body as Category[]).map(c => [c.id, c]))
      at.list = at.list.map(c => by.get(c.id) ?? c)
    }
    return { categories: [...at.list].reverse(), order: at.list.map(c => c.id) }
  }
  const context = {
    store,
    p: {
      rest: { ask },
      db: {
        note: async (k: string) => notes.get(k),
        putNote: async (k: string, v: unknown) => void notes.set(k, v),
      },
    },
    quietly: (f: () => Promise<void>) => f().catch(() => {}),
  } as unknown as Context
  const told = () => (store.categories.peek().get('t') ?? []).map(c => `${c.id}:${c.channel_ids.join()}`)
  return { at, notes, store, categories: new Categories(context), told }
}
const event = (name: string, data: Record<string, unknown>, team_id = 't') =>
  ({ event: name, data, broadcast: { team_id } }) as unknown as SocketEvent

test('they stand in the order of the server, and are kept for the hours without it', async () => {
  const w = world()
  await w.categories.load('t')
  expect(w.told()).toEqual(['fav:', 'chan:', 'dm:'])
  const later = world()
  later.at.up = false
  later.notes.set('categories:t', w.notes.get('categories:t'))
  await later.categories.load('t')
  expect(later.told()).toEqual(['fav:', 'chan:', 'dm:'])
})

test('a favourite is one at once, and no more if the server refuses', async () => {
  const w = world()
  await w.categories.load('t')
  const done = w.categories.favourite('t', channel('deck'), true)
  expect(isFavourite(w.store, 't', 'deck')).toBe(true)
  await done
  w.at.up = false
  await expect(w.categories.favourite('t', channel('deck'), false)).rejects.toThrow()
  expect(isFavourite(w.store, 't', 'deck')).toBe(true)
})

test('folding holds without the server; it is nobody else’s business', async () => {
  const w = world()
  await w.categories.load('t')
  w.at.up = false
  await w.categories.collapse('t', 'chan', true)
  expect(w.store.categories.peek().get('t')?.[1]?.collapsed).toBe(true)
})

test('what another device did is followed, but not back over what was just done here', async () => {
  const w = world()
  await w.categories.load('t')
  const other = { ...category('chan', 'channels', ['mess']) }
  w.categories.heard(event('sidebar_category_updated', { updatedCategories: JSON.stringify([other]) }))
  expect(w.told()[1]).toBe('chan:mess')
  w.categories.heard(event('user_removed', { user_id: 'bo' }))
  expect(w.told()[1]).toBe('chan:mess')
  let go = () => {}
  w.at.hold = new Promise(r => {
    go = r
  })
  const mine = w.categories.favourite('t', channel('mess'), true)
  w.categories.heard(event('sidebar_category_updated', { updatedCategories: JSON.stringify([other]) }))
  expect(w.told()).toEqual(['fav:mess', 'chan:', 'dm:'])
  go()
  w.at.hold = undefined
  await mine
  await expect.poll(w.told).toEqual(['fav:mess', 'chan:', 'dm:'])
  w.categories.heard(event('user_removed', { channel_id: 'mess' }, ''))
  expect(w.told()).toEqual(['fav:', 'chan:', 'dm:'])
  // A preference written elsewhere names neither team nor change: all is asked for anew.
  const before = w.at.asked.length
  w.categories.heard(event('sidebar_category_updated', {}, ''))
  await expect.poll(() => w.at.asked.length).toBeGreaterThan(before)
})

test('a category is muted as a whole; the channels under it are the server’s to mute', async () => {
  const w = world()
  await w.categories.load('t')
  const done = w.categories.mute('t', 'chan', true)
  expect(arranged(w.store.categories.peek().get('t') ?? [], items)[1]?.muted).toBe(true)
  await done
  w.at.up = false
  await expect(w.categories.mute('t', 'chan', false)).rejects.toThrow()
  expect(w.store.categories.peek().get('t')?.[1]?.muted).toBe(true)
})
