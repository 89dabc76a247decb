/** What this device keeps for the hours without a network, and how much it may. */

import { BUDGETS, sizeText } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { Button } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect } from 'preact/hooks'

export function Device() {
  const shell = useShell()
  const store = useStore()
  const { keeping } = shell.client
  const used = keeping.used.value
  useEffect(() => void keeping.weigh().catch(() => {}), [keeping])
  const clear = async () => {
    const away = store.link.value !== 'online'
    const sure = await shell.confirm({
      title: t('acc.clearTitle'),
      text: t(away ? 'acc.clearTextAway' : 'acc.clearText'),
      action: t('acc.clear'),
      danger: true,
    })
    if (!sure) return
    await keeping.clear()
    shell.client.notice(t('acc.cleared'))
  }
  return (
    <section aria-labelledby="device">
      <h2 id="device">{t('notify.thisDevice')}</h2>
      <p>{t('acc.keepText')}</p>
      {keeping.full.value && (
        <p class="trouble" role="alert">
          {t('acc.full')}
        </p>
      )}
      <p role="status">
        {used
          ? t('acc.weight', {
              count: used.conversations,
              messages: sizeText(used.messages),
              pictures: sizeText(used.pictures),
            })
          : t('acc.weighing')}
      </p>
      <div class="row">
        <label>
          {t('acc.keepMost')}{' '}
          <select
            class="box"
            value={String(keeping.budget.value)}
            onChange={e => void keeping.choose(Number(e.currentTarget.value))}
          >
            {BUDGETS.map(b => (
              <option key={b} value={String(b)}>
                {sizeText(b)}
              </option>
            ))}
          </select>
        </label>
        <Button onClick={() => void clear()}>{t('acc.clear')}</Button>
      </div>
    </section>
  )
}
