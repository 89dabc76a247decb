/** Changes what a channel says of itself. */

import type { Channel, ChannelPatch } from '@fieldpost/api'
import { channelTitle, slug } from '@fieldpost/core'
import { Asking, useShell, useStore } from '@fieldpost/parts'
import { Field } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useId, useState } from 'preact/hooks'
import './channel.css'

const MOST = { header: 1024, purpose: 250 } as const

/** Saves a change of a channel, and closes. */
export function useSaving(channel: Channel, onClose: () => void) {
  const { client } = useShell()
  return async (p: ChannelPatch) => {
    await client.about.change(channel.id, p)
    onClose()
  }
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
  const save = useSaving(channel, onClose)
  const over = [...text].length - MOST[what]
  return (
    <Asking
      title={t(what === 'header' ? 'chan.headerOf' : 'chan.purposeOf', {
        name: channelTitle(store, channel),
      })}
      act={t('common.save')}
      class="channel-form"
      ready={over <= 0}
      onDo={() => save({ [what]: text.trim() })}
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
    </Asking>
  )
}

export function Rename({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const [name, setName] = useState(channel.display_name)
  const [address, setAddress] = useState(channel.name)
  const save = useSaving(channel, onClose)
  // The channel that a team began with keeps its address.
  const fixed = channel.name === 'town-square'
  const ready = name.trim() !== '' && slug(address) === address && address !== ''
  const patch = {
    display_name: name.trim(),
    ...(address === channel.name ? {} : { name: address }),
  }
  return (
    <Asking
      title={t('chan.rename', { name: channel.display_name })}
      act={t('common.save')}
      class="channel-form"
      ready={ready}
      onDo={() => save(patch)}
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
    </Asking>
  )
}
