/** Faces made of signs, as people type them, and the emoji that they mean. */

const MEANT: Readonly<Record<string, string>> = {
  ':)': 'slightly_smiling_face',
  ';)': 'wink',
  ':d': 'smile',
  xd: 'laughing',
  ':o': 'open_mouth',
  ':(': 'disappointed',
  ":'(": 'cry',
  ':p': 'stuck_out_tongue',
  ':|': 'neutral_face',
  ':/': 'confused',
  ':*': 'kissing_heart',
  ':$': 'flushed',
  ':@': 'rage',
  '8)': 'sunglasses',
  'o:)': 'innocent',
  '<3': 'heart',
  '</3': 'broken_heart',
}

/** With a nose or without; an eight and the letters of a laugh only with one, or they are what they are. */
const FACE = /(?:O:-?\)|:'-?\(|:-?[()/*$@|DOP]|;-?\)|8-\)|x-?D|<\/?3)(?=$|[\s.,!?)])/iy

/** The emoticon that stands at `i`, where white space, a bracket or nothing is before it. */
export function emoticonAt(s: string, i: number): { name: string; end: number } | undefined {
  if (i > 0 && !/[\s(]/.test(s.charAt(i - 1))) return undefined
  FACE.lastIndex = i
  const typed = FACE.exec(s)?.[0]
  const name = typed && MEANT[typed.toLowerCase().replace('-', '')]
  return name ? { name, end: i + typed.length } : undefined
}
