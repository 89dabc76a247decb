import type { ComponentChild, Ref, VNode } from 'preact'
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Heights } from './heights.ts'

/** So much is drawn above and below the view, once what is in view was shown. */
const OVERSCAN = 500
const NEAR = 900
/** How high the last list was, until the next one is measured. */
let lastView = 800
/** Air below the last row. */
const TAIL = 14

export interface VirtualListHandle {
  toBottom(): void
  toKey(key: string, focus?: boolean): void
  /** Draws the row and gives it the focus: keyboard steps may leave the drawn part. */
  step(from: Element | null, by: number): void
}

interface Props<T extends { key: string }> {
  items: readonly T[]
  render: (item: T) => ComponentChild
  label: string
  estimate?: number
  /** Row to begin at; without it, the end. */
  startAt?: string | undefined
  /** Nothing follows the last row, so that whoever is there follows what comes. */
  whole: boolean
  onNearTop?: () => void
  onNearBottom?: () => void
  onAtBottom?: (yes: boolean) => void
  /** Told which row is at the top of the view. */
  onTop?: (key: string) => void
  handle?: Ref<VirtualListHandle>
}

interface Made<T> {
  item: T
  row: VNode
}

/** Whether two items say the same. */
function alike<T extends object>(a: T, b: T): boolean {
  if (a === b) return true
  const names = Object.keys(a) as (keyof T)[]
  return names.length === Object.keys(b).length && names.every(n => a[n] === b[n])
}

const windowSize = (): string => `${innerWidth} ${innerHeight}`

const row = (key: string, children: ComponentChild) => (
  <div key={key} data-key={key}>
    {children}
  </div>
)

interface Anchor {
  key: string
  /** Distance of the row's top below the top of the view. */
  delta: number
}

/**
 * A long list of rows of unknown heights that is read from its end. The row at the top of the view is the
 * anchor: whatever is loaded or measured above it, it stays where the reader's eye is.
 */
export function VirtualList<T extends { key: string }>(p: Props<T>) {
  const el = useRef<HTMLDivElement>(null)
  const rows = useRef<HTMLDivElement>(null)
  const s = useRef({
    h: new Heights(p.estimate ?? 52),
    items: undefined as readonly T[] | undefined,
    anchor: undefined as Anchor | undefined,
    stick: p.startAt === undefined,
    start: p.startAt,
    atBottom: undefined as boolean | undefined,
    atTop: undefined as string | undefined,
    view: lastView,
    /** Of the window, as far as this list has followed it. */
    size: '',
    top: 0,
    drawn: [0, 0] as [first: number, last: number],
    overscan: 0,
    render: undefined as Props<T>['render'] | undefined,
    made: new Map<string, Made<T>>(),
  }).current
  const [, redraw] = useState(0)
  const props = useRef(p)
  props.current = p

  if (s.items !== p.items) {
    s.items = p.items
    s.h.setKeys(p.items.map(x => x.key))
  }
  if (s.start !== undefined) {
    if (s.h.index(s.start) !== undefined) {
      s.anchor = { key: s.start, delta: s.view / 3 }
      s.stick = false
      s.start = undefined
    } else if (p.items.length > 1) {
      s.start = undefined
      s.stick = true
    }
  }

  const wanted = (): number => {
    const max = Math.max(0, s.h.total() + TAIL - s.view)
    if (s.stick) return max
    const i = s.anchor && s.h.index(s.anchor.key)
    if (s.anchor === undefined || i === undefined) return Math.min(s.top, max)
    return Math.max(0, Math.min(max, s.h.offset(i) - s.anchor.delta))
  }

  const range = (): [first: number, last: number] => {
    const top = wanted()
    return [
      s.h.find(Math.max(0, top - s.overscan)),
      Math.min(s.h.count, s.h.find(top + s.view + s.overscan) + 1),
    ]
  }
  const [first, last] = range()

  // A row that was made and has not changed is the same element, and costs nothing while the reader scrolls.
  const before = s.render === p.render ? s.made : undefined
  s.render = p.render
  s.made = new Map()
  for (const item of p.items.slice(first, last)) {
    const old = before?.get(item.key)
    const same = old && alike(old.item, item)
    s.made.set(item.key, same ? old : { item, row: row(item.key, p.render(item)) })
  }

  const note = () => {
    const e = el.current
    if (!e) return
    s.top = e.scrollTop
    const i = s.h.find(s.top)
    const key = s.h.key(i)
    s.anchor = key === undefined ? undefined : { key, delta: s.h.offset(i) - s.top }
  }

  const edges = () => {
    const e = el.current
    if (!e || props.current.items.length === 0) return
    const left = e.scrollHeight - e.scrollTop - e.clientHeight
    const atBottom = left < 24
    if (left < 4 && props.current.whole) s.stick = true
    if (atBottom !== s.atBottom) {
      s.atBottom = atBottom
      props.current.onAtBottom?.(atBottom)
    }
    const topmost = s.h.key(s.h.find(e.scrollTop))
    if (topmost !== undefined && topmost !== s.atTop) {
      s.atTop = topmost
      props.current.onTop?.(topmost)
    }
    if (e.scrollTop < NEAR) props.current.onNearTop?.()
    if (left < NEAR) props.current.onNearBottom?.()
  }

  const measure = () => {
    for (const child of rows.current?.children ?? [])
      if (child instanceof HTMLElement && child.dataset['key'])
        s.h.measure(child.dataset['key'], child.getBoundingClientRect().height)
  }

  /**
   * Notes where the reader went, if they did. By itself the browser only keeps a list within its ends when sizes change;
   * whatever else moved it was a hand, though the sizes changed in the same moment. A window may have had sizes in
   * between that nobody was told of: after that it is not known, and the list is put back to where it was.
   */
  const follow = (): boolean => {
    const e = el.current
    if (!e) return false
    const size = windowSize()
    if (size !== s.size) {
      s.size = size
      return false
    }
    const kept = Math.min(s.top, Math.max(0, e.scrollHeight - e.clientHeight))
    if (Math.abs(e.scrollTop - kept) <= 1) return false
    if (e.scrollTop < kept) s.stick = false
    note()
    return true
  }

  // After each drawing: measure what is new, then put the anchor back where it was.
  const settle = () => {
    const e = el.current
    const r = rows.current
    if (!e || !r) return
    measure()
    // Asked for before anything is written: the browser would have to lay out again to say it.
    const now = e.scrollTop
    const space = r.parentElement
    if (space) space.style.height = `${s.h.total() + TAIL}px`
    const firstKey = (r.firstElementChild as HTMLElement | null)?.dataset['key']
    const at = firstKey === undefined ? undefined : s.h.index(firstKey)
    // A list shorter than the view rests at its end, above the composer.
    const slack = Math.max(0, s.view - s.h.total() - TAIL)
    if (at !== undefined) r.style.transform = `translateY(${Math.round(s.h.offset(at) + slack)}px)`
    const y = wanted()
    s.top = now
    if (Math.abs(now - y) > 0.5) {
      e.scrollTop = y
      s.top = e.scrollTop
    }
    // Only for rows that are not drawn yet: two of one key would be news to each other for ever.
    const [from, to] = range()
    if (from < s.drawn[0] || to > s.drawn[1]) redraw(n => n + 1)
  }
  useLayoutEffect(() => {
    s.drawn = [first, last]
    settle()
  })

  useEffect(() => {
    const e = el.current
    const r = rows.current
    if (!e || !r) return
    const resized = () => {
      s.view = e.clientHeight
      measure()
      if (follow()) redraw(n => n + 1)
      settle()
      edges()
    }
    const onScroll = () => {
      if (e.clientHeight !== s.view || windowSize() !== s.size) return resized()
      if (follow()) redraw(n => n + 1)
      edges()
    }
    const ro = new ResizeObserver(resized)
    ro.observe(e)
    ro.observe(r)
    e.addEventListener('scroll', onScroll, { passive: true })
    s.view = e.clientHeight
    s.size = windowSize()
    lastView = s.view
    s.overscan = OVERSCAN
    redraw(n => n + 1)
    return () => {
      ro.disconnect()
      e.removeEventListener('scroll', onScroll)
    }
  }, [])
  useEffect(edges, [p.items])

  useImperativeHandle(
    p.handle ?? null,
    (): VirtualListHandle => ({
      toBottom() {
        s.stick = true
        redraw(n => n + 1)
      },
      toKey(key: string, focus = false) {
        s.stick = false
        s.anchor = { key, delta: s.view / 3 }
        redraw(n => n + 1)
        if (focus)
          requestAnimationFrame(() =>
            rows.current
              ?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"] [data-row]`)
              ?.focus({ preventScroll: true }),
          )
      },
      step(from: Element | null, by: number) {
        const key = from?.closest<HTMLElement>('[data-key]')?.dataset['key']
        let i = key === undefined ? (by < 0 ? s.h.count : -1) : (s.h.index(key) ?? 0)
        for (i += by; i >= 0 && i < s.h.count; i += by) {
          const next = s.h.key(i) ?? ''
          const row = rows.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(next)}"]`)
          if (!row) return this.toKey(next, true)
          const target = row.querySelector<HTMLElement>('[data-row]')
          if (!target) continue
          target.focus({ preventScroll: true })
          row.scrollIntoView({ block: 'nearest' })
          return
        }
      },
    }),
  )

  return (
    <div ref={el} class="vlist grow" role="log" aria-label={p.label} aria-live="off" tabIndex={0}>
      <div class="vspace">
        <div class="vrows" ref={rows}>
          {[...s.made.values()].map(m => m.row)}
        </div>
      </div>
    </div>
  )
}
