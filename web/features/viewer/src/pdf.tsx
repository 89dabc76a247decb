/** A PDF: its pages are drawn when they come near, and given up when they are far. In a chunk of its own. */

import type { Shown } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { FileFace } from '@fieldpost/parts/files'
import { IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { GlobalWorkerOptions, getDocument, type PDFDocumentProxy, version } from 'pdfjs-dist'
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

GlobalWorkerOptions.workerSrc = workerUrl

/** The decoders of scanned pages, beside the client; the build puts them there. */
const DECODERS = `/assets/pdf-${version}/`
const WIDEST = 900
const STEP = 1.25
/** Sharper than this costs memory that phones do not have. */
const SHARPEST = 2
const MAX_PIXELS = 12_000_000
const LARGEST_PICTURE = 40_000_000

function open(url: string, headers: Record<string, string>) {
  return getDocument({
    url,
    httpHeaders: headers,
    // Only what is looked at is fetched.
    disableAutoFetch: true,
    disableStream: true,
    enableXfa: false,
    useSystemFonts: true,
    useWasm: false,
    wasmUrl: DECODERS,
    maxImageSize: LARGEST_PICTURE,
    disableWorkerRendering: true,
    verbosity: 0,
  })
}

/** Whether an element is within one window's height of what is in sight. */
function useNear(): [{ current: HTMLDivElement | null }, boolean] {
  const ref = useRef<HTMLDivElement>(null)
  const [near, setNear] = useState(false)
  useEffect(() => {
    const el = ref.current
    const root = el?.closest('.sheets')
    if (!el || !root) return
    const watch = new IntersectionObserver(all => setNear(all.some(x => x.isIntersecting)), {
      root,
      rootMargin: '100% 0px',
    })
    watch.observe(el)
    return () => watch.disconnect()
  }, [])
  return [ref, near]
}

function Page({
  doc,
  n,
  width,
  shape,
}: {
  doc: PDFDocumentProxy
  n: number
  width: number
  /** Height by width, until the page itself is known. */
  shape: number
}) {
  const [ref, near] = useNear()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [own, setOwn] = useState(shape)
  const [words, setWords] = useState('')
  useEffect(() => {
    if (!near || width <= 0) return
    let stopped = false
    let stop = () => {}
    const draw = async () => {
      const page = await doc.getPage(n)
      const base = page.getViewport({ scale: 1 })
      const at = canvas.current
      if (stopped || !at) return
      setOwn(base.height / base.width)
      const sharp = Math.min(SHARPEST, devicePixelRatio || 1)
      const wanted = (width / base.width) * sharp
      const most = Math.sqrt(MAX_PIXELS / (base.width * base.height))
      const viewport = page.getViewport({ scale: Math.min(wanted, most) })
      at.width = Math.round(viewport.width)
      at.height = Math.round(viewport.height)
      const task = page.render({ canvas: at, viewport })
      stop = () => task.cancel()
      await task.promise
      const text = await page.getTextContent()
      if (!stopped) setWords(text.items.map(x => ('str' in x ? x.str : '')).join(' '))
    }
    // A page that was left while it was drawn, or that cannot be drawn, stays white.
    draw().catch(() => {})
    return () => {
      stopped = true
      stop()
    }
  }, [doc, n, near, width])
  return (
    <div
      ref={ref}
      class="sheet"
      style={{ width: `${width}px`, height: `${Math.round(width * own)}px` }}
      role="group"
      aria-label={t('view.page', { n, count: doc.numPages })}
      data-page={n}
      data-drawn={words !== '' || undefined}
    >
      {near && <canvas ref={canvas} />}
      {near && <p class="vh">{words}</p>}
    </div>
  )
}

const problem = (e: unknown, offline: boolean): string => {
  const name = e instanceof Error ? e.name : ''
  if (name === 'PasswordException') return t('view.password')
  if (offline) return t('view.pdfNeeds')
  return t('view.pdfBad')
}

export default function Pdf({ s }: { s: Shown }) {
  const { client } = useShell()
  const store = useStore()
  const offline = store.link.value === 'offline'
  const box = useRef<HTMLDivElement>(null)
  const [room, setRoom] = useState(0)
  const [zoom, setZoom] = useState(1)
  const [doc, setDoc] = useState<{ doc: PDFDocumentProxy; shape: number } | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  useEffect(() => {
    let gone = false
    const task = open(client.rest.fileUrl(s.file.id), client.rest.headers('GET'))
    task.promise
      .then(async found => {
        const view = (await found.getPage(1)).getViewport({ scale: 1 })
        if (!gone) setDoc({ doc: found, shape: view.height / view.width })
      })
      .catch((e: unknown) => {
        if (!gone) setWrong(problem(e, offline))
      })
    return () => {
      gone = true
      void task.destroy()
    }
  }, [client, s.file.id])
  useLayoutEffect(() => {
    const el = box.current
    if (!el) return
    const measure = () => setRoom(el.clientWidth)
    measure()
    const watch = new ResizeObserver(measure)
    watch.observe(el)
    return () => watch.disconnect()
  }, [])
  const width = Math.round(Math.min(WIDEST, Math.max(0, room - 16)) * zoom)
  const count = doc?.doc.numPages ?? 0
  return (
    <>
      <div
        class="sheets"
        ref={box}
        tabIndex={0}
        role="region"
        aria-label={t('view.pagesOf', { name: s.file.name })}
      >
        {wrong && (
          <div class="unseen">
            <FileFace file={s.file} />
            <p role="alert">{wrong}</p>
          </div>
        )}
        {!doc && !wrong && <span class="spin" role="status" aria-label={t('common.loading')} />}
        {doc &&
          room > 0 &&
          Array.from({ length: count }, (_, i) => (
            <Page key={i} doc={doc.doc} n={i + 1} width={width} shape={doc.shape} />
          ))}
      </div>
      {doc && (
        <div class="bar" role="group" aria-label={t('view.size')}>
          <IconButton
            icon="minus"
            label={t('view.smaller')}
            aria-disabled={zoom <= 1 || undefined}
            onClick={() => setZoom(z => Math.max(1, z / STEP))}
          />
          <span class="count">{t('view.pages', { count })}</span>
          <IconButton
            icon="plus"
            label={t('view.larger')}
            aria-disabled={zoom >= 4 || undefined}
            onClick={() => setZoom(z => Math.min(4, z * STEP))}
          />
        </div>
      )}
    </>
  )
}
