/** Dragging channels with a mouse, or with a finger that rested on one. */
import { signal } from '@fieldpost/core'
import { useEffect, useRef } from 'preact/hooks'

export interface Held {
  id: string
  title: string
  x: number
  y: number
  /** The heading under the pointer, and the place among its channels; -1 where they are folded away. */
  group: string
  at: number
}

/** What is being dragged. */
export const held = signal<Held | undefined>(undefined)

const REST_MS = 350
const SLACK = 6
const EDGE = 36

/** Which place of which heading a point is at. */
function placeAt(root: HTMLElement, x: number, y: number): { group: string; at: number } {
  const hit = document.elementFromPoint(x, y)
  const section = hit?.closest<HTMLElement>('[data-group]')
  if (!section || !root.contains(section)) return { group: '', at: -1 }
  const rows = [...section.querySelectorAll<HTMLElement>('[data-chan]')]
  const folded = section.dataset['folded'] !== undefined
  const before = rows.filter(r => {
    const box = r.getBoundingClientRect()
    return y > box.top + box.height / 2
  }).length
  return { group: section.dataset['group'] ?? '', at: folded ? -1 : before }
}

interface Pressed {
  id: string
  title: string
  x: number
  y: number
  pointer: number
  timer: number
}

/** Listens on the list. A press that became a drag opens nothing. */
export function useDragging(drop: (h: Held) => void): (el: HTMLElement | null) => void {
  const root = useRef<HTMLElement | null>(null)
  const dropped = useRef(drop)
  dropped.current = drop
  useEffect(() => {
    const el = root.current
    return el ? listen(el, h => dropped.current(h)) : undefined
  }, [])
  return el => {
    root.current = el
  }
}

function listen(el: HTMLElement, drop: (h: Held) => void): () => void {
  let pressed: Pressed | undefined
  const end = () => {
    if (pressed) clearTimeout(pressed.timer)
    pressed = undefined
    held.value = undefined
  }
  const begin = (p: Pressed, x: number, y: number) => {
    clearTimeout(p.timer)
    el.setPointerCapture(p.pointer)
    held.value = { id: p.id, title: p.title, x, y, ...placeAt(el, x, y) }
  }
  const down = (e: PointerEvent) => {
    const target = e.target as Element
    const row = target.closest<HTMLElement>('[data-chan]')
    if (!row || !e.isPrimary || e.button !== 0 || target.closest('button')) return
    const p: Pressed = {
      id: row.dataset['chan'] ?? '',
      title: row.dataset['title'] ?? '',
      x: e.clientX,
      y: e.clientY,
      pointer: e.pointerId,
      timer: 0,
    }
    pressed = p
    // A finger that moves at once scrolls; one that rests picks up.
    if (e.pointerType !== 'mouse') p.timer = window.setTimeout(() => begin(p, p.x, p.y), REST_MS)
  }
  const move = (e: PointerEvent) => {
    if (!pressed || e.pointerId !== pressed.pointer) return
    const { clientX: x, clientY: y } = e
    if (!held.peek()) {
      if (Math.hypot(x - pressed.x, y - pressed.y) < SLACK) return
      if (e.pointerType !== 'mouse') return end()
      begin(pressed, x, y)
    }
    const box = el.getBoundingClientRect()
    if (y < box.top + EDGE) el.scrollBy(0, -8)
    else if (y > box.bottom - EDGE) el.scrollBy(0, 8)
    held.value = { id: pressed.id, title: pressed.title, x, y, ...placeAt(el, x, y) }
  }
  const up = () => {
    const h = held.peek()
    if (h) {
      // The press that ends a drag is no press on what lies under it.
      const swallow = (e: Event) => {
        e.preventDefault()
        e.stopPropagation()
      }
      el.addEventListener('click', swallow, { capture: true, once: true })
      setTimeout(() => el.removeEventListener('click', swallow, { capture: true }), 0)
      if (h.group) drop(h)
    }
    end()
  }
  const still = (e: Event) => {
    if (held.peek()) e.preventDefault()
  }
  const key = (e: KeyboardEvent) => {
    if (e.key !== 'Escape' || !held.peek()) return
    e.stopPropagation()
    end()
  }
  const on: [EventTarget, string, EventListener, AddEventListenerOptions?][] = [
    [el, 'pointerdown', down as EventListener],
    [el, 'pointermove', move as EventListener],
    [el, 'pointerup', up],
    [el, 'pointercancel', end],
    [el, 'touchmove', still, { passive: false }],
    [el, 'contextmenu', still],
    [el, 'dragstart', e => e.preventDefault()],
    [document, 'keydown', key as EventListener, { capture: true }],
  ]
  for (const [at, name, f, o] of on) at.addEventListener(name, f, o)
  return () => {
    for (const [at, name, f, o] of on) at.removeEventListener(name, f, o)
    end()
  }
}
