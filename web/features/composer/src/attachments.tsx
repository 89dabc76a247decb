/** Files that are to go with the message that is being written. */
import { type FileInfo, upload } from '@fieldpost/api'
import { explain, useShell } from '@fieldpost/parts'
import { Icon, IconButton } from '@fieldpost/ui'
import { useState } from 'preact/hooks'

export interface Attachment {
  key: number
  name: string
  image: string
  progress: number
  info?: FileInfo
  wrong?: string
  stop: () => void
}

let keys = 0

export function useAttachments(channel: string) {
  const { client } = useShell()
  const [files, setFiles] = useState<readonly Attachment[]>([])

  const attach = (list: Iterable<File>) => {
    if (client.store.link.peek() === 'offline') {
      client.notice('Files can be added when the server is back. Text can be written now.', 'error')
      return
    }
    for (const file of [...list].slice(0, 10 - files.length)) {
      const stop = new AbortController()
      const a: Attachment = {
        key: ++keys,
        name: file.name,
        image: file.type.startsWith('image/') ? URL.createObjectURL(file) : '',
        progress: 0,
        stop: () => stop.abort(),
      }
      const set = (change: Partial<Attachment>) =>
        setFiles(all => all.map(x => (x.key === a.key ? { ...x, ...change } : x)))
      setFiles(all => [...all, a])
      upload(client.rest, channel, file, progress => set({ progress }), stop.signal).then(
        info => set({ info, progress: 1 }),
        (e: unknown) => set({ wrong: explain(e) }),
      )
    }
  }

  const detach = (a: Attachment) => {
    a.stop()
    if (a.image) URL.revokeObjectURL(a.image)
    setFiles(all => all.filter(x => x !== a))
  }

  return { files, attach, detach, clear: () => setFiles([]) }
}

export function Attachments({
  files,
  detach,
}: {
  files: readonly Attachment[]
  detach: (a: Attachment) => void
}) {
  if (files.length === 0) return null
  return (
    <div class="uploads">
      {files.map(f => (
        <div key={f.key} class={f.wrong ? 'upload bad' : 'upload'} title={f.wrong ?? f.name}>
          {f.image ? <img src={f.image} alt="" /> : <Icon name="file" />}
          <span class="grow cut">{f.wrong ? `${f.name}: ${f.wrong}` : f.name}</span>
          <IconButton small icon="close" label={`Remove ${f.name}`} onClick={() => detach(f)} />
          {!f.info && !f.wrong && (
            <progress max={1} value={f.progress} aria-label={`Uploading ${f.name}`} />
          )}
        </div>
      ))}
    </div>
  )
}
