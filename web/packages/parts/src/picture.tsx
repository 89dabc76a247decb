/** A picture in a message, in the place that is kept for it before it is here. */

import type { FileInfo, FileWhere } from '@fieldpost/api'
import { fitted, type Shown } from '@fieldpost/core'
import { lacking } from '@fieldpost/core/away'
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Away, useWhere } from './away.tsx'
import { useShell } from './context.tsx'
import { isPictured } from './file-face.tsx'

/** One picture is drawn within this; several in a row, each of one height. */
const ONE = { width: 380, height: 280 }
const ROW = { height: 112, least: 64, most: 240 }
/** How often one that is said to be here, or must come soon, is tried again. */
const TRIES = 3

interface Size {
  width: number
  height: number
}

const rowSize = (f: FileInfo): Size => {
  const width = (ROW.height * f.width) / Math.max(1, f.height)
  return { height: ROW.height, width: Math.round(Math.min(ROW.most, Math.max(ROW.least, width))) }
}

/** The first look of a picture, sixteen points wide, comes with what is said of the file. */
const glimpse = (f: FileInfo): string =>
  f.mini_preview && !f.mime_type.startsWith('image/png') && /^[\w+/=]+$/.test(f.mini_preview)
    ? `url(data:image/jpeg;base64,${f.mini_preview})`
    : ''

function Img({ s, size, src, onFail }: { s: Shown; size: Size; src: string; onFail: () => void }) {
  return (
    <img
      src={src}
      alt={s.file.name}
      width={size.width}
      height={size.height}
      loading="lazy"
      decoding="async"
      style={{ aspectRatio: `${size.width} / ${size.height}`, backgroundImage: glimpse(s.file) }}
      onError={onFail}
      onLoad={e => {
        e.currentTarget.style.backgroundImage = 'none'
      }}
    />
  )
}

/** A press opens it over everything. */
function Opening({ s, row, children }: { s: Shown; row: boolean; children: ComponentChildren }) {
  const shell = useShell()
  return (
    <a
      class={row ? 'picture row' : 'picture'}
      href={shell.client.rest.fileUrl(s.file.id)}
      target="_blank"
      rel="noopener"
      onClick={e => {
        if (e.ctrlKey || e.metaKey || e.shiftKey) return
        e.preventDefault()
        shell.viewFile(s)
      }}
    >
      {children}
    </a>
  )
}

/** An address of which a browser does not remember that nothing was there. */
const again = (url: string, times: number): string => (times > 0 ? `${url}?again=${times}` : url)

/** The small picture of a file; of a drawing, all of it. It comes before the file does, but perhaps not at once. */
function Thumbnail({
  s,
  size,
  where,
  onFail = () => {},
}: {
  s: Shown
  size: Size
  where: FileWhere | undefined
  onFail?: () => void
}) {
  const { rest } = useShell().client
  const [tries, setTries] = useState(0)
  const [gone, lose] = useState(false)
  // It may have come with what is told anew of the file.
  useEffect(() => {
    if (!gone || !where || tries >= TRIES) return
    setTries(tries + 1)
    lose(false)
  }, [where])
  const src = again(rest.fileUrl(s.file.id, isPictured(s.file) ? '/thumbnail' : ''), tries)
  const fail = () => {
    lose(true)
    onFail()
  }
  if (!gone) return <Img s={s} size={size} src={src} onFail={fail} />
  const look = glimpse(s.file)
  const style = { width: `${size.width}px`, height: `${size.height}px`, backgroundImage: look }
  return (
    <span class="no-picture" role="img" aria-label={s.file.name} style={style}>
      {!look && <span class="cut">{s.file.name}</span>}
    </span>
  )
}

/** One of several in a row, for which its small picture is enough. */
export function RowPicture({ s }: { s: Shown }) {
  const [failed, fail] = useState(false)
  const where = useWhere(s, failed)
  return (
    <Opening s={s} row>
      <Thumbnail s={s} size={rowSize(s.file)} where={where} onFail={() => fail(true)} />
    </Opening>
  )
}

/** A picture by itself. Where only its small picture is here, it says so, and can be fetched. */
export function OnePicture({ s }: { s: Shown }) {
  const { rest } = useShell().client
  const f = s.file
  const size = fitted(f, ONE)
  const [failed, setFailed] = useState(0)
  const where = useWhere(s, failed > 0)
  const part = lacking(where, true)
  // What comes after that is another answer to the same question.
  useEffect(() => {
    if (part) setFailed(n => Math.max(1, n))
  }, [part])
  if (where && part)
    return (
      <div class="away-picture">
        <Opening s={s} row={false}>
          <Thumbnail s={s} size={size} where={where} />
        </Opening>
        <Away s={s} where={where} part={part} />
      </div>
    )
  const isDrawing = f.mime_type.startsWith('image/svg')
  const hasPreview = f.has_preview_image && !isDrawing && (!where || where.preview === 'here')
  const src = again(rest.fileUrl(f.id, hasPreview ? '/preview' : ''), where ? failed : 0)
  const onFail = () => setFailed(n => Math.min(n + 1, TRIES))
  return (
    <Opening s={s} row={false}>
      <Img s={s} size={size} src={src} onFail={onFail} />
    </Opening>
  )
}
