/** The parts of the window, between which F6 goes, and where the focus goes when what had it is no more. */

import { keyOf } from '@fieldpost/core'

/** In the order they are read; where a part is not there, it is passed over. */
const REGIONS = [
  '.side',
  'main.room > header',
  'main .vlist, main.room > .scroll, main.room > div .scroll',
  'main .composer',
  '.thread > .scroll',
  '.thread .composer',
  '.panel',
]

/** Where the focus was in a part when it was left. */
const left = new WeakMap<Element, HTMLElement>()

const shown = (el: Element): boolean => el.getClientRects().length > 0 && !el.closest('[inert]')

function regions(): HTMLElement[] {
  return REGIONS.flatMap(s => {
    const el = [...document.querySelectorAll<HTMLElement>(s)].find(
      x => shown(x) && getComputedStyle(x).visibility !== 'hidden',
    )
    return el ? [el] : []
  })
}

/** What takes the focus in a part that was not visited before. */
function entrance(region: HTMLElement): HTMLElement {
  const before = left.get(region)
  if (before?.isConnected && region.contains(before) && shown(before)) return before
  const rows = [...region.querySelectorAll<HTMLElement>('[data-row]')]
  const first = (selector: string) => [...region.querySelectorAll<HTMLElement>(selector)].find(shown)
  const inside =
    rows.at(-1) ?? first('textarea, [aria-current="page"]') ?? first('a[href], button:not([disabled]), input')
  return inside ?? region
}

export function stepRegion(by: 1 | -1): void {
  const all = regions()
  const active = document.activeElement
  const i = all.findIndex(r => r.contains(active))
  const here = all[i]
  if (here && active instanceof HTMLElement) left.set(here, active)
  const next = all[i < 0 ? (by > 0 ? 0 : all.length - 1) : (i + by + all.length) % all.length]
  if (!next) return
  const el = entrance(next)
  if (el.tabIndex < 0 && !el.hasAttribute('tabindex')) el.tabIndex = -1
  el.focus()
  el.scrollIntoView({ block: 'nearest' })
}

/** Arrow keys among the messages of a thread; a channel's own list draws its rows as they are walked to. */
export function walkThread(e: KeyboardEvent): boolean {
  const by = { arrowdown: 1, j: 1, arrowup: -1, k: -1 }[keyOf(e)]
  const el = document.activeElement
  if (
    by === undefined ||
    e.altKey ||
    e.ctrlKey ||
    e.metaKey ||
    !el?.matches('.thread > .scroll, .thread [data-row]')
  )
    return false
  const rows = [...document.querySelectorAll<HTMLElement>('.thread [data-row]')]
  const i = rows.indexOf(el as HTMLElement)
  const next = i < 0 ? rows.at(by > 0 ? 0 : -1) : rows[i + by]
  next?.focus()
  return true
}

const field = (scope: string): HTMLTextAreaElement | null =>
  document.querySelector<HTMLTextAreaElement>(`${scope} .composer textarea`)

/** Where one writes: in the thread if that is where the focus is, else in the channel. */
export const composer = (): HTMLTextAreaElement | null =>
  (document.activeElement?.closest('.thread') ? field('.thread') : null) ?? field('main') ?? field('.thread')

/** The dialog or menu that lies over the window: nothing below it can be reached. */
export const onTop = (): HTMLElement | undefined =>
  [...document.querySelectorAll<HTMLElement>('dialog:modal, :popover-open')].at(-1)

/** Where the focus goes when what had it is gone: what is on top, a place to write, or else the part to read. */
export function home(): HTMLElement | undefined {
  const top = onTop()
  if (top)
    return (
      [...top.querySelectorAll<HTMLElement>('textarea, input, button')].find(
        x => shown(x) && !x.closest('header'),
      ) ?? top
    )
  const writing = matchMedia('(hover: hover)').matches ? composer() : null
  if (writing && shown(writing)) return writing
  return regions().find(r => r.closest('main') && !r.matches('header')) ?? regions()[0]
}

/** Sees to it that the focus is not lost with what had it: a message that is deleted, for one. */
export function keepFocus(): () => void {
  let last: Element | null = null
  const note = () => {
    last = document.activeElement
  }
  const look = () => {
    if (!last || last.isConnected || document.activeElement !== document.body) return
    last = null
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) home()?.focus({ preventScroll: true })
    })
  }
  const watch = new MutationObserver(look)
  watch.observe(document.body, { childList: true, subtree: true })
  addEventListener('focusin', note)
  return () => {
    watch.disconnect()
    removeEventListener('focusin', note)
  }
}
