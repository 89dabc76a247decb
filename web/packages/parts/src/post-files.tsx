/** The files of a message. */
import { AroundRest, type FileInfo } from '@fieldpost/api'
import { sizeText } from '@fieldpost/core'
import { Icon, IconButton } from '@fieldpost/ui'
import { useShell } from './context.tsx'
import { copyText, explain } from './say.ts'

const isImage = (f: FileInfo) => f.mime_type.startsWith('image/') && f.extension !== 'svg'

/** A button for a link by which anybody fetches the file, where such links are allowed. */
function PublicLink({ file }: { file: FileInfo }) {
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
    <IconButton small icon="link" label={`Copy a public link to ${file.name}`} onClick={() => void copy()} />
  )
}

export function Files({ files }: { files: readonly FileInfo[] }) {
  return (
    <div class="files">
      {files.map(f => (
        <div key={f.id} class="with-link">
          <OneFile f={f} />
          <PublicLink file={f} />
        </div>
      ))}
    </div>
  )
}

function OneFile({ f }: { f: FileInfo }) {
  const { client } = useShell()
  return isImage(f) ? (
    <a class="picture" href={client.rest.fileUrl(f.id)} target="_blank" rel="noopener">
      <img
        src={client.rest.fileUrl(f.id, f.has_preview_image ? '/preview' : '')}
        alt={f.name}
        loading="lazy"
        style={
          f.width > 0
            ? {
                aspectRatio: `${f.width} / ${f.height}`,
                width: `${Math.min(f.width, 380, (280 * f.width) / Math.max(1, f.height))}px`,
              }
            : {}
        }
      />
    </a>
  ) : (
    <a class="file" href={`${client.rest.fileUrl(f.id)}?download=1`} download={f.name}>
      <Icon name="file" />
      <span class="grow">
        <b class="cut">{f.name}</b>
        <small>
          {f.extension.toUpperCase()} · {sizeText(f.size)}
        </small>
      </span>
    </a>
  )
}
