/** Files that go with the message that is being written: those that are there, and those on their way. */

import type { FileInfo } from '@fieldpost/api'
import { sizeText, type Upload } from '@fieldpost/core'
import { useShell } from '@fieldpost/parts'
import { Icon, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words'

function stateText(u: Upload, offline: boolean): string {
  if (u.state === 'failed') return u.why
  const share = t('write.share', { percent: Math.floor((100 * u.sent) / u.size), size: sizeText(u.size) })
  if (u.state === 'paused') return t('write.pausedAt', { share })
  if (u.state === 'cut') return offline ? t('write.waitsServer') : t('write.goesOnAt', { share })
  return u.state === 'queued' ? t('write.next') : share
}

/** What it looks like: itself, if it is a picture, otherwise the end of its name. */
function Face({ name, picture }: { name: string; picture: string }) {
  if (picture) return <img src={picture} alt="" />
  return (
    <span class="face" aria-hidden="true">
      {/\.([^.]{1,4})$/.exec(name)?.[1]?.toUpperCase() ?? <Icon name="file" />}
    </span>
  )
}

function OnItsWay({ upload: u, offline }: { upload: Upload; offline: boolean }) {
  const { uploads } = useShell().client
  const stopped = u.state === 'paused' || u.state === 'failed'
  return (
    <li class={u.state === 'failed' ? 'upload bad' : 'upload'}>
      <Face name={u.name} picture={u.picture} />
      <span class="grow">
        <b class="cut">{u.name}</b>
        <small>{stateText(u, offline)}</small>
      </span>
      {stopped ? (
        <IconButton
          small
          icon={u.state === 'failed' ? 'retry' : 'play'}
          label={t(u.state === 'failed' ? 'write.retry' : 'write.goOn', { name: u.name })}
          onClick={() => uploads.resume(u.key)}
        />
      ) : (
        <IconButton
          small
          icon="pause"
          label={t('write.pause', { name: u.name })}
          onClick={() => uploads.pause(u.key)}
        />
      )}
      <IconButton
        small
        icon="close"
        label={t('write.removeFile', { name: u.name })}
        onClick={() => uploads.cancel(u.key)}
      />
      {u.state !== 'failed' && (
        <progress max={u.size} value={u.sent} aria-label={t('write.uploading', { name: u.name })} />
      )}
    </li>
  )
}

function There({ draft, file }: { draft: string; file: FileInfo }) {
  const { client } = useShell()
  const seen = file.mime_type.startsWith('image/') && file.extension !== 'svg'
  const picture =
    client.uploads.pictureOf(file.id) || (seen ? client.rest.fileUrl(file.id, '/thumbnail') : '')
  return (
    <li class="upload">
      <Face name={file.name} picture={picture} />
      <span class="grow">
        <b class="cut">{file.name}</b>
        <small>{sizeText(file.size)}</small>
      </span>
      <IconButton
        small
        icon="close"
        label={t('write.removeFile', { name: file.name })}
        onClick={() => client.uploads.detach(draft, file.id)}
      />
    </li>
  )
}

export function Attachments({ draft }: { draft: string }) {
  const { client } = useShell()
  const going = client.uploads.of(draft).value
  const { files } = client.drafts.of(draft).value
  const offline = client.store.link.value === 'offline'
  if (going.length + files.length === 0) return null
  return (
    <ul class="uploads" aria-label={t('write.attached')}>
      {files.map(f => (
        <There key={f.id} draft={draft} file={f} />
      ))}
      {going.map(u => (
        <OnItsWay key={u.key} upload={u} offline={offline} />
      ))}
    </ul>
  )
}

/** Says that the message is sent once its files are there, and lets its author think better of it. */
export function Waiting({ draft }: { draft: string }) {
  const { uploads } = useShell().client
  const going = uploads.of(draft).value
  if (!uploads.held(draft).value) return null
  const paused = going.filter(u => u.state === 'paused').length
  const count = going.length
  return (
    <div class="held" role="status">
      <span class="spin" />
      <span class="grow">
        {paused === 0
          ? t('write.held', { count })
          : paused === 1
            ? t('write.heldOnePaused', { count })
            : t('write.heldPaused', { count, paused })}
      </span>
      <button type="button" class="textlink" onClick={() => uploads.hold(draft, false)}>
        {t('write.doNotSend')}
      </button>
    </div>
  )
}
