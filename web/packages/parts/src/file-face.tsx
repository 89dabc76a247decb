/** What a file looks like from afar, and what is said of it in a line. */
import type { FileInfo } from '@fieldpost/api'
import { sizeText } from '@fieldpost/core'
import { Icon } from '@fieldpost/ui'
import { useState } from 'preact/hooks'
import { useShell } from './context.tsx'

/** Whether the server makes small pictures of a file. */
export const isPictured = (f: FileInfo): boolean => f.width > 0 && !f.mime_type.startsWith('image/svg')

/** A file from afar: itself, if it is a picture, otherwise the end of its name. */
export function FileFace({ file }: { file: FileInfo }) {
  const { client } = useShell()
  const [gone, lose] = useState(false)
  if (isPictured(file) && !gone)
    return (
      <img
        class="face"
        src={client.rest.fileUrl(file.id, '/thumbnail')}
        alt=""
        loading="lazy"
        onError={() => lose(true)}
      />
    )
  const end = file.extension.slice(0, 4).toUpperCase()
  return (
    <span class="face" aria-hidden="true">
      {end || <Icon name="file" />}
    </span>
  )
}

export const fileAbout = (f: FileInfo): string =>
  [f.extension.toUpperCase(), sizeText(f.size)].filter(Boolean).join(' · ')
