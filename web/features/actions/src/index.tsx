/** What can be done, to look through and to do, and the keys for it. */
export { Help } from './help.tsx'
export { Palette } from './palette.tsx'
