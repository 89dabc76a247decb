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
import {
  Asking,
  AskingForm,
  loadEmoji,
  MomentField,
  SayingEmoji,
  useAttempt,
  useShell,
  useStore,
} from '@fieldpost/parts'
import { Button, Dialog, Fault, Icon, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useId, useState } from 'preact/hooks'
import './status.css'

const HOUR = 3_600_000

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
  const attempt = useAttempt()
  useEffect(() => {
    void presence.loadRecent()
    void loadEmoji().catch(() => {})
  }, [presence])
  const save = async () => {
    const chosen = fromInput(until)
    if (lasts === 'date_and_time' && !(chosen > Date.now())) throw new Fault(t('time.passed'), 'until')
    await presence.say(withEnd({ emoji, text, duration: lasts }, Date.now(), chosen))
    onClose()
  }
  const clear = async () => {
    await presence.clear()
    onClose()
  }
  const take = (s: CustomStatus) => {
    setEmoji(s.emoji)
    setText(s.text)
    setLasts(s.duration === 'date_and_time' ? '' : s.duration)
  }
  const recent = presence.recent.value
  const said = new Set(recent.map(s => s.text))
  return (
    <Asking
      title={t('acc.status')}
      act={t('common.save')}
      class="status-form"
      ready={emoji !== '' || text.trim() !== ''}
      attempt={attempt}
      beside={old && <Button onClick={() => void attempt.run(clear)}>{t('acc.clearStatus')}</Button>}
      onDo={save}
      onClose={onClose}
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
      </div>
      {lasts === 'date_and_time' && (
        <MomentField
          name="until"
          label={t('acc.clearAt')}
          labelled={false}
          now={now}
          value={until}
          onInput={setUntil}
        />
      )}
      {!old && (
        <ul class="offers" aria-label={t('acc.offers')}>
          {recent.map(s => (
            <Offer
              key={`${s.emoji}/${s.text}`}
              of={s}
              onPick={() => take(s)}
              onForget={() => void attempt.run(() => presence.forget(s))}
            />
          ))}
          {suggested()
            .filter(s => !said.has(s.text))
            .map(s => (
              <Offer key={s.text} of={s} onPick={() => take(s)} />
            ))}
        </ul>
      )}
    </Asking>
  )
}

const endText = (l: Lasting, now: number): string => {
  const end = l.end(now)
  if (end === 0) return ''
  return dayStart(end) === dayStart(now) ? timeText(end) : momentText(end)
}

export function AskQuiet({ onClose }: { onClose: () => void }) {
  const { client } = useShell()
  const now = client.presence.now.value
  const [own, setOwn] = useState(localInput(now + HOUR))
  const attempt = useAttempt()
  const quietUntil = async (end: number) => {
    await client.presence.set('dnd', end)
    onClose()
  }
  const other = () => {
    const at = fromInput(own)
    if (!(at > Date.now())) throw new Fault(t('time.passed'), 'until')
    return quietUntil(at)
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
            aria-disabled={attempt.busy || undefined}
            onClick={() => void attempt.run(() => quietUntil(l.end(Date.now())))}
          >
            <Icon name={l.id === 'always' ? 'bellOff' : 'clock'} />
            <span class="grow">{l.label}</span>
            <small>{endText(l, now)}</small>
          </button>
        ))}
      </div>
      <AskingForm act={t('me.dnd')} attempt={attempt} onDo={other} onClose={onClose}>
        <MomentField name="until" label={t('acc.quietOther')} now={now} value={own} onInput={setOwn} />
      </AskingForm>
    </Dialog>
  )
}
