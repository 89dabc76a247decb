/** Asks for a moment to come: one of a few that people choose, or any. */

import { fromInput, laterChoices, localInput, momentText } from '@fieldpost/core'
import { Button, Dialog, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useId, useState } from 'preact/hooks'
import './when.css'

export default function When({
  title,
  action,
  soon = false,
  answer,
}: {
  title: string
  action: string
  soon?: boolean
  answer: (at: number | undefined) => void
}) {
  const id = useId()
  const now = Date.now()
  const choices = laterChoices(now, soon)
  const [own, setOwn] = useState(localInput(choices.at(-1)?.at ?? now))
  const [wrong, setWrong] = useState('')
  const other = () => {
    const at = fromInput(own)
    if (at > Date.now()) answer(at)
    else setWrong(t('time.passed'))
  }
  return (
    <Dialog title={title} onClose={() => answer(undefined)}>
      <div class="when">
        {choices.map((c, i) => (
          <button key={c.label} type="button" class="btn" autofocus={i === 0} onClick={() => answer(c.at)}>
            <Icon name="clock" />
            <span class="grow">{c.label}</span>
            <small>{momentText(c.at)}</small>
          </button>
        ))}
      </div>
      <form
        class="when-own"
        onSubmit={e => {
          e.preventDefault()
          other()
        }}
      >
        <div class="field">
          <label for={id}>{t('when.other')}</label>
          <input
            id={id}
            class="input"
            type="datetime-local"
            required
            min={localInput(now)}
            value={own}
            aria-describedby={wrong ? `${id}w` : undefined}
            onInput={e => {
              setOwn(e.currentTarget.value)
              setWrong('')
            }}
          />
          {wrong && (
            <span class="wrong" id={`${id}w`} role="alert">
              {wrong}
            </span>
          )}
        </div>
        <footer>
          <Button look="quiet" onClick={() => answer(undefined)}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" look="primary">
            {action}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
