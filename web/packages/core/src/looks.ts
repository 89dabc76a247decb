/** How the client looks to its reader: preferences of the account. */
import type { User } from '@fieldpost/api'
import { computed } from '@preact/signals-core'
import type { Clock, NameFormat } from './manner.ts'
import type { Context } from './platform.ts'
import type { Preferences } from './preferences.ts'
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
export const LOOK_PLACES = {
  theme: 'display_settings/fieldpost_theme',
  colours: 'theme/',
  density: 'display_settings/message_display',
  clock: 'display_settings/use_military_time',
  names: 'display_settings/name_format',
  motion: 'display_settings/fieldpost_motion',
} as const
export type Setting = keyof typeof LOOK_PLACES

export class Looks {
  constructor(
    private readonly c: Context,
    private readonly preferences: Preferences,
  ) {}

  /** Whether it is known what the reader chose: until then nothing changes. */
  get known() {
    return this.preferences.known
  }

  readonly look = computed<Look>(() => {
    const said = (s: Setting) => this.c.store.preferences.value.get(LOOK_PLACES[s])
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

  /** Holds at once, and is told to the server as soon as that is possible. */
  set(setting: Setting, value: string): Promise<void> {
    return this.preferences.set({ [LOOK_PLACES[setting]]: value })
  }

  /** The language belongs to the profile: the server writes its mails in it. */
  async setLanguage(locale: string): Promise<void> {
    this.c.store.putUsers([await this.c.p.rest.ask<User>('PUT', '/users/me/patch', { locale })])
  }
}

const nameFormat = (said: string | undefined): NameFormat =>
  said === 'username' || said === 'full_name' ? said : 'nickname_full_name'
