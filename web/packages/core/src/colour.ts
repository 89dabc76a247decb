/** Colours as numbers: how bright they are, and whether one can be read on another. */

/** Red, green and blue, each from 0 to 255. */
export type Rgb = readonly [number, number, number]

/** What `#rgb` or `#rrggbb` means; nothing if it is neither. */
export function rgbOf(text: string): Rgb | undefined {
  const m = /^#(?:([0-9a-f])([0-9a-f])([0-9a-f])|([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2}))$/i.exec(text.trim())
  if (!m) return undefined
  const two = (short: string | undefined, long: string | undefined) =>
    Number.parseInt(short ? short + short : (long ?? '0'), 16)
  return [two(m[1], m[4]), two(m[2], m[5]), two(m[3], m[6])]
}

export const hexOf = (c: Rgb): string =>
  `#${c
    .map(x =>
      Math.round(Math.min(255, Math.max(0, x)))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`

/** The colour in the form that all of this uses; black if it is none. */
const sure = (text: string): Rgb => rgbOf(text) ?? [0, 0, 0]

/** How bright a colour is to the eye, from 0 to 1, as WCAG has it. */
export function luminance(colour: string): number {
  const [r, g, b] = sure(colour).map(x => {
    const s = x / 255
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** The contrast of two colours, from 1 to 21. */
export function contrast(a: string, b: string): number {
  const [dark, bright] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (bright + 0.05) / (dark + 0.05)
}

/** So much of `b` in `a`, from 0 to 1. */
export function mix(a: string, b: string, part: number): string {
  const x = sure(a)
  const y = sure(b)
  return hexOf([0, 1, 2].map(i => (x[i] ?? 0) * (1 - part) + (y[i] ?? 0) * part) as unknown as Rgb)
}

export const isDark = (colour: string): boolean => luminance(colour) < 0.18

/** The colour, or as little nearer to black or white as it takes to be read on all the grounds. */
export function readable(colour: string, grounds: readonly string[], least = 4.5): string {
  const worst = (c: string) => Math.min(...grounds.map(g => contrast(c, g)))
  if (worst(colour) >= least) return colour
  const end = worst('#000000') > worst('#ffffff') ? '#000000' : '#ffffff'
  for (let part = 0.05; part < 1; part += 0.05) {
    const c = mix(colour, end, part)
    if (worst(c) >= least) return c
  }
  return end
}
