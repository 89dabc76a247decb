/** Puts what the reader chose on the page: colours, density, motion, how times and names are written, the language. */
import {
  type Client,
  chosenZone,
  contrast,
  effect,
  isDark,
  type Look,
  manner,
  signal,
  THEMES,
  type ThemeColours,
  type ThemeName,
  tokensOf,
} from '@fieldpost/core'
import type { LookOfHere } from '@fieldpost/parts'
import { fromRight, languageOf, speak, tongue } from '@fieldpost/words'

const KEPT = 'fieldpost.look'
const OWN = 'fieldpost.theme.here'

/** A theme that holds on this device only, if its reader wants that. */
const themeHere = signal<ThemeName | undefined>(THEMES.find(t => t === localStorage.getItem(OWN)))

function setThemeHere(theme: ThemeName | undefined): void {
  themeHere.value = theme
  if (theme) localStorage.setItem(OWN, theme)
  else localStorage.removeItem(OWN)
}

/** Colours that are being tried, before anybody decided on them. */
const trying = signal<ThemeColours | undefined>(undefined)

/** The custom properties that were set last, to be taken away again. */
let worn: string[] = [...document.documentElement.style]

function wear(tokens: Record<string, string>): void {
  const { style } = document.documentElement
  for (const name of worn) style.removeProperty(name)
  worn = Object.keys(tokens)
  for (const name of worn) style.setProperty(name, tokens[name] ?? '')
}

/** The custom properties of a theme of one's own, those included that what opens over the sidebar goes back to. */
function allTokens(colours: ThemeColours): Record<string, string> {
  const tokens = tokensOf(colours)
  const shared = [
    'text',
    'text-2',
    'text-3',
    'bg',
    'bg-press',
    'bg-active',
    'bg-sunken',
    'bg-hover',
    'line',
    'line-strong',
    'accent',
  ]
  for (const name of shared) tokens[`--own-${name}`] = tokens[`--${name}`] ?? ''
  const dark = isDark(colours.centerChannelBg)
  tokens['--own-scheme'] = dark ? 'dark' : 'light'
  const danger = tokens['--danger'] ?? ''
  tokens['--on-danger'] = contrast(danger, '#ffffff') > contrast(danger, '#000000') ? '#ffffff' : '#000000'
  return tokens
}

interface Dress {
  theme: string
  own: string
  density: string
  motion: string
  tokens: Record<string, string>
}

function dressOf(look: Look, theme: ThemeName, tried: ThemeColours | undefined): Dress {
  const colours = tried ?? (theme === 'custom' ? look.colours : undefined)
  return {
    theme: colours
      ? isDark(colours.centerChannelBg)
        ? 'dark'
        : 'light'
      : theme === 'custom'
        ? 'system'
        : theme,
    own: colours ? 'own' : '',
    density: look.density,
    motion: look.motion,
    tokens: colours ? allTokens(colours) : {},
  }
}

function put(d: Dress): void {
  const { dataset } = document.documentElement
  const set = (name: 'theme' | 'own' | 'density' | 'motion', value: string, plain: string) => {
    if (value === plain) delete dataset[name]
    else dataset[name] = value
  }
  set('theme', d.theme, 'system')
  set('own', d.own, '')
  set('density', d.density, 'comfortable')
  set('motion', d.motion, 'system')
  wear(d.tokens)
  tint()
}

/** The bar that a phone draws above the page has the page's colour: a white one would end somebody's night vision. */
function tint(): void {
  const colour = getComputedStyle(document.documentElement).getPropertyValue('--bg-side').trim()
  const { theme, own } = document.documentElement.dataset
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
    meta.dataset['plain'] ??= meta.content
    // With light-dark() the two of the page itself are right.
    meta.content = theme === 'night' || own ? colour : (meta.dataset['plain'] ?? '')
  }
}

function keep(d: Dress): void {
  const { language } = tongue.peek()
  const dir = fromRight(language) ? 'rtl' : 'ltr'
  const { theme, own, density, motion, tokens } = d
  localStorage.setItem(
    KEPT,
    JSON.stringify({
      language,
      dir,
      tokens,
      ...(theme !== 'system' && { theme }),
      ...(own && { own }),
      ...(density !== 'comfortable' && { density }),
      ...(motion !== 'system' && { motion }),
    }),
  )
}

/** The language of who was here last, or one that the browser asks for. */
export async function speakFirst(): Promise<void> {
  let last: string | undefined
  try {
    last = (JSON.parse(localStorage.getItem(KEPT) ?? '{}') as { language?: string }).language
  } catch {}
  const language = [last, ...navigator.languages].map(languageOf).find(Boolean) ?? 'en'
  await speak(language, navigator.languages).catch(() => {})
}

export const lookOf = (client: Client): LookOfHere => ({
  theme: () => themeHere.value ?? client.looks.look.value.theme,
  setTheme: theme => {
    if (themeHere.peek()) setThemeHere(theme)
    else void client.looks.set('theme', theme)
  },
  here: themeHere,
  setHere: setThemeHere,
  trying,
})

/** Follows what the reader chose, here and on other devices. */
export function dress(client: Client): () => void {
  const { store, looks, phase } = client
  const stop = [
    effect(() => {
      if (phase.value !== 'ready' || !looks.known.value) return
      const look = looks.look.value
      const d = dressOf(look, look.settled.theme ? look.theme : (themeHere.value ?? look.theme), trying.value)
      put(d)
      tongue.value
      if (!trying.value) keep(d)
      manner.value = { clock: look.clock, names: look.names, zone: chosenZone(store.me.value) }
    }),
    effect(() => {
      const language = languageOf(store.me.value?.locale)
      if (language) void speak(language, navigator.languages).catch(() => {})
    }),
    effect(() => {
      const { language, locale } = tongue.value
      document.documentElement.lang = locale ?? language
      document.documentElement.dir = fromRight(language) ? 'rtl' : 'ltr'
    }),
  ]
  return () => stop.map(f => f())
}
