/** A picture to look at closely: with wheel, fingers, keys or buttons. */

import type { FileWhere } from '@fieldpost/api'
import {
  type Box,
  closer,
  fitted,
  held,
  type Lens,
  type Point,
  pinched,
  type Shown,
  shifted,
  sizeText,
  WHOLE,
} from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import type { VNode } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

/** The server's previews are no wider than this. */
const PREVIEW_WIDTH = 1920
const STEP = 1.5
/** A finger that went this far across, and not up or down, turns the page. */
const SWIPE = 60

/** The size of an element, as it changes. */
function useBox(): [{ current: HTMLDivElement | null }, Box] {
  const ref = useRef<HTMLDivElement>(null)
  const [box, setBox] = useState<Box>({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const el = ref.current
    if (!el) return
    const measure = () => setBox({ width: el.clientWidth, height: el.clientHeight })
    measure()
    const watch = new ResizeObserver(measure)
    watch.observe(el)
    return () => watch.disconnect()
  }, [])
  return [ref, box]
}

/** Fingers and mouse on the picture. */
function useHands(
  at: (e: PointerEvent) => Point,
  lens: Lens,
  change: (f: (l: Lens) => Lens) => void,
  onStep: (by: number) => void,
) {
  const down = useRef(new Map<number, Point>())
  const swipe = useRef<Point | undefined>(undefined)
  return {
    onPointerDown: (e: PointerEvent) => {
      if (e.button > 0) return
      if (e.currentTarget instanceof Element) e.currentTarget.setPointerCapture(e.pointerId)
      down.current.set(e.pointerId, at(e))
      swipe.current = down.current.size === 1 && lens.scale === 1 ? at(e) : undefined
    },
    onPointerMove: (e: PointerEvent) => {
      const before = down.current.get(e.pointerId)
      if (!before) return
      const now = at(e)
      const [first, second] = [...down.current.keys()]
      const other = down.current.get((first === e.pointerId ? second : first) ?? -1)
      down.current.set(e.pointerId, now)
      if (down.current.size === 2 && other) change(l => pinched(l, [before, other], [now, other]))
      else if (down.current.size === 1) change(l => shifted(l, now.x - before.x, now.y - before.y))
    },
    onPointerUp: (e: PointerEvent) => {
      down.current.delete(e.pointerId)
      const from = swipe.current
      swipe.current = undefined
      if (!from) return
      const to = at(e)
      const across = to.x - from.x
      if (Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(to.y - from.y))
        onStep(across < 0 ? 1 : -1)
    },
    onPointerCancel: (e: PointerEvent) => {
      down.current.delete(e.pointerId)
      swipe.current = undefined
    },
  }
}

/** How often a picture that is said to be here is tried again. */
const TRIES = 3

export function Picture({
  s,
  where,
  onFail,
  onStep,
  keys,
  unseen,
}: {
  s: Shown
  /** Where the file is, if that is known. */
  where: FileWhere | undefined
  /** Called when it did not come. */
  onFail: () => void
  onStep: (by: number) => void
  keys: { current: (key: string) => boolean }
  unseen: (why: string) => VNode
}) {
  const { client } = useShell()
  const store = useStore()
  const f = s.file
  const [ref, view] = useBox()
  const [lens, setLens] = useState(WHOLE)
  const [original, setOriginal] = useState<'no' | 'coming' | 'yes'>(f.has_preview_image ? 'no' : 'yes')
  const [broken, setBroken] = useState(false)
  const [tries, setTries] = useState(0)
  const size = fitted(f, view)
  const change = (to: (l: Lens) => Lens) => setLens(l => held(to(l), size, view))
  const zoom = (by: number, x = 0, y = 0) => change(l => closer(l, by, x, y))
  const at = (e: { clientX: number; clientY: number }): Point => {
    const r = ref.current?.getBoundingClientRect()
    return r ? { x: e.clientX - r.left - r.width / 2, y: e.clientY - r.top - r.height / 2 } : { x: 0, y: 0 }
  }
  const hands = useHands(at, lens, change, onStep)
  const now = useRef({ zoom, at })
  now.current = { zoom, at }
  // At once: somebody may turn the page and enlarge it in one breath.
  useLayoutEffect(() => {
    keys.current = key => {
      if (key === '+' || key === '=') now.current.zoom(STEP)
      else if (key === '-') now.current.zoom(1 / STEP)
      else if (key === '0') setLens(WHOLE)
      else return false
      return true
    }
    const el = ref.current
    const onWheel = (e: WheelEvent) => {
      e.preventDefault()
      const p = now.current.at(e)
      now.current.zoom(Math.exp(-Math.max(-100, Math.min(100, e.deltaY)) / 250), p.x, p.y)
    }
    el?.addEventListener('wheel', onWheel, { passive: false })
    return () => {
      keys.current = () => false
      el?.removeEventListener('wheel', onWheel)
    }
  }, [])
  // Another size of window: what was in sight may be out of it.
  useEffect(() => change(l => l), [view.width, view.height])
  const fetchOriginal = () => {
    setOriginal('coming')
    const img = new Image()
    img.src = client.rest.fileUrl(f.id)
    img.decode().then(
      () => setOriginal('yes'),
      () => {
        setOriginal('no')
        client.notice(t('view.noOriginal'), 'error')
      },
    )
  }
  // It was asked for before it came.
  useEffect(() => {
    if (!broken || !where || tries >= TRIES) return
    setTries(tries + 1)
    setBroken(false)
  }, [where])
  const fail = () => {
    // It is here, but a browser may remember that it was not.
    if (where && tries < TRIES) setTries(tries + 1)
    else setBroken(true)
    onFail()
  }
  const isWhole = original === 'yes' || (where !== undefined && where.preview !== 'here')
  const url = client.rest.fileUrl(f.id, isWhole ? '' : '/preview')
  const src = tries > 0 ? `${url}?again=${tries}` : url
  return (
    <>
      <div
        ref={ref}
        class={lens.scale > 1 ? 'look close' : 'look'}
        {...hands}
        onDblClick={e => (lens.scale > 1 ? setLens(WHOLE) : zoom(2.5, at(e).x, at(e).y))}
      >
        {broken ? (
          unseen(store.link.value === 'offline' ? t('view.pictureNeeds') : t('view.pictureBad'))
        ) : (
          <img
            src={src}
            alt={f.name}
            width={size.width}
            height={size.height}
            draggable={false}
            onError={fail}
            style={{ transform: `translate(${lens.x}px, ${lens.y}px) scale(${lens.scale})` }}
          />
        )}
      </div>
      <div class="bar" role="group" aria-label={t('view.size')}>
        <IconButton
          icon="minus"
          label={t('view.smallerKey')}
          aria-disabled={lens.scale <= 1 || undefined}
          onClick={() => zoom(1 / STEP)}
        />
        <button type="button" class="btn quiet" title={t('view.wholeKey')} onClick={() => setLens(WHOLE)}>
          <span class="vh">{t('view.whole', { percent: Math.round(lens.scale * 100) })}</span>
          <span aria-hidden="true">{Math.round(lens.scale * 100)} %</span>
        </button>
        <IconButton icon="plus" label={t('view.largerKey')} onClick={() => zoom(STEP)} />
        {!isWhole && (!where || where.state === 'here') && f.width > PREVIEW_WIDTH && (
          <button
            type="button"
            class="btn quiet"
            aria-disabled={original === 'coming' || undefined}
            onClick={() => original === 'no' && fetchOriginal()}
          >
            {original === 'coming' ? t('view.fetching') : t('view.original', { size: sizeText(f.size) })}
          </button>
        )}
      </div>
    </>
  )
}
