/** Themes of one's own, in the form that people of Mattermost paste to each other. */
import { contrast, isDark, mix, readable, rgbOf } from './colour.ts'

const COLOURS = [
  'sidebarBg',
  'sidebarText',
  'sidebarUnreadText',
  'sidebarTextHoverBg',
  'sidebarTextActiveBorder',
  'sidebarTextActiveColor',
  'sidebarHeaderBg',
  'sidebarHeaderTextColor',
  'sidebarTeamBarBg',
  'onlineIndicator',
  'awayIndicator',
  'dndIndicator',
  'mentionBg',
  'mentionColor',
  'centerChannelBg',
  'centerChannelColor',
  'newMessageSeparator',
  'linkColor',
  'buttonBg',
  'buttonColor',
  'errorTextColor',
  'mentionHighlightBg',
  'mentionHighlightLink',
] as const
type Colour = (typeof COLOURS)[number]
export type ThemeColours = Readonly<Record<Colour, string>>

export type Base = 'light' | 'dark'
export const BASES: Record<Base, ThemeColours> = {
  light: {
    sidebarBg: '#f3f5f7',
    sidebarText: '#4d5865',
    sidebarUnreadText: '#1b222a',
    sidebarTextHoverBg: '#e4e9ee',
    sidebarTextActiveBorder: '#0b6e74',
    sidebarTextActiveColor: '#1b222a',
    sidebarHeaderBg: '#f3f5f7',
    sidebarHeaderTextColor: '#1b222a',
    sidebarTeamBarBg: '#e7ebef',
    onlineIndicator: '#17803d',
    awayIndicator: '#b87500',
    dndIndicator: '#b3261e',
    mentionBg: '#c23a22',
    mentionColor: '#ffffff',
    centerChannelBg: '#ffffff',
    centerChannelColor: '#1b222a',
    newMessageSeparator: '#b3341f',
    linkColor: '#0a6570',
    buttonBg: '#0b6e74',
    buttonColor: '#ffffff',
    errorTextColor: '#b3261e',
    mentionHighlightBg: '#fff1cf',
    mentionHighlightLink: '#6d4a00',
  },
  dark: {
    sidebarBg: '#0f1216',
    sidebarText: '#a6b0bb',
    sidebarUnreadText: '#e5e9ed',
    sidebarTextHoverBg: '#262c35',
    sidebarTextActiveBorder: '#4cc2c4',
    sidebarTextActiveColor: '#e5e9ed',
    sidebarHeaderBg: '#0f1216',
    sidebarHeaderTextColor: '#e5e9ed',
    sidebarTeamBarBg: '#0a0c0f',
    onlineIndicator: '#57cf83',
    awayIndicator: '#f0b13f',
    dndIndicator: '#ff9488',
    mentionBg: '#ff7d64',
    mentionColor: '#2d0902',
    centerChannelBg: '#14171c',
    centerChannelColor: '#e5e9ed',
    newMessageSeparator: '#ff8f79',
    linkColor: '#6bcfd6',
    buttonBg: '#4cc2c4',
    buttonColor: '#06282a',
    errorTextColor: '#ff9488',
    mentionHighlightBg: '#3d3215',
    mentionHighlightLink: '#f2cf79',
  },
}

export const baseOf = (t: ThemeColours): Base => (isDark(t.centerChannelBg) ? 'dark' : 'light')

/** What a theme written as text says; nothing if it is none. What it leaves out is as in light or dark. */
export function parseTheme(text: string): ThemeColours | undefined {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof said !== 'object' || said === null || Array.isArray(said)) return undefined
  const given = { ...said } as Record<string, unknown>
  // Older themes have a letter wrong in this one.
  given['mentionBg'] ??= given['mentionBj']
  const colours = COLOURS.flatMap(c => {
    const v = given[c]
    return typeof v === 'string' && rgbOf(v) ? [[c, v.trim().toLowerCase()] as const] : []
  })
  if (colours.length === 0) return undefined
  const own = Object.fromEntries(colours) as Partial<Record<Colour, string>>
  const base = BASES[isDark(own.centerChannelBg ?? '#ffffff') ? 'dark' : 'light']
  const bar = own.sidebarTeamBarBg ?? own.sidebarHeaderBg ?? own.sidebarBg ?? base.sidebarTeamBarBg
  return { ...base, ...own, sidebarTeamBarBg: bar }
}

/** The theme as text, as other clients take it. */
export const themeText = (t: ThemeColours): string =>
  JSON.stringify({
    type: 'custom',
    ...t,
    mentionBj: t.mentionBg,
    codeTheme: isDark(t.centerChannelBg) ? 'monokai' : 'github',
  })

/** The theme with another accent: what is pressed and followed. */
export function withAccent(t: ThemeColours, accent: string): ThemeColours {
  const on = contrast(accent, '#ffffff') >= contrast(accent, '#0b0f12') ? '#ffffff' : '#0b0f12'
  return {
    ...t,
    buttonBg: accent,
    buttonColor: on,
    linkColor: readable(accent, [t.centerChannelBg]),
    sidebarTextActiveBorder: accent,
  }
}

/** The theme with another sidebar. */
export const withSidebar = (t: ThemeColours, ground: string, text: string): ThemeColours => ({
  ...t,
  sidebarBg: ground,
  sidebarHeaderBg: ground,
  sidebarTeamBarBg: mix(ground, '#000000', isDark(ground) ? 0.25 : 0.06),
  sidebarTextHoverBg: mix(ground, text, 0.1),
  sidebarText: text,
  sidebarUnreadText: text,
  sidebarHeaderTextColor: text,
  sidebarTextActiveColor: text,
})

export type Pair = 'text' | 'link' | 'button' | 'side' | 'active' | 'mention'
export interface Warning {
  pair: Pair
  ratio: number
  least: number
}

const activeGround = (t: ThemeColours): string => mix(t.sidebarBg, t.sidebarTextActiveBorder, 0.22)

/** What of a theme is hard to read. */
export function warningsOf(t: ThemeColours, least = 4.5): Warning[] {
  const pairs: [Pair, string, string][] = [
    ['text', t.centerChannelColor, t.centerChannelBg],
    ['link', t.linkColor, t.centerChannelBg],
    ['button', t.buttonColor, t.buttonBg],
    ['side', t.sidebarText, t.sidebarBg],
    ['active', t.sidebarTextActiveColor, activeGround(t)],
    ['mention', t.mentionColor, t.mentionBg],
  ]
  return pairs.flatMap(([pair, a, b]) => {
    const ratio = contrast(a, b)
    return ratio < least ? [{ pair, ratio, least }] : []
  })
}

/** The colours of the client, made of those of a theme. What a theme does not name is read well in any. */
export function tokensOf(t: ThemeColours): Record<string, string> {
  const bg = t.centerChannelBg
  const text = t.centerChannelColor
  const tint = (part: number) => mix(bg, text, part)
  const grounds = [bg, tint(0.1)]
  const side = t.sidebarBg
  return {
    '--bg': bg,
    '--bg-raised': isDark(bg) ? tint(0.05) : bg,
    '--bg-sunken': tint(0.03),
    '--bg-hover': tint(0.04),
    '--bg-press': tint(0.1),
    '--bg-active': mix(bg, t.buttonBg, 0.14),
    '--line': tint(0.15),
    '--line-strong': readable(tint(0.5), [bg], 3),
    '--text': text,
    '--text-2': readable(tint(0.75), grounds),
    '--text-3': readable(tint(0.68), grounds),
    '--accent': readable(t.buttonBg, [bg], 3),
    '--accent-strong': readable(mix(t.buttonBg, text, 0.25), [mix(bg, t.buttonBg, 0.1), bg]),
    '--on-accent': t.buttonColor,
    '--accent-soft': mix(bg, t.buttonBg, 0.1),
    '--link': t.linkColor,
    '--mention-bg': t.mentionHighlightBg,
    '--mention-text': readable(t.mentionHighlightLink, [t.mentionHighlightBg]),
    '--new': readable(t.newMessageSeparator, grounds),
    '--badge': t.mentionBg,
    '--on-badge': t.mentionColor,
    '--danger': readable(t.errorTextColor, [bg, mix(bg, t.errorTextColor, 0.1)]),
    '--danger-soft': mix(bg, t.errorTextColor, 0.1),
    '--ok': t.onlineIndicator,
    '--away': t.awayIndicator,
    '--focus': readable(t.buttonBg, [bg, side], 3),
    '--bg-side': side,
    '--bg-rail': t.sidebarTeamBarBg,
    '--side-text': t.sidebarUnreadText,
    '--side-text-2': t.sidebarText,
    '--side-text-3': readable(mix(t.sidebarText, side, 0.15), [side]),
    '--side-press': t.sidebarTextHoverBg,
    '--side-active': activeGround(t),
    '--side-active-text': t.sidebarTextActiveColor,
    '--side-line': mix(side, t.sidebarText, 0.25),
    '--side-accent': readable(t.sidebarTextActiveBorder, [side], 3),
    '--side-scheme': isDark(side) ? 'dark' : 'light',
  }
}
