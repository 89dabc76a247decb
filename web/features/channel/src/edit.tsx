/** Makes a bookmark, or changes one. */
import { type Bookmark, upload } from '@fieldpost/api'
import { typedAddress } from '@fieldpost/core'
import { explain, useShell } from '@fieldpost/parts'
import { Button, Dialog, Field, Icon } from '@fieldpost/ui'
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
    if (!isFile && !href)
      return setWrong('Type an address that begins with http:// or https://, or pick a file.')
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
    <Dialog title={bookmark ? 'Edit bookmark' : 'Add a bookmark'} onClose={onClose}>
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
            <span class="cut grow">{file?.name ?? bookmark?.file?.name ?? 'A file'}</span>
            {file && (
              <Button look="quiet" onClick={() => setFile(undefined)}>
                A link instead
              </Button>
            )}
          </p>
        ) : (
          <Field
            label="Address"
            name="address"
            autoFocus
            value={address}
            onInput={x => {
              setAddress(x)
              setWrong('')
            }}
            wrong={wrong}
            hint={
              !bookmark && (
                <>
                  Or{' '}
                  <button type="button" class="textlink" onClick={() => picker.current?.click()}>
                    pick a file
                  </button>
                </>
              )
            }
          />
        )}
        <Field
          label="Name"
          name="title"
          required={false}
          value={name}
          onInput={setName}
          hint="Without one, the address or the name of the file."
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
          aria-label="File"
          onChange={e => {
            setFile(e.currentTarget.files?.[0])
            setWrong('')
          }}
        />
        <footer>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" busy={busy}>
            {bookmark ? 'Save' : 'Add bookmark'}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
