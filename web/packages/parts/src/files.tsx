/** The files of a message: pictures, players, and cards for everything else. */

import { AroundRest, type FileInfo } from '@fieldpost/api'
import { drawingsIn, type FileKind, kindOf, type Shown, shownIn } from '@fieldpost/core'
import { lacking } from '@fieldpost/core/away'
import { Icon, IconButton } from '@fieldpost/ui'
import { listText } from '@fieldpost/words'
import { t } from '@fieldpost/words/far'
import { Away, useWhere } from './away.tsx'
import { useShell, useStore } from './context.tsx'
import { copyText } from './copy.ts'
import { explain } from './explain.ts'
import { FileFace, fileAbout } from './file-face.tsx'
import { useFold } from './fold.ts'
import { later } from './later.tsx'
import { OnePicture, RowPicture } from './picture.tsx'

export { FileFace, fileAbout } from './file-face.tsx'

const Player = later<{ s: Shown; film: boolean }>(() => import('./player.tsx'))

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
  const where = useWhere(s)
  const part = lacking(where, kind === 'picture')
  if (where && part) return <Away s={s} where={where} part={part} note={note} />
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
              {count > 1 ? <RowPicture s={s} /> : <OnePicture s={s} />}
              {count === 1 && <PublicLink file={s.file} />}
            </div>
          ))}
        </div>
      )}
    </>
  )
}

/** What is no picture: a player, or a card; word of it, where it is at another site. */
function Other({ s, kind }: { s: Shown; kind: FileKind }) {
  const where = useWhere(s)
  if (where && where.state !== 'here') return <Away s={s} where={where} />
  return kind === 'sound' || kind === 'film' ? <Player s={s} film={kind === 'film'} /> : <FileCard s={s} />
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
              <Other s={s} kind={kind} />
              <PublicLink file={s.file} />
            </div>
          ))}
        </div>
      )}
    </>
  )
}
