/** What a link may use: when it is open, how fast it is, and how much it sends in a day. */
import { type BudgetView, KILO, type LinkView, limitOf, MEGA } from '@fieldpost/core/links'
import { Asking } from '@fieldpost/parts'
import { Button, Fault, Field } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useId, useState } from 'preact/hooks'
import type { Deeds } from './deeds.ts'

/** How it is with the budget of one link, and a way to change it. */
export function Budget({ view, deeds }: { view: LinkView; deeds: Deeds }) {
  const id = useId()
  const [changing, change] = useState(false)
  const { budget } = view
  if (!budget) return null
  return (
    <section aria-labelledby={id}>
      <div class="sharing">
        <h3 id={id} class="grow">
          {t('links.budget')}
        </h3>
        <Button onClick={() => change(true)}>
          {t('links.budgetChange')}
          <span class="vh"> {t('links.with', { site: view.site })}</span>
        </Button>
      </div>
      <p class="hint opening">{[budget.opening, budget.speed, budget.today].filter(Boolean).join(' ')}</p>
      {budget.windows.length > 0 && (
        <p class="hint">{`${t('links.windows')}: ${budget.windows.join('; ')}`}</p>
      )}
      {changing && <Change view={view} budget={budget} deeds={deeds} onClose={() => change(false)} />}
    </section>
  )
}

function Change({
  view,
  budget,
  deeds,
  onClose,
}: {
  view: LinkView
  budget: BudgetView
  deeds: Deeds
  onClose: () => void
}) {
  const id = useId()
  const [windows, setWindows] = useState(budget.windows.join('\n'))
  const [rate, setRate] = useState(budget.rate)
  const [daily, setDaily] = useState(budget.daily)
  const save = async () => {
    const bits = limitOf(rate, KILO)
    if (bits === undefined) throw new Fault(t('links.rateWrong'), 'rate')
    const bytes = limitOf(daily, MEGA)
    if (bytes === undefined) throw new Fault(t('links.dailyWrong'), 'daily')
    const lines = windows.split('\n').map(line => line.trim())
    const failed = await deeds.setBudget(view, {
      windows: lines.filter(line => line !== ''),
      rate: bits,
      bytes_per_day: bytes,
    })
    if (failed) throw new Fault(failed)
    onClose()
  }
  return (
    <Asking
      title={t('links.budgetTitle', { site: view.site })}
      act={t('common.save')}
      onDo={save}
      onClose={onClose}
    >
      <div class="field">
        <label for={id}>{t('links.windows')}</label>
        <textarea
          id={id}
          class="input long"
          rows={4}
          autofocus
          aria-describedby={`${id}h`}
          value={windows}
          onInput={e => setWindows(e.currentTarget.value)}
        />
        <p id={`${id}h`} class="hint">
          {t('links.windowsHint')}
        </p>
      </div>
      <Field
        label={t('links.rate')}
        name="rate"
        required={false}
        value={rate}
        onInput={setRate}
        hint={t('links.rateHint')}
      />
      <Field
        label={t('links.daily')}
        name="daily"
        required={false}
        value={daily}
        onInput={setDaily}
        hint={t('links.dailyHint')}
      />
    </Asking>
  )
}
