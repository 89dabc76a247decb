/** Asks for a moment to come: one of a few that people choose, or any. */

import { fromInput, laterChoices, localInput, momentText } from '@fieldpost/core'
import { AskingForm, MomentField } from '@fieldpost/parts'
import { Dialog, Fault, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useState } from 'preact/hooks'
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
  const now = Date.now()
  const choices = laterChoices(now, soon)
  const [own, setOwn] = useState(localInput(choices.at(-1)?.at ?? now))
  const other = () => {
    const at = fromInput(own)
    if (!(at > Date.now())) throw new Fault(t('time.passed'), 'other')
    answer(at)
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
      <AskingForm act={action} onDo={other} onClose={() => answer(undefined)}>
        <MomentField name="other" label={t('when.other')} now={now} value={own} onInput={setOwn} />
      </AskingForm>
    </Dialog>
  )
}
