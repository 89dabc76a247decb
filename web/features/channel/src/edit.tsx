/** Makes a bookmark, or changes one. */

import { type Bookmark, upload } from '@fieldpost/api'
import { typedAddress } from '@fieldpost/core'
import { explain, useShell } from '@fieldpost/parts'
import { Button, Dialog, Field, Icon } from '@fieldpost/ui'
import { pieces, t } from '@fieldpost/words/far'
import { useRef, useState } from 'preact/hooks'
import './channel.css'

export function EditBookmark({
  channel,
  bookmark,
  onClose,
}: {
  channel: string
  bookmark?: Bookmark | undefined
  onClose: () => void
}) {
  const { client } = useShell()
  const [name, setName] = useState(bookmark?.display_name ?? '')
  const [address, setAddress] = useState(bookmark?.link_url ?? '')
  const [file, setFile] = useState<File | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const picker = useRef<HTMLInputElement>(null)
  const isFile = bookmark ? bookmark.type === 'file' : file !== undefined
  const href = typedAddress(address)

  const made = async () => {
    const title = name.trim() || file?.name || href.replace(/^https?:\/\//, '')
    if (bookmark)
      return client.bookmarks.change(bookmark, {
        display_name: title,
        ...(isFile ? {} : { link_url: href }),
      })
    if (!file) return client.bookmarks.add(channel, { display_name: title, type: 'link', link_url: href })
    const { signal } = new AbortController()
    const info = await upload(client.rest, channel, file, () => {}, signal, '?bookmark=true')
    return client.bookmarks.add(channel, { display_name: title, type: 'file', file_id: info.id })
  }
  const save = async () => {
    if (busy) return
    if (!isFile && !href) return setWrong(t('chan.badAddress'))
    setBusy(true)
    try {
      await made()
      onClose()
    } catch (e) {
      setWrong(explain(e))
      setBusy(false)
    }
  }
  return (
    <Dialog title={bookmark ? t('chan.editMark') : t('chan.addMark')} onClose={onClose}>
      <form
        class="channel-form"
        noValidate
        onSubmit={e => {
          e.preventDefault()
          void save()
        }}
      >
        {isFile ? (
          <p class="picked-file">
            <Icon name="file" />{' '}
            <span class="cut grow">{file?.name ?? bookmark?.file?.name ?? t('chan.aFile')}</span>
            {file && (
              <Button look="quiet" onClick={() => setFile(undefined)}>
                {t('chan.linkInstead')}
              </Button>
            )}
          </p>
        ) : (
          <Field
            label={t('chan.address')}
            name="address"
            autoFocus
            value={address}
            onInput={x => {
              setAddress(x)
              setWrong('')
            }}
            wrong={wrong}
            hint={
              !bookmark &&
              pieces('chan.orPick', {
                pick: (
                  <button type="button" class="textlink" onClick={() => picker.current?.click()}>
                    {t('chan.pickFile')}
                  </button>
                ),
              })
            }
          />
        )}
        <Field
          label={t('chan.name')}
          name="title"
          required={false}
          value={name}
          onInput={setName}
          hint={t('chan.markName')}
        />
        {isFile && wrong && (
          <p class="trouble" role="alert">
            {wrong}
          </p>
        )}
        <input
          ref={picker}
          type="file"
          hidden
          aria-label={t('chan.file')}
          onChange={e => {
            setFile(e.currentTarget.files?.[0])
            setWrong('')
          }}
        />
        <footer>
          <Button look="quiet" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" look="primary" busy={busy}>
            {bookmark ? t('common.save') : t('chan.addMarkAct')}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
