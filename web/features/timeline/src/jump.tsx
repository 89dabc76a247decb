/** A calendar by which one goes to the first message of a day. */

import {
  addDays,
  addMonths,
  dateText,
  dayStart,
  firstSince,
  monthDays,
  monthStart,
  monthText,
  weekdayText,
} from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { alongLine, Dialog, IconButton, Pop } from '@fieldpost/ui'
import { numberText } from '@fieldpost/words'
import { t } from '@fieldpost/words/far'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import './jump.css'

const MONDAY = 1

const STEPS: Readonly<Record<string, (at: number) => number>> = {
  ArrowLeft: at => addDays(at, -1),
  ArrowRight: at => addDays(at, 1),
  ArrowUp: at => addDays(at, -7),
  ArrowDown: at => addDays(at, 7),
  PageUp: at => addMonths(at, -1),
  PageDown: at => addMonths(at, 1),
}

function Month({ start, busy, onPick }: { start: number; busy: boolean; onPick: (at: number) => void }) {
  const today = dayStart(Date.now())
  const [at, setAt] = useState(Math.min(start, today))
  const grid = useRef<HTMLDivElement>(null)
  const moved = useRef(false)
  const days = monthDays(at, MONDAY)
  // Before the next key comes: the day that had the focus may be gone.
  useLayoutEffect(() => {
    if (moved.current) grid.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus()
    moved.current = false
  }, [at])
  const move = (to: number) => {
    moved.current = true
    setAt(Math.min(to, today))
  }
  return (
    <div
      class="calendar"
      role="group"
      aria-label={t('jump.calendar')}
      aria-busy={busy}
      onKeyDown={e => {
        const step = STEPS[alongLine(e.key)]
        if (!step) return
        e.preventDefault()
        move(step(at))
      }}
    >
      <header>
        <IconButton icon="back" label={t('jump.before')} onClick={() => setAt(addMonths(at, -1))} />
        <b class="grow" aria-live="polite">
          {monthText(at)}
        </b>
        <IconButton
          icon="forth"
          label={t('jump.after')}
          disabled={addMonths(monthStart(at), 1) > today}
          onClick={() => setAt(Math.min(today, addMonths(at, 1)))}
        />
      </header>
      <div class="week" aria-hidden="true">
        {days.slice(0, 7).map(d => (
          <span key={d.at} title={weekdayText(d.at, 'long')}>
            {weekdayText(d.at, 'narrow')}
          </span>
        ))}
      </div>
      <div ref={grid} class="days" role="group" aria-label={monthText(at)}>
        {days.map(d => (
          <button
            key={d.at}
            type="button"
            class={d.outside ? 'outside' : ''}
            tabIndex={d.at === dayStart(at) ? 0 : -1}
            autofocus={d.at === dayStart(at)}
            aria-label={dateText(d.at)}
            aria-current={d.at === today ? 'date' : undefined}
            disabled={d.at > today}
            onClick={() => onPick(d.at)}
          >
            {numberText(d.day)}
          </button>
        ))}
      </div>
      <p class="hint" role="status">
        {busy ? t('jump.looking') : t('jump.pick')}
      </p>
    </div>
  )
}

/** Beside what it was opened from, or in the middle. */
export default function JumpToDate({
  channel,
  start = Date.now(),
  anchor,
  onClose,
}: {
  channel: string
  start?: number
  anchor?: Element | undefined
  onClose: () => void
}) {
  const shell = useShell()
  const store = useStore()
  const { client } = shell
  const [busy, setBusy] = useState(false)
  const pick = async (at: number) => {
    if (busy) return
    if (store.link.peek() === 'offline') return client.notice(t('jump.needs'), 'error')
    setBusy(true)
    try {
      const post = await firstSince(client.rest, channel, at)
      onClose()
      if (!post) return client.notice(t('jump.nothing'))
      if (post.create_at >= addDays(at, 1)) client.notice(t('jump.nextCame'))
      shell.go(`/${shell.team()}/pl/${post.id}`)
    } catch (e) {
      setBusy(false)
      client.notice(explain(e), 'error')
    }
  }
  const month = <Month start={dayStart(start)} busy={busy} onPick={at => void pick(at)} />
  return anchor ? (
    <Pop anchor={anchor} label={t('line.jump')} onClose={onClose}>
      {month}
    </Pop>
  ) : (
    <Dialog title={t('line.jump')} onClose={onClose}>
      {month}
    </Dialog>
  )
}
