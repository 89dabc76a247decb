/** Sound and film in a message, with the browser's own controls. Not a byte is fetched before somebody plays it. */

import type { Shown } from '@fieldpost/core'
import { t } from '@fieldpost/words/far'
import { useEffect, useState } from 'preact/hooks'
import { useWhere } from './away.tsx'
import { useShell, useStore } from './context.tsx'
import { fileAbout } from './file-face.tsx'
import { Download, FileCard } from './files.tsx'
import './player.css'

const playable = (film: boolean, type: string): boolean =>
  document.createElement(film ? 'video' : 'audio').canPlayType(type) !== ''

export default function Player({ s, film }: { s: Shown; film: boolean }) {
  const { client } = useShell()
  const store = useStore()
  const [broken, setBroken] = useState(false)
  const offline = store.link.value === 'offline'
  // What failed for want of the server may be tried again when it is back.
  useEffect(() => setBroken(false), [offline])
  const f = s.file
  // It may be one that is not here, of which whoever draws this then hears.
  useWhere(s, broken && !offline)
  if (!playable(film, f.mime_type)) return <FileCard s={s} />
  if (broken) return <FileCard s={s} note={offline ? t('out.playNeeds') : t('out.cannotPlay')} />
  const own = {
    src: client.rest.fileUrl(f.id),
    controls: true,
    preload: 'none',
    'aria-label': f.name,
    onError: () => setBroken(true),
  } as const
  return (
    <figure class={film ? 'player film' : 'player'}>
      {film ? <video {...own} playsInline /> : <audio {...own} />}
      <figcaption>
        <b class="cut">{f.name}</b>
        <small>{fileAbout(f)}</small>
        <Download file={f} />
      </figcaption>
    </figure>
  )
}
