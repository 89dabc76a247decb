/** Names of emoji. A few are always here; the rest come with the picker. */
import { signal } from '@preact/signals'

const COMMON =
  '+1 👍 -1 👎 heart ❤️ smile 😄 laughing 😆 joy 😂 tada 🎉 eyes 👀 white_check_mark ✅ x ❌ pray 🙏 clap 👏 fire 🔥 rocket 🚀 wave 👋 thinking 🤔 slightly_smiling_face 🙂 disappointed 😞 warning ⚠️ anchor ⚓ ok_hand 👌 100 💯 question ❓ thumbsup 👍 thumbsdown 👎 wink 😉 open_mouth 😮 cry 😢 stuck_out_tongue 😛 neutral_face 😐 confused 😕 kissing_heart 😘 flushed 😳 rage 😡 sunglasses 😎 innocent 😇 broken_heart 💔'

const parse = (list: string): [string, string][] => {
  const words = list.split(' ')
  const out: [string, string][] = []
  for (let i = 0; i + 1 < words.length; i += 2) out.push([words[i] ?? '', words[i + 1] ?? ''])
  return out
}

const known = new Map(parse(COMMON))
/** Whether all emoji that have a letter are known, so that what is not among them is a picture or none. */
export const emojiLoaded = signal(false)
let loading: Promise<unknown> | undefined

export const QUICK = ['+1', 'white_check_mark', 'eyes', 'heart']

export function loadEmoji(): Promise<unknown> {
  loading ??= import('./emoji-data.ts').then(m => {
    for (const g of m.groups)
      for (const [name, ch] of parse(g.list)) if (!known.has(name)) known.set(name, ch)
    emojiLoaded.value = true
  })
  return loading
}

const TONE_SIGNS: Readonly<Record<string, string>> = {
  light: '🏻',
  medium_light: '🏼',
  medium: '🏽',
  medium_dark: '🏾',
  dark: '🏿',
}
const TONED = /^(.+?)_(light|medium_light|medium|medium_dark|dark)_skin_tone$/
const HANDS = new Set(
  'wave raised_hand vulcan_salute ok_hand v crossed_fingers metal call_me_hand point_left point_right point_up_2 point_down +1 -1 thumbsup thumbsdown fist facepunch clap raised_hands open_hands pray writing_hand muscle shrug facepalm'.split(
    ' ',
  ),
)

/** The emoji in the colour of somebody's hands, where it shows any. */
export const toned = (name: string, tone: string): string =>
  tone && HANDS.has(name) ? `${name}_${tone}_skin_tone` : name

function letter(name: string): string | undefined {
  const m = TONED.exec(name)
  const base = known.get(m?.[1] ?? name)
  return m && base ? base.replace('\ufe0f', '') + (TONE_SIGNS[m[2] ?? ''] ?? '') : base
}

/** The character, or nothing while its name is not known. */
export function emojiFor(name: string): string | undefined {
  const ch = letter(name)
  if (!ch && !emojiLoaded.value) void loadEmoji().catch(() => {})
  return ch
}

/** Every emoji that is known by now whose name has these letters in it, those that begin with them first. */
export function emojiLike(letters: string): readonly [string, string][] {
  const rank = (name: string) => (name === letters ? 0 : name.startsWith(letters) ? 1 : 2)
  return [...known].filter(([name]) => name.includes(letters)).sort(([a], [b]) => rank(a) - rank(b))
}

export const parseGroup = parse
