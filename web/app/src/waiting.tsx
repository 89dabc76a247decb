/** What was written and done here and the server has not heard yet, each with a way to take it back. */
import { type Act, type Client, channelTitle, plain } from '@fieldpost/core'
import { Button, Dialog } from '@fieldpost/ui'
import './waiting.css'

const short = (text: string): string => {
  const words = plain(text).trim()
  return words.length > 90 ? `${words.slice(0, 89)}…` : words
}

export default function Waiting({ client, onClose }: { client: Client; onClose: () => void }) {
  const { store } = client
  const title = (channel: string) => {
    const c = store.channels.value.get(channel)
    return c ? channelTitle(store, c) : 'a channel'
  }
  const of = (post: string) => {
    const p = store.known(post)
    return p ? `“${short(p.message)}” in ${title(p.channel_id)}` : 'a message'
  }
  const words = (a: Act): string => {
    switch (a.do) {
      case 'edit':
        return `Edit: “${short(a.message)}”, before ${of(a.post)}`
      case 'delete':
        return `Delete ${of(a.post)}`
      case 'react':
        return `${a.on ? 'React' : 'Take back the reaction'} :${a.emoji}: to ${of(a.post)}`
      case 'pin':
        return `${a.on ? 'Pin' : 'Unpin'} ${of(a.post)}`
      case 'save':
        return `${a.on ? 'Save' : 'Do not save'} ${of(a.post)}`
      case 'read':
        return `Mark ${title(a.channel)} as read`
    }
  }
  const rows = [
    ...store.outbox.value.map(e => ({
      key: e.pending_post_id,
      text: `Message in ${title(e.channel_id)}: “${short(e.message) || e.files.map(f => f.name).join(', ')}”`,
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
    <Dialog title="Not sent yet" onClose={onClose}>
      <p>{rows.length > 0 ? 'It is sent when the server is back.' : 'Everything was sent.'}</p>
      <ul class="waiting">
        {rows.map(r => (
          <li key={r.key}>
            <span class="grow">
              {r.text}
              {r.why && <small>Refused: {r.why}</small>}
            </span>
            <Button onClick={() => void r.undo()}>{r.why ? 'Discard' : 'Undo'}</Button>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
