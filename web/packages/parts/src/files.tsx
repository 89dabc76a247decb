/** The files of a message: pictures, players, and cards for everything else. */

import { AroundRest, type FileInfo } from '@fieldpost/api'
import { drawingsIn, fitted, kindOf, type Shown, shownIn, sizeText } from '@fieldpost/core'
import { Icon, IconButton } from '@fieldpost/ui'
import { listText } from '@fieldpost/words'
import { t } from '@fieldpost/words/far'
import { useShell, useStore } from './context.tsx'
import { copyText } from './copy.ts'
import { explain } from './explain.ts'
import { useFold } from './fold.ts'
import { later } from './later.tsx'

const Player = later<{ s: Shown; film: boolean }>(() => import('./player.tsx'))

/** One picture is drawn within this; several in a row, each of one height. */
const ONE = { width: 380, height: 280 }
const ROW = { height: 112, least: 64, most: 240 }

/** A button for a link by which anybody fetches the file, where such links are allowed. */
export function PublicLink({ file, small = true }: { file: FileInfo; small?: boolean }) {
  const shell = useShell()
  const { client } = shell
  if (client.store.config.value['EnablePublicLink'] !== 'true') return null
  const copy = async () => {
    try {
      await copyText(shell, (await new AroundRest(client.rest).publicLink(file.id)).link)
    } catch (e) {
      client.notice(explain(e), 'error')
    }
  }
  return (
    <IconButton
      small={small}
      icon="link"
      label={t('files.publicLink', { name: file.name })}
      onClick={() => void copy()}
    />
  )
}

/** What a file looks like from afar: itself, if it is a picture, otherwise the end of its name. */
export function FileFace({ file }: { file: FileInfo }) {
  const { client } = useShell()
  if (file.width > 0 && !file.mime_type.startsWith('image/svg'))
    return <img class="face" src={client.rest.fileUrl(file.id, '/thumbnail')} alt="" loading="lazy" />
  const end = file.extension.slice(0, 4).toUpperCase()
  return (
    <span class="face" aria-hidden="true">
      {end || <Icon name="file" />}
    </span>
  )
}

export const fileAbout = (f: FileInfo): string =>
  [f.extension.toUpperCase(), sizeText(f.size)].filter(Boolean).join(' · ')

/** Downloads a file under its own name. */
export function Download({ file, class: cls = 'ibtn small' }: { file: FileInfo; class?: string }) {
  const { client } = useShell()
  return (
    <a
      class={cls}
      href={`${client.rest.fileUrl(file.id)}?download=1`}
      download={file.name}
      aria-label={t('files.download', { name: file.name })}
      title={t('files.download', { name: file.name })}
    >
      <Icon name="down" />
    </a>
  )
}

/** A file by its name, kind and size. A press opens what can be seen here, and downloads the rest. */
export function FileCard({ s, note, all }: { s: Shown; note?: string; all?: readonly Shown[] | undefined }) {
  const shell = useShell()
  const store = useStore()
  const f = s.file
  const kind = kindOf(f, drawingsIn(store))
  const words = (
    <>
      <FileFace file={f} />
      <span class="grow">
        <b class="cut">{f.name}</b>
        <small>{note ?? fileAbout(f)}</small>
      </span>
    </>
  )
  if (kind === 'other')
    return (
      <a class="file" href={`${shell.client.rest.fileUrl(f.id)}?download=1`} download={f.name}>
        {words}
        <Icon name="down" />
      </a>
    )
  return (
    <div class="file">
      <button type="button" class="open" onClick={() => shell.viewFile(s, all)}>
        {words}
      </button>
      <Download file={f} />
    </div>
  )
}

/** The first look of a picture, sixteen points wide, comes with what is said of the file. */
const glimpse = (f: FileInfo): string =>
  f.mini_preview && !f.mime_type.startsWith('image/png') && /^[\w+/=]+$/.test(f.mini_preview)
    ? `url(data:image/jpeg;base64,${f.mini_preview})`
    : ''

/** A picture in the place that is kept for it before it is here. */
function Picture({ s, row }: { s: Shown; row: boolean }) {
  const shell = useShell()
  const { rest } = shell.client
  const f = s.file
  const one = fitted(f, ONE)
  const size = row
    ? {
        height: ROW.height,
        width: Math.round(
          Math.min(ROW.most, Math.max(ROW.least, (ROW.height * f.width) / Math.max(1, f.height))),
        ),
      }
    : one
  const drawing = f.mime_type.startsWith('image/svg')
  const form = drawing ? '' : row ? '/thumbnail' : f.has_preview_image ? '/preview' : ''
  return (
    <a
      class={row ? 'picture row' : 'picture'}
      href={rest.fileUrl(f.id)}
      target="_blank"
      rel="noopener"
      onClick={e => {
        if (e.ctrlKey || e.metaKey || e.shiftKey) return
        e.preventDefault()
        shell.viewFile(s)
      }}
    >
      <img
        src={rest.fileUrl(f.id, form)}
        alt={f.name}
        width={size.width}
        height={size.height}
        loading="lazy"
        decoding="async"
        style={{ aspectRatio: `${size.width} / ${size.height}`, backgroundImage: glimpse(f) }}
        onLoad={e => {
          e.currentTarget.style.backgroundImage = 'none'
        }}
      />
    </a>
  )
}

/** The pictures of a message; where they are folded, their names until somebody opens them. */
function Pictures({ pictures }: { pictures: readonly Shown[] }) {
  const fold = useFold(pictures[0]?.file.id ?? '')
  const count = pictures.length
  return (
    <>
      {fold.folds && (
        <button type="button" class="textlink fold" aria-expanded={fold.open} onClick={fold.toggle}>
          {fold.open ? t('out.hidePictures', { count }) : t('out.showPictures', { count })}{' '}
          <small class="cut">{listText(pictures.map(s => s.file.name))}</small>
        </button>
      )}
      {fold.open && (
        <div class="files">
          {pictures.map(s => (
            <div key={s.file.id} class="with-link">
              <Picture s={s} row={count > 1} />
              {count === 1 && <PublicLink file={s.file} />}
            </div>
          ))}
        </div>
      )}
    </>
  )
}

export default function Files({
  of,
  files,
}: {
  of: Parameters<typeof shownIn>[0]
  files: readonly FileInfo[]
}) {
  const store = useStore()
  const drawings = drawingsIn(store)
  const all = shownIn(of, files).map(s => ({ s, kind: kindOf(s.file, drawings) }))
  const pictures = all.filter(x => x.kind === 'picture')
  const others = all.filter(x => x.kind !== 'picture')
  return (
    <>
      {pictures.length > 0 && <Pictures pictures={pictures.map(x => x.s)} />}
      {others.length > 0 && (
        <div class="files">
          {others.map(({ s, kind }) => (
            <div key={s.file.id} class="with-link">
              {kind === 'sound' || kind === 'film' ? (
                <Player s={s} film={kind === 'film'} />
              ) : (
                <FileCard s={s} />
              )}
              <PublicLink file={s.file} />
            </div>
          ))}
        </div>
      )}
    </>
  )
}
