import type { Channel } from '@fieldpost/api'
import { type LinkView, shareChoices } from '@fieldpost/core/links'
import { Asking, explain, useShell, useStore } from '@fieldpost/parts'
import { Fault, Icon } from '@fieldpost/ui'
import { pieces, t } from '@fieldpost/words/far'
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
    const failed = await deeds.share(
      view,
      picked === ALL ? { all: true } : { channel: picked },
      picked === ALL ? '' : picked,
    )
    if (failed) throw new Fault(failed)
    onClose()
  }
  return (
    <Asking
      title={t('links.shareWith', { site: view.site })}
      act={t('links.shareAct')}
      ready={picked !== ''}
      onDo={share}
      onClose={onClose}
      trouble={wrong}
    >
      <p class="hint">{t('links.shareText', { site: view.site })}</p>
      <input
        class="input"
        type="search"
        aria-label={t('links.findChannel')}
        placeholder={t('links.findChannel')}
        autofocus
        value={typed}
        onInput={e => setTyped(e.currentTarget.value)}
      />
      <fieldset class="choices scroll">
        <legend class="vh">{t('links.whatToShare')}</legend>
        {!view.shareAll && (
          <label>
            <input type="radio" name="channel" checked={picked === ALL} onChange={() => pick(ALL)} />
            <Icon name="sites" />
            <span class="grow">{pieces('links.allFuture', { all: <b>{t('links.allChannels')}</b> })}</span>
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
        {choices.length === 0 && <p class="hint">{t('links.noOther')}</p>}
      </fieldset>
    </Asking>
  )
}
