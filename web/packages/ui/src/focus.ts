/** The focus is never lost: what is closed gives it back, and where that is gone the application says where to. */

let home: () => HTMLElement | undefined = () => undefined

/** Says where the focus goes when what had it is no more. */
export function setHome(f: () => HTMLElement | undefined): void {
  home = f
}

const takes = (el: Element | null): el is HTMLElement =>
  el instanceof HTMLElement && el !== document.body && el.isConnected && el.getClientRects().length > 0

const lost = (): boolean => !document.activeElement || document.activeElement === document.body

/** Gives the focus back to what had it before, once what took it is off the screen. */
export function giveBack(to: Element | null): void {
  if (takes(to)) to.focus({ preventScroll: true })
  requestAnimationFrame(() => {
    if (!lost()) return
    if (takes(to)) to.focus({ preventScroll: true })
    if (lost()) home()?.focus({ preventScroll: true })
  })
}

/** Remembers what has the focus, and where in it the caret is; the answer gives both back. */
export function holdFocus(): () => void {
  const held = document.activeElement
  const field = held instanceof HTMLTextAreaElement ? held : undefined
  const before = field && ([field.value, field.selectionStart, field.selectionEnd] as const)
  return () => {
    giveBack(held)
    if (!field || !before || document.activeElement !== field) return
    const [text, from, to] = before
    // Under a dialog a field loses its caret, and a browser that gives it the focus alone leaves it without one.
    if (field.value === text) field.setSelectionRange(from, to)
    else field.setSelectionRange(field.selectionStart, field.selectionEnd)
  }
}
