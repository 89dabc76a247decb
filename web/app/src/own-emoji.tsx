/** Emoji that people made: adds one, and deletes what may be deleted. */

import type { CustomEmoji } from '@fieldpost/api'
import { displayName, emojiName, isAdmin } from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Dialog, Field, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useRef, useState } from 'preact/hooks'

const MOST = 512 * 1024

export default function OwnEmoji({ onClose }: { onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const { client } = shell
  const [name, setName] = useState('')
  const [file, setFile] = useState<File | undefined>(undefined)
  const [shown, show] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const picker = useRef<HTMLInputElement>(null)
  const me = store.me.value
  useEffect(() => void client.emojis.load(), [client])
  useEffect(() => {
    if (!file) return
    const url = URL.createObjectURL(file)
    show(url)
    return () => URL.revokeObjectURL(url)
  }, [file])
  const choose = (f: File | undefined) => {
    if (!f) return
    setWrong(f.size > MOST ? t('emoji.most') : '')
    setFile(f.size > MOST ? undefined : f)
    if (!name) setName(emojiName(f.name.replace(/\.[^.]*$/, '')))
  }
  const add = async () => {
    if (busy || !file) return
    setBusy(true)
    try {
      await client.emojis.add(emojiName(name), file)
      client.notice(t('emoji.use', { name: emojiName(name) }))
      setName('')
      setFile(undefined)
      show('')
      setWrong('')
    } catch (e) {
      setWrong(explain(e))
    } finally {
      setBusy(false)
    }
  }
  const remove = async (e: CustomEmoji) => {
    const sure = await shell.confirm({
      title: t('emoji.deleteTitle', { name: e.name }),
      text: t('emoji.deleteText'),
      action: t('common.delete'),
      danger: true,
    })
    if (!sure) return
    try {
      await client.emojis.remove(e)
    } catch (error) {
      client.notice(explain(error), 'error')
    }
  }
  const all = client.emojis.all()
  return (
    <Dialog title={t('emoji.own')} onClose={onClose}>
      <form
        class="own-emoji"
        noValidate
        onSubmit={e => {
          e.preventDefault()
          void add()
        }}
      >
        <div class="picture-choice">
          <Button onClick={() => picker.current?.click()}>
            {file ? t('emoji.another') : t('emoji.pick')}
          </Button>
          {shown ? <img src={shown} alt="" /> : <small>{t('emoji.kinds')}</small>}
        </div>
        <input
          ref={picker}
          type="file"
          accept="image/png,image/jpeg,image/gif"
          hidden
          aria-label={t('emoji.picture')}
          onChange={e => choose(e.currentTarget.files?.[0])}
        />
        <Field
          label={t('chan.name')}
          name="emoji"
          value={name}
          onInput={x => {
            setName(x)
            setWrong('')
          }}
          wrong={wrong}
          hint={emojiName(name) ? `:${emojiName(name)}:` : t('emoji.nameHint')}
        />
        {all.length > 0 && (
          <ul class="scroll" aria-label={t('emoji.list')} tabIndex={0}>
            {all.map(e => (
              <li key={e.id}>
                <img src={client.rest.emojiUrl(e.id)} alt="" loading="lazy" />
                <span class="grow cut">
                  :{e.name}:{' '}
                  <small>{t('emoji.by', { name: displayName(store.user(e.creator_id).value) })}</small>
                </span>
                {(e.creator_id === me?.id || isAdmin(me)) && (
                  <IconButton
                    small
                    icon="trash"
                    label={t('emoji.delete', { name: e.name })}
                    onClick={() => void remove(e)}
                  />
                )}
              </li>
            ))}
          </ul>
        )}
        <footer>
          <Button look="quiet" onClick={onClose}>
            {t('common.close')}
          </Button>
          <Button type="submit" look="primary" busy={busy} disabled={!file || !emojiName(name)}>
            {t('common.add')}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
