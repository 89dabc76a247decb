/** What was done to links and what was refused, the newest first. */
import { historyView, type LinkHistory } from '@fieldpost/core/link-history'
import { explain } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useId, useState } from 'preact/hooks'

export function History({ history, now }: { history: LinkHistory; now: number }) {
  const id = useId()
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const entries = history.entries.value
  if (!entries || entries.length === 0) return null
  const more = async () => {
    setBusy(true)
    try {
      await history.showMore()
      setTrouble('')
    } catch (e) {
      setTrouble(explain(e))
    }
    setBusy(false)
  }
  return (
    <section class="past" aria-labelledby={id}>
      <h2 id={id}>{t('links.history')}</h2>
      <p class="hint">{t('links.historyText')}</p>
      <ul class="shares">
        {entries
          .map(e => historyView(e, now))
          .map(v => (
            <li key={v.key} class={v.refusal ? 'refusal' : ''} data-entry={v.key}>
              <span class="grow">
                {v.refusal && <Icon name="warn" />} {v.title}
                {v.why && (
                  <small>
                    <bdi>{v.why}</bdi>
                  </small>
                )}
                {v.who && <small>{v.who}</small>}
              </span>
              <span class="step">{v.when}</span>
            </li>
          ))}
      </ul>
      {trouble && (
        <p class="trouble" role="alert">
          <Icon name="warn" /> {trouble}
        </p>
      )}
      {history.hasMore.value && (
        <Button disabled={busy} onClick={() => void more()}>
          {t('common.showMore')}
          <span class="vh"> {t('links.history')}</span>
        </Button>
      )}
    </section>
  )
}
