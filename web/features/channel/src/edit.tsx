/** Makes a bookmark, or changes one. */

import { type Bookmark, upload } from '@fieldpost/api'
import { typedAddress } from '@fieldpost/core'
import { Asking, useShell } from '@fieldpost/parts'
import { Button, Fault, Field, Icon } from '@fieldpost/ui'
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
    if (!isFile && !href) throw new Fault(t('chan.badAddress'), 'address')
    await made()
    onClose()
  }
  return (
    <Asking
      title={bookmark ? t('chan.editMark') : t('chan.addMark')}
      act={bookmark ? t('common.save') : t('chan.addMarkAct')}
      class="channel-form"
      onDo={save}
      onClose={onClose}
      unchecked
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
          onInput={setAddress}
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
      <input
        ref={picker}
        type="file"
        hidden
        aria-label={t('chan.file')}
        onChange={e => setFile(e.currentTarget.files?.[0])}
      />
    </Asking>
  )
}
