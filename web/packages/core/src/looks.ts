/** How the client looks to its reader: preferences of the account, kept on the device for the hours without it. */
import { ApiError, type Preference, type SocketEvent, type User } from '@fieldpost/api'
import { computed, signal } from '@preact/signals-core'
import type { Clock, NameFormat } from './manner.ts'
import type { Context } from './platform.ts'
import { parseTheme, type ThemeColours } from './theme.ts'

export const THEMES = ['system', 'light', 'dark', 'night', 'contrast', 'custom'] as const
export type ThemeName = (typeof THEMES)[number]

export interface Look {
  theme: ThemeName
  /** The reader's own colours, if there are any. */
  colours: ThemeColours | undefined
  density: 'comfortable' | 'compact'
  clock: Clock
  names: NameFormat
  motion: 'system' | 'reduce'
  /** What administrators settled for everybody. */
  settled: { theme: boolean; colours: boolean; names: boolean }
}

/** Where each setting is kept. What other clients know too has the name that they know it by. */
const PLACES = {
  theme: 'display_settings/fieldpost_theme',
  colours: 'theme/',
  density: 'display_settings/message_display',
  clock: 'display_settings/use_military_time',
  names: 'display_settings/name_format',
  motion: 'display_settings/fieldpost_motion',
} as const
export type Setting = keyof typeof PLACES

const keyOf = (p: Pick<Preference, 'category' | 'name'>): string => `${p.category}/${p.name}`
const OURS: ReadonlySet<string> = new Set(Object.values(PLACES))

interface Kept {
  all: [string, string][]
  unsent: string[]
}

export class Looks {
  /** Whether it is known what the reader chose: until then nothing changes. */
  readonly known = signal(false)
  private readonly prefs = signal<ReadonlyMap<string, string>>(new Map())
  private readonly unsent = new Set<string>()

  constructor(private readonly c: Context) {}

  readonly look = computed<Look>(() => {
    const said = (s: Setting) => this.prefs.value.get(PLACES[s])
    const config = this.c.store.config.value
    const settled = {
      theme: config['EnableThemeSelection'] === 'false',
      colours: config['AllowCustomThemes'] === 'false',
      names: config['LockTeammateNameDisplay'] === 'true',
    }
    const chosen = THEMES.find(x => x === said('theme')) ?? 'system'
    const colours = parseTheme(said('colours') ?? '')
    const usable = !settled.theme && (chosen !== 'custom' || (colours && !settled.colours))
    const time = said('clock')
    return {
      theme: usable ? chosen : 'system',
      colours,
      density: said('density') === 'compact' ? 'compact' : 'comfortable',
      clock: time === 'true' ? '24' : time === 'false' ? '12' : 'auto',
      names: nameFormat(settled.names ? config['TeammateNameDisplay'] : said('names')),
      motion: said('motion') === 'reduce' ? 'reduce' : 'system',
      settled,
    }
  })

  /** What the device kept, before the server has said anything. */
  async restore(): Promise<void> {
    const kept = (await this.c.p.db.note('looks').catch(() => undefined)) as Kept | undefined
    if (!kept || this.known.peek()) return
    this.prefs.value = new Map(kept.all)
    for (const k of kept.unsent) this.unsent.add(k)
    this.known.value = true
  }

  async load(): Promise<void> {
    await this.restore()
    await this.c.quietly(async () => {
      const list = await this.c.p.rest.preferences()
      const told = new Map(list.filter(p => OURS.has(keyOf(p))).map(p => [keyOf(p), p.value]))
      // What was chosen here while the server was away counts for more than what it had before.
      for (const k of this.unsent) told.set(k, this.prefs.peek().get(k) ?? '')
      this.prefs.value = told
      this.known.value = true
      this.keep()
      await this.flush()
    })
  }

  /** Holds at once, and is told to the server as soon as that is possible. */
  async set(setting: Setting, value: string): Promise<void> {
    const key = PLACES[setting]
    this.prefs.value = new Map(this.prefs.peek()).set(key, value)
    this.known.value = true
    this.unsent.add(key)
    this.keep()
    await this.flush()
  }

  private async flush(): Promise<void> {
    const user_id = this.c.store.me.peek()?.id
    if (!user_id || this.unsent.size === 0) return
    const sent = [...this.unsent].map(key => {
      const cut = key.indexOf('/')
      const value = this.prefs.peek().get(key) ?? ''
      return { user_id, category: key.slice(0, cut), name: key.slice(cut + 1), value }
    })
    try {
      await this.c.p.rest.savePreferences(sent)
    } catch (e) {
      if (!(e instanceof ApiError)) throw e
      if (e.kind !== 'refused') return
      // It will not take it: better said than tried for ever.
      this.c.notice(e.message, 'error')
    }
    for (const p of sent) if (this.prefs.peek().get(keyOf(p)) === p.value) this.unsent.delete(keyOf(p))
    this.keep()
  }

  private keep(): void {
    const kept: Kept = { all: [...this.prefs.peek()], unsent: [...this.unsent] }
    void this.c.p.db.putNote('looks', kept)
  }

  /** The language belongs to the profile: the server writes its mails in it. */
  async setLanguage(locale: string): Promise<void> {
    this.c.store.putUsers([await this.c.p.rest.ask<User>('PUT', '/users/me/patch', { locale })])
  }

  /** Another device of the reader chose something. */
  heard(e: SocketEvent): void {
    const gone = e.event === 'preferences_deleted'
    if (e.event !== 'preferences_changed' && !gone) return
    const next = new Map(this.prefs.peek())
    for (const p of listOf(e.data['preferences'])) {
      const key = keyOf(p)
      if (!OURS.has(key) || this.unsent.has(key)) continue
      if (gone) next.delete(key)
      else next.set(key, p.value)
    }
    this.prefs.value = next
    this.keep()
  }

  reset(): void {
    this.known.value = false
    this.prefs.value = new Map()
    this.unsent.clear()
  }
}

const nameFormat = (said: string | undefined): NameFormat =>
  said === 'username' || said === 'full_name' ? said : 'nickname_full_name'

function listOf(told: unknown): Preference[] {
  if (typeof told !== 'string') return []
  try {
    const list: unknown = JSON.parse(told)
    return Array.isArray(list) ? (list as Preference[]) : []
  } catch {
    return []
  }
}
