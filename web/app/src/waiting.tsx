/** What was written and done here and the server has not heard yet, each with a way to take it back. */

import { type Act, type Client, channelTitle, plain } from '@fieldpost/core'
import { Button, Dialog } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import './waiting.css'

const short = (text: string): string => {
  const words = plain(text).trim()
  return words.length > 90 ? `${words.slice(0, 89)}…` : words
}

export default function Waiting({ client, onClose }: { client: Client; onClose: () => void }) {
  const { store } = client
  const title = (channel: string) => {
    const c = store.channels.value.get(channel)
    return c ? channelTitle(store, c) : t('waiting.channel')
  }
  const of = (post: string) => {
    const p = store.known(post)
    return p ? t('waiting.of', { text: short(p.message), place: title(p.channel_id) }) : t('waiting.message')
  }
  const words = (a: Act): string => {
    switch (a.do) {
      case 'edit':
        return t('waiting.edit', { text: short(a.message), of: of(a.post) })
      case 'delete':
        return t('waiting.delete', { of: of(a.post) })
      case 'react':
        return t(a.on ? 'waiting.react' : 'waiting.unreact', { emoji: a.emoji, of: of(a.post) })
      case 'pin':
        return t(a.on ? 'waiting.pin' : 'waiting.unpin', { of: of(a.post) })
      case 'save':
        return t(a.on ? 'waiting.save' : 'waiting.unsave', { of: of(a.post) })
      case 'read':
        return t('waiting.read', { name: title(a.channel) })
    }
  }
  const rows = [
    ...store.outbox.value.map(e => ({
      key: e.pending_post_id,
      text: t('waiting.said', {
        place: title(e.channel_id),
        text: short(e.message) || e.files.map(f => f.name).join(', '),
      }),
      why: e.refused ?? '',
      undo: () => client.writing.discard(e.pending_post_id),
    })),
    ...store.deeds.value.map(d => ({
      key: d.key,
      text: words(d.act),
      why: d.refused ?? '',
      undo: () => client.deeds.drop(d.key),
    })),
  ]
  return (
    <Dialog title={t('waiting.title')} onClose={onClose}>
      <p>{rows.length > 0 ? t('waiting.when') : t('waiting.all')}</p>
      <ul class="waiting">
        {rows.map(r => (
          <li key={r.key}>
            <span class="grow">
              {r.text}
              {r.why && <small>{t('waiting.refused', { why: r.why })}</small>}
            </span>
            <Button onClick={() => void r.undo()}>{r.why ? t('common.discard') : t('common.undo')}</Button>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
