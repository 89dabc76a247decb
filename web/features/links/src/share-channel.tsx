import type { Channel } from '@fieldpost/api'
import { type LinkView, shareChoices } from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Dialog, Icon } from '@fieldpost/ui'
import { useEffect, useState } from 'preact/hooks'
import type { Deeds } from './deeds.ts'

const ALL = '*'

/** Picks what to share with a site: one team channel, or all of them. */
export function ShareChannel({
  view,
  deeds,
  onClose,
}: {
  view: LinkView
  deeds: Deeds
  onClose: () => void
}) {
  const { client } = useShell()
  const store = useStore()
  const [open, setOpen] = useState<readonly Channel[]>([])
  const [typed, setTyped] = useState('')
  const [picked, pick] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const teams = store.teams.value
  useEffect(() => {
    Promise.all([...teams.keys()].map(t => client.rest.publicChannels(t))).then(
      lists => setOpen(lists.flat()),
      (e: unknown) => setWrong(explain(e)),
    )
  }, [])
  const known = new Map([...store.channels.value.values(), ...open].map(c => [c.id, c]))
  const choices = shareChoices([...known.values()], id => teams.get(id)?.name, view.shares, typed)
  const share = async () => {
    if (busy || !picked) return
    setBusy(true)
    const failed = await deeds.share(
      view,
      picked === ALL ? { all: true } : { channel: picked },
      picked === ALL ? 'All team channels are' : `${picked} is`,
    )
    setBusy(false)
    if (failed) setWrong(failed)
    else onClose()
  }
  return (
    <Dialog title={`Share with ${view.site}`} onClose={onClose}>
      <form
        class="steps"
        onSubmit={e => {
          e.preventDefault()
          void share()
        }}
      >
        <p class="hint">Everything written in a shared channel, earlier messages too, goes to {view.site}.</p>
        <input
          class="input"
          type="search"
          aria-label="Find a channel"
          placeholder="Find a channel"
          autofocus
          value={typed}
          onInput={e => setTyped(e.currentTarget.value)}
        />
        <fieldset class="choices scroll">
          <legend class="vh">What to share</legend>
          {!view.shareAll && (
            <label>
              <input type="radio" name="channel" checked={picked === ALL} onChange={() => pick(ALL)} />
              <Icon name="sites" />
              <span class="grow">
                <b>All team channels</b>, also future ones
              </span>
            </label>
          )}
          {choices.map(c => (
            <label key={c.channel}>
              <input
                type="radio"
                name="channel"
                checked={picked === c.channel}
                onChange={() => pick(c.channel)}
              />
              <Icon name={c.locked ? 'lock' : 'hash'} />
              <span class="grow cut">
                {c.title} <small>{c.team}</small>
              </span>
            </label>
          ))}
          {choices.length === 0 && <p class="hint">No other channel by that name.</p>}
        </fieldset>
        {wrong && (
          <p class="trouble" role="alert">
            {wrong}
          </p>
        )}
        <footer>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" busy={busy} disabled={!picked}>
            Share
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
