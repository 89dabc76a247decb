/** Walking through a list with the arrow keys. */
export function stepThrough(e: KeyboardEvent & { currentTarget: EventTarget | null }): void {
  const by = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[e.key]
  if (by === undefined || !(e.currentTarget instanceof Element) || isField(e.target)) return
  const all = [...e.currentTarget.querySelectorAll<HTMLElement>('.entry')]
  const next = all[all.indexOf(document.activeElement as HTMLElement) + by]
  if (!next) return
  e.preventDefault()
  next.focus()
}

const isField = (x: EventTarget | null): boolean =>
  x instanceof HTMLInputElement || x instanceof HTMLTextAreaElement
