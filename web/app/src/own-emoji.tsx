/** Emoji that people made: adds one, and deletes what may be deleted. */

import type { CustomEmoji } from '@fieldpost/api'
import { displayName, emojiName, isAdmin } from '@fieldpost/core'
import { Asking, explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Field, IconButton } from '@fieldpost/ui'
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
  const [tooBig, setTooBig] = useState(false)
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
    const over = f.size > MOST
    setTooBig(over)
    setFile(over ? undefined : f)
    if (!name) setName(emojiName(f.name.replace(/\.[^.]*$/, '')))
  }
  const add = async () => {
    if (!file) return
    await client.emojis.add(emojiName(name), file)
    client.notice(t('emoji.use', { name: emojiName(name) }))
    setName('')
    setFile(undefined)
    show('')
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
    <Asking
      title={t('emoji.own')}
      act={t('common.add')}
      ready={file !== undefined && emojiName(name) !== ''}
      leave={t('common.close')}
      about="emoji"
      class="own-emoji"
      onDo={add}
      onClose={onClose}
    >
      <div class="picture-choice">
        <Button onClick={() => picker.current?.click()}>{file ? t('emoji.another') : t('emoji.pick')}</Button>
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
          setTooBig(false)
        }}
        wrong={tooBig ? t('emoji.most') : ''}
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
    </Asking>
  )
}
