/** Changes what a channel says of itself. */

import type { Channel, ChannelPatch } from '@fieldpost/api'
import { channelTitle, slug } from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Dialog, Field } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import './channel.css'

const MOST = { header: 1024, purpose: 250 } as const

/** A form that saves one change, and stays with what was typed when it could not. */
export function useSaving(channel: Channel, onClose: () => void) {
  const { client } = useShell()
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const save = async (p: ChannelPatch) => {
    if (busy) return
    setBusy(true)
    try {
      await client.about.change(channel.id, p)
      onClose()
    } catch (e) {
      setWrong(explain(e))
      setBusy(false)
    }
  }
  return { wrong, busy, save }
}

export function Form({
  title,
  busy,
  wrong,
  ready,
  onSave,
  onClose,
  children,
}: {
  title: string
  busy: boolean
  wrong: string
  ready: boolean
  onSave: () => void
  onClose: () => void
  children: ComponentChildren
}) {
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="channel-form"
        noValidate
        onSubmit={e => {
          e.preventDefault()
          if (ready) onSave()
        }}
      >
        {children}
        {wrong && (
          <p class="trouble" role="alert">
            {wrong}
          </p>
        )}
        <footer>
          <Button look="quiet" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" look="primary" busy={busy} disabled={!ready}>
            {t('common.save')}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}

export function ChangeText({
  channel,
  what,
  onClose,
}: {
  channel: Channel
  what: 'header' | 'purpose'
  onClose: () => void
}) {
  const store = useStore()
  const id = useId()
  const [text, setText] = useState(channel[what])
  const { wrong, busy, save } = useSaving(channel, onClose)
  const over = [...text].length - MOST[what]
  return (
    <Form
      title={t(what === 'header' ? 'chan.headerOf' : 'chan.purposeOf', {
        name: channelTitle(store, channel),
      })}
      busy={busy}
      wrong={wrong}
      ready={over <= 0}
      onSave={() => void save({ [what]: text.trim() })}
      onClose={onClose}
    >
      <div class="field">
        <label for={id}>{what === 'header' ? t('chan.header') : t('chan.purpose')}</label>
        <textarea
          id={id}
          class="input long"
          rows={4}
          autofocus
          value={text}
          aria-describedby={`${id}h`}
          aria-invalid={over > 0 || undefined}
          onInput={e => setText(e.currentTarget.value)}
        />
        <span class={over > 0 ? 'wrong' : 'hint'} id={`${id}h`} role={over > 0 ? 'alert' : undefined}>
          {over > 0
            ? t('chan.tooLong', { count: over })
            : what === 'header'
              ? t('chan.headerHint')
              : t('chan.purposeHint')}
        </span>
      </div>
    </Form>
  )
}

export function Rename({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const [name, setName] = useState(channel.display_name)
  const [address, setAddress] = useState(channel.name)
  const { wrong, busy, save } = useSaving(channel, onClose)
  // The channel that a team began with keeps its address.
  const fixed = channel.name === 'town-square'
  const ready = name.trim() !== '' && slug(address) === address && address !== ''
  const patch = {
    display_name: name.trim(),
    ...(address === channel.name ? {} : { name: address }),
  }
  return (
    <Form
      title={t('chan.rename', { name: channel.display_name })}
      busy={busy}
      wrong={wrong}
      ready={ready}
      onSave={() => void save(patch)}
      onClose={onClose}
    >
      <Field label={t('chan.name')} name="name" autoFocus value={name} onInput={setName} />
      <Field
        label={t('chan.address')}
        name="address"
        value={address}
        readOnly={fixed}
        onInput={setAddress}
        wrong={ready || name.trim() === '' ? '' : t('chan.small')}
        hint={fixed ? t('chan.fixed') : t('chan.oldLinks')}
      />
    </Form>
  )
}
