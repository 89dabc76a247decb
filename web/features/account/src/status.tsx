/** Says what one is doing, and until when; and asks not to be disturbed. */

import type { CustomStatus } from '@fieldpost/api'
import {
  customStatus,
  dayStart,
  fromInput,
  LASTING,
  type Lasting,
  localInput,
  momentText,
  QUIET,
  statusEnd,
  suggested,
  timeText,
  withEnd,
} from '@fieldpost/core'
import { explain, loadEmoji, SayingEmoji, useShell, useStore } from '@fieldpost/parts'
import { Button, Dialog, Icon, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useId, useState } from 'preact/hooks'
import './status.css'

const HOUR = 3_600_000

/** Runs what needs the server, once at a time; what went wrong stays to be read. */
function useAttempt(): {
  busy: boolean
  wrong: string
  refuse: (text: string) => void
  attempt: (f: () => Promise<void>) => Promise<void>
} {
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState('')
  const attempt = async (f: () => Promise<void>) => {
    if (busy) return
    setBusy(true)
    setWrong('')
    try {
      await f()
    } catch (e) {
      setWrong(explain(e))
    } finally {
      setBusy(false)
    }
  }
  return { busy, wrong, refuse: setWrong, attempt }
}

/** A status of before, or one that is suggested. */
function Offer({ of, onPick, onForget }: { of: CustomStatus; onPick: () => void; onForget?: () => void }) {
  const lasts = LASTING.find(l => l.id === of.duration)?.label
  return (
    <li>
      <button type="button" class="btn grow" onClick={onPick}>
        <SayingEmoji name={of.emoji} />
        <span class="grow cut">{of.text || t('acc.noWords')}</span>
        {lasts && <small>{lasts}</small>}
      </button>
      {onForget && (
        <IconButton
          icon="close"
          label={t('acc.offerNoMore', { name: of.text || of.emoji })}
          onClick={onForget}
        />
      )}
    </li>
  )
}

export function SayStatus({ onClose }: { onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const id = useId()
  const { presence } = shell.client
  const now = presence.now.value
  const [old] = useState(() => customStatus(store.me.peek(), now))
  const [emoji, setEmoji] = useState(old?.emoji ?? '')
  const [text, setText] = useState(old?.text ?? '')
  const [lasts, setLasts] = useState(old ? (statusEnd(old) > 0 ? 'date_and_time' : '') : 'today')
  const [until, setUntil] = useState(localInput((old && statusEnd(old)) || now + HOUR))
  const { busy, wrong, refuse, attempt } = useAttempt()
  useEffect(() => {
    void presence.loadRecent()
    void loadEmoji().catch(() => {})
  }, [presence])
  const save = () => {
    const chosen = fromInput(until)
    if (lasts === 'date_and_time' && !(chosen > Date.now())) return refuse(t('time.passed'))
    return attempt(async () => {
      await presence.say(withEnd({ emoji, text, duration: lasts }, Date.now(), chosen))
      onClose()
    })
  }
  const take = (s: CustomStatus) => {
    setEmoji(s.emoji)
    setText(s.text)
    setLasts(s.duration === 'date_and_time' ? '' : s.duration)
  }
  const recent = presence.recent.value
  const said = new Set(recent.map(s => s.text))
  return (
    <Dialog title={t('acc.status')} onClose={onClose}>
      <form
        class="status-form"
        onSubmit={e => {
          e.preventDefault()
          void save()
        }}
      >
        <div class="saying-row">
          <button
            type="button"
            class="btn face"
            aria-label={emoji ? t('acc.emojiIs', { name: emoji.replaceAll('_', ' ') }) : t('acc.chooseEmoji')}
            onClick={e => shell.pickEmoji(e.currentTarget, setEmoji)}
          >
            {emoji ? <SayingEmoji name={emoji} /> : <Icon name="smile" />}
          </button>
          <input
            class="input"
            autofocus
            aria-label={t('acc.doing')}
            placeholder={t('acc.doingAsk')}
            maxLength={100}
            value={text}
            onInput={e => setText(e.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for={id}>{t('acc.clearAfter')}</label>
          <select id={id} class="input" value={lasts} onChange={e => setLasts(e.currentTarget.value)}>
            {LASTING.map(l => (
              <option key={l.id} value={l.id}>
                {l.label}
              </option>
            ))}
          </select>
          {lasts === 'date_and_time' && (
            <input
              class="input"
              type="datetime-local"
              aria-label={t('acc.clearAt')}
              required
              min={localInput(now)}
              value={until}
              onInput={e => setUntil(e.currentTarget.value)}
            />
          )}
        </div>
        {!old && (
          <ul class="offers" aria-label={t('acc.offers')}>
            {recent.map(s => (
              <Offer
                key={`${s.emoji}/${s.text}`}
                of={s}
                onPick={() => take(s)}
                onForget={() => void attempt(() => presence.forget(s))}
              />
            ))}
            {suggested()
              .filter(s => !said.has(s.text))
              .map(s => (
                <Offer key={s.text} of={s} onPick={() => take(s)} />
              ))}
          </ul>
        )}
        {wrong && (
          <p class="trouble" role="alert">
            {wrong}
          </p>
        )}
        <footer>
          {old && (
            <Button
              onClick={() =>
                void attempt(async () => {
                  await presence.clear()
                  onClose()
                })
              }
            >
              {t('acc.clearStatus')}
            </Button>
          )}
          <Button look="quiet" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" look="primary" busy={busy} disabled={!emoji && !text.trim()}>
            {t('common.save')}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}

const endText = (l: Lasting, now: number): string => {
  const end = l.end(now)
  if (end === 0) return ''
  return dayStart(end) === dayStart(now) ? timeText(end) : momentText(end)
}

export function AskQuiet({ onClose }: { onClose: () => void }) {
  const { client } = useShell()
  const id = useId()
  const now = client.presence.now.value
  const [own, setOwn] = useState(localInput(now + HOUR))
  const { busy, wrong, refuse, attempt } = useAttempt()
  const quiet = (end: number) =>
    attempt(async () => {
      await client.presence.set('dnd', end)
      onClose()
    })
  const other = () => {
    const at = fromInput(own)
    if (at > Date.now()) void quiet(at)
    else refuse(t('time.passed'))
  }
  return (
    <Dialog title={t('me.dnd')} onClose={onClose}>
      <p class="quiet-words">{t('acc.quietText')}</p>
      <div class="quiet-ways">
        {QUIET.map((l, i) => (
          <button
            key={l.id}
            type="button"
            class="btn"
            autofocus={i === 0}
            aria-disabled={busy || undefined}
            onClick={() => void quiet(l.end(Date.now()))}
          >
            <Icon name={l.id === 'always' ? 'bellOff' : 'clock'} />
            <span class="grow">{l.label}</span>
            <small>{endText(l, now)}</small>
          </button>
        ))}
      </div>
      <form
        class="status-form"
        onSubmit={e => {
          e.preventDefault()
          other()
        }}
      >
        <div class="field">
          <label for={id}>{t('acc.quietOther')}</label>
          <input
            id={id}
            class="input"
            type="datetime-local"
            required
            min={localInput(now)}
            value={own}
            onInput={e => setOwn(e.currentTarget.value)}
          />
        </div>
        {wrong && (
          <p class="trouble" role="alert">
            {wrong}
          </p>
        )}
        <footer>
          <Button look="quiet" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" look="primary" busy={busy}>
            {t('me.dnd')}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
