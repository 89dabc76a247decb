/** How the reader reads and writes: preferences of the account, by the names that other clients know them by. */
import type { Post, SocketEvent } from '@fieldpost/api'
import { computed, type ReadonlySignal, signal } from '@preact/signals-core'
import type { Context } from './platform.ts'
import type { PreferenceKey, Preferences } from './preferences.ts'

/** Which key sends a message: Enter everywhere, Enter outside of code, or Enter with Ctrl. */
export const SENDING = ['enter', 'code', 'ctrl'] as const
export type Sending = (typeof SENDING)[number]

/** Where somebody begins to read in a channel with new messages. */
export const STARTS = ['left', 'newest'] as const
export type Start = (typeof STARTS)[number]

const WITH_CTRL = 'advanced_settings/send_on_ctrl_enter'
const CODE_WITH_CTRL = 'advanced_settings/code_block_ctrl_enter'
const START = 'advanced_settings/unread_scroll_position'
const NEWEST = 'start_from_newest'

/** What is on or off: where that is kept, and what holds until somebody chooses. */
export const SWITCHES = {
  /** Who joined and left is told in the channel. */
  comings: { at: 'advanced_settings/join_leave', first: true },
  /** Below a message stands what the page is about that it links to. */
  previews: { at: 'display_settings/link_previews', first: true },
  /** Pictures are folded until somebody opens them. */
  folded: { at: 'display_settings/collapse_previews', first: false },
  /** Signs such as `:)` are drawn as emoji. */
  emoticons: { at: 'display_settings/render_emoticons_as_emoji', first: true },
  /** The bar of a message offers the emoji that were used last. */
  reactions: { at: 'display_settings/one_click_reactions_enabled', first: true },
} as const satisfies Record<string, { at: PreferenceKey; first: boolean }>
export type Switch = keyof typeof SWITCHES

/** Every preference that is followed here. */
export const HABIT_PLACES: readonly PreferenceKey[] = [
  WITH_CTRL,
  CODE_WITH_CTRL,
  START,
  ...Object.values(SWITCHES).map(s => s.at),
]

export class Habits {
  /** Each is a signal of its own, so that what is drawn by one of them is not drawn anew for others. */
  private readonly switches: Readonly<Record<Switch, ReadonlySignal<boolean>>>
  /** How often all pictures were folded or unfolded at once, here or elsewhere: what was opened before is forgotten. */
  readonly folds = signal(0)

  constructor(
    private readonly c: Pick<Context, 'store'>,
    private readonly preferences: Pick<Preferences, 'set'>,
  ) {
    const names = Object.keys(SWITCHES) as Switch[]
    this.switches = Object.fromEntries(
      names.map(s => [s, computed(() => this.isOn(SWITCHES[s].at, SWITCHES[s].first))]),
    ) as Record<Switch, ReadonlySignal<boolean>>
  }

  private isOn(key: PreferenceKey, first: boolean): boolean {
    const said = this.c.store.preferences.value.get(key)
    return said === undefined || said === '' ? first : said === 'true'
  }

  readonly sending = computed<Sending>(() => {
    if (this.isOn(WITH_CTRL, false)) return 'ctrl'
    return this.isOn(CODE_WITH_CTRL, true) ? 'code' : 'enter'
  })

  readonly start = computed<Start>(() =>
    this.c.store.preferences.value.get(START) === NEWEST ? 'newest' : 'left',
  )

  has(s: Switch): boolean {
    return this.switches[s].value
  }

  /** Holds at once, and is told to the server as soon as that is possible. */
  turn(s: Switch, on: boolean): Promise<void> {
    return this.preferences.set({ [SWITCHES[s].at]: String(on) })
  }

  setSending(by: Sending): Promise<void> {
    return this.preferences.set({
      [WITH_CTRL]: String(by === 'ctrl'),
      [CODE_WITH_CTRL]: String(by !== 'enter'),
    })
  }

  setStart(at: Start): Promise<void> {
    return this.preferences.set({ [START]: at === 'newest' ? NEWEST : 'start_from_left_off' })
  }

  /** `/collapse` and `/expand` hold for all pictures, those included that are as the account already had it. */
  heard(e: SocketEvent): void {
    const told = e.event === 'preferences_changed' ? e.data['preferences'] : undefined
    if (typeof told === 'string' && told.includes('"collapse_previews"')) this.folds.value += 1
  }

  reset(): void {
    this.folds.value += 1
  }
}

/** Whether what follows is code: three backticks were opened and not closed. */
export const inCode = (before: string): boolean => before.split('```').length % 2 === 0

interface Pressed {
  key: string
  shiftKey: boolean
  ctrlKey: boolean
  metaKey: boolean
}

/** Whether a key sends what is written, with `before` standing before the caret. */
export function sends(e: Pressed, by: Sending, before: string): boolean {
  if (e.key !== 'Enter' || e.shiftKey) return false
  if (e.ctrlKey || e.metaKey || by === 'enter') return true
  return by === 'code' && !inCode(before)
}

/** The stroke that sends where the caret is. */
export const sendStroke = (by: Sending, before: string): string =>
  by === 'ctrl' || (by === 'code' && inCode(before)) ? 'Mod+Enter' : 'Enter'

/** Whether somebody is named in what the server says of comings and goings; of themselves everybody is told. */
export const isNamedIn = (p: Pick<Post, 'props'>, username: string): boolean =>
  username !== '' &&
  ['username', 'addedUsername', 'removedUsername'].some(name => p.props?.[name] === username)
