/** Asking people in by mail: into the team, or as guests into some of its channels. */

import { type Choice, type InviteResult, InvitesRest, type Team } from '@fieldpost/api'
import { channelRights, channelTitle, mailAddresses } from '@fieldpost/core'
import { Choose, explain, type Shell, type Source, useShell, useStore } from '@fieldpost/parts'
import { Button, Icon, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useMemo, useState } from 'preact/hooks'

/** What became of each address. */
function Outcomes({ of }: { of: readonly InviteResult[] }) {
  return (
    <div role="status">
      {of.length > 0 && (
        <ul class="sent" aria-label={t('teams.sent')}>
          {of.map(r => (
            <li key={r.email} class={r.error ? 'bad' : ''}>
              <Icon name={r.error ? 'warn' : 'check'} />
              <span class="grow">
                {r.email}
                {r.error && `: ${r.error.message}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** Addresses that somebody types, and what became of each. `lacks` says what else is missing. */
function Mailing({
  lacks = '',
  send,
  children,
}: {
  lacks?: string
  send: (addresses: readonly string[]) => Promise<unknown>
  children?: ComponentChildren
}) {
  const id = useId()
  const [typed, setTyped] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const [done, setDone] = useState<readonly InviteResult[]>([])
  const { good, bad } = mailAddresses(typed)
  // What was missing is there now, or something else is.
  useEffect(() => setWrong(''), [lacks])
  const run = async () => {
    if (busy || good.length === 0) return
    if (bad.length > 0) return setWrong(t('teams.badMail', { list: bad.join(', ') }))
    if (lacks) return setWrong(lacks)
    setBusy(true)
    try {
      const told = await send(good)
      setDone(Array.isArray(told) ? (told as InviteResult[]) : good.map(email => ({ email })))
      setTyped('')
      setWrong('')
    } catch (e) {
      setWrong(explain(e))
    }
    setBusy(false)
  }
  return (
    <form
      class="side-form"
      noValidate
      onSubmit={e => {
        e.preventDefault()
        void run()
      }}
    >
      <div class="field">
        <label for={id}>{t('teams.byMail')}</label>
        <textarea
          id={id}
          class="input addresses"
          rows={2}
          value={typed}
          placeholder="bo@ship.example, cem@ship.example"
          onInput={e => {
            setTyped(e.currentTarget.value)
            setWrong('')
          }}
        />
      </div>
      {children}
      {wrong && (
        <p class="trouble" role="alert">
          {wrong}
        </p>
      )}
      <Outcomes of={done} />
      <footer>
        <Button type="submit" busy={busy} disabled={good.length === 0}>
          {t('teams.send')}
        </Button>
      </footer>
    </form>
  )
}

export function MembersByMail({ team }: { team: Team }) {
  const shell = useShell()
  return <Mailing send={list => new InvitesRest(shell.client.rest).members(team.id, list)} />
}

/** The channels of the team into which the reader may bring people. */
function openTo(shell: Shell, team: string): Source {
  const { store, permissions } = shell.client
  return async typed =>
    [...store.channels.peek().values()]
      .filter(c => c.team_id === team && channelRights(permissions.inChannel(team, c.id), c).members)
      .map(c => ({ value: c.id, text: channelTitle(store, c) }))
      .filter(c => c.text.toLowerCase().includes(typed.toLowerCase()))
      .sort((a, b) => a.text.localeCompare(b.text))
}

const LONGEST_NOTE = 2000

export function GuestsByMail({ team }: { team: Team }) {
  const shell = useShell()
  const store = useStore()
  const id = useId()
  const source = useMemo(() => openTo(shell, team.id), [shell, team.id])
  const [channels, setChannels] = useState<readonly Choice[]>([])
  const [note, setNote] = useState('')
  const offline = store.link.value !== 'online'
  return (
    <>
      <p class="quiet-hint">{offline ? t('common.offlineTry') : t('guests.about')}</p>
      <Mailing
        lacks={channels.length === 0 ? t('guests.lacksChannel') : ''}
        send={list =>
          new InvitesRest(shell.client.rest).guests(team.id, {
            emails: list,
            channels: channels.map(c => c.value),
            message: note.trim(),
          })
        }
      >
        <div class="field">
          <Choose
            label={t('guests.channel')}
            chosen=""
            source={source}
            onPick={x => !channels.some(c => c.value === x.value) && setChannels([...channels, x])}
          />
          {channels.length > 0 && (
            <ul class="into" aria-label={t('guests.into')}>
              {channels.map(c => (
                <li key={c.value}>
                  <span class="cut">{c.text}</span>
                  <IconButton
                    small
                    icon="close"
                    label={t('guests.not', { channel: c.text })}
                    onClick={() => setChannels(channels.filter(x => x !== c))}
                  />
                </li>
              ))}
            </ul>
          )}
        </div>
        <div class="field">
          <label for={id}>{t('guests.note')}</label>
          <textarea
            id={id}
            class="input addresses"
            rows={2}
            maxLength={LONGEST_NOTE}
            value={note}
            onInput={e => setNote(e.currentTarget.value)}
          />
        </div>
      </Mailing>
    </>
  )
}
