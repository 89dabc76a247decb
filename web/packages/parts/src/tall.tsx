/** Folds what is much taller than a window, so that one message does not push all others away. */
import { t } from '@fieldpost/words'
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

/** What was unfolded stays so while its row comes and goes. */
const unfolded = new Set<string>()
/** In the root's font sizes: what is taller than the first and a little more is cut there. See `.tall.folded`. */
const FOLD = 32
const SLACK = 6

const watched = new WeakMap<Element, (tall: boolean) => void>()
let watcher: ResizeObserver | undefined

/**
 * Tells whether an element is too tall, now and whenever that changes. The browser says how high it is once it has laid
 * out all of them, before they are seen; asking each would have it laid out for each.
 */
function watch(el: Element, tell: (tall: boolean) => void): () => void {
  watcher ??= new ResizeObserver(entries => {
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16
    for (const { target, contentRect } of entries)
      watched.get(target)?.(contentRect.height > (FOLD + SLACK) * rem)
  })
  const all = watcher
  watched.set(el, tell)
  all.observe(el)
  return () => all.unobserve(el)
}

export function Tall({ id, children }: { id: string; children: ComponentChildren }) {
  const outer = useRef<HTMLDivElement>(null)
  const inner = useRef<HTMLDivElement>(null)
  const [tall, setTall] = useState(false)
  const [open, setOpen] = useState(unfolded.has(id))
  useLayoutEffect(() => {
    return inner.current ? watch(inner.current, setTall) : undefined
  }, [])
  const toggle = (to: boolean) => {
    if (to) unfolded.add(id)
    else unfolded.delete(id)
    setOpen(to)
  }
  return (
    <>
      <div
        ref={outer}
        class={tall && !open ? 'tall folded' : 'tall'}
        // What has the focus must be seen, and the folded part cannot be scrolled to.
        onFocusIn={e => {
          const o = outer.current
          if (!o || !tall || open || !(e.target instanceof Element)) return
          if (e.target.getBoundingClientRect().bottom > o.getBoundingClientRect().bottom) toggle(true)
        }}
      >
        <div ref={inner}>{children}</div>
      </div>
      {tall && (
        <button type="button" class="textlink" aria-expanded={open} onClick={() => toggle(!open)}>
          {open ? t('common.showLess') : t('common.showMore')}
        </button>
      )}
    </>
  )
}
