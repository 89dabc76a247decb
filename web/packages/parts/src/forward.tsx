/** Sends a link to a message on to a channel or person, with words of one's own. */

import type { Choice, Post } from '@fieldpost/api'
import { channelTitle } from '@fieldpost/core'
import { t } from '@fieldpost/words/far'
import { useId, useState } from 'preact/hooks'
import { Asking } from './asking.tsx'
import { Choose, peopleSource, type Source } from './choose.tsx'
import { type Shell, useShell, useStore } from './context.tsx'
import Quoted from './quoted.tsx'
import './post-extras.css'

/** Channels and conversations that are known, then people. */
function placesSource(shell: Shell): Source {
  const { store } = shell.client
  const people = peopleSource(shell)
  return async typed => {
    const q = typed.replace(/^[~@]/, '').toLowerCase()
    const known = [...store.channels.peek().values()]
      .filter(c => (c.team_id === shell.teamId() || c.type === 'G') && c.delete_at === 0)
      .map(c => ({ value: `channel:${c.id}`, text: channelTitle(store, c) }))
      .filter(c => c.text.toLowerCase().includes(q))
      .sort((a, b) => a.text.localeCompare(b.text))
    const found = (await people(typed)).map(p => ({ ...p, value: `person:${p.value}` }))
    return typed.startsWith('@') ? found : [...known, ...found]
  }
}

export default function Forward({ post, onClose }: { post: Post; onClose: () => void }) {
  const shell = useShell()
  const { client } = shell
  const store = useStore()
  const id = useId()
  const [to, setTo] = useState<Choice | undefined>(undefined)
  const [comment, setComment] = useState('')
  const from = store.channels.value.get(post.channel_id)
  const send = async () => {
    if (!to) return
    const [kind, where = ''] = to.value.split(':')
    const channel = kind === 'person' ? (await client.places.openDirect(where)).id : where
    const link = `${location.origin}/${shell.team()}/pl/${post.id}`
    await client.writing.send(channel, [comment.trim(), link].filter(Boolean).join('\n\n'))
    client.notice(t('forward.done', { name: to.text }))
    onClose()
  }
  return (
    <Asking
      title={t('forward.title')}
      act={t('forward.act')}
      ready={to !== undefined}
      class="forward"
      onDo={send}
      onClose={onClose}
    >
      <Choose label={t('forward.to')} chosen={to?.text ?? ''} source={placesSource(shell)} onPick={setTo} />
      <div class="field">
        <label for={id}>{t('forward.comment')}</label>
        <textarea
          id={id}
          class="input"
          rows={3}
          placeholder={t('forward.hint')}
          value={comment}
          onInput={e => setComment(e.currentTarget.value)}
        />
      </div>
      <Quoted id={post.id} still />
      {from && from.type !== 'O' && (
        <p class="hint">{t('forward.only', { place: channelTitle(store, from) })}</p>
      )}
    </Asking>
  )
}
