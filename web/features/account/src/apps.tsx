/** Apps that were let in, and taking that back. */

import { type OAuthApp, OAuthRest } from '@fieldpost/api'
import { hostOf } from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useMemo, useState } from 'preact/hooks'

export function Apps({ onChange }: { onChange: () => void }) {
  const shell = useShell()
  const store = useStore()
  const { client } = shell
  const rest = useMemo(() => new OAuthRest(client.rest), [client])
  const [list, setList] = useState<readonly OAuthApp[] | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  const online = store.link.value === 'online'
  const load = () =>
    rest.authorized().then(
      all => {
        setList(all)
        setWrong('')
      },
      (e: unknown) => setWrong(explain(e)),
    )
  useEffect(() => void load(), [online])
  const takeBack = async (app: OAuthApp) => {
    const sure = await shell.confirm({
      title: t('acc.takeTitle', { name: app.name }),
      text: t('acc.takeText'),
      action: t('acc.take'),
      danger: true,
    })
    if (!sure) return
    try {
      await rest.takeBack(app.id)
      await load()
      onChange()
    } catch (e) {
      client.notice(explain(e), 'error')
    }
  }
  return (
    <section aria-labelledby="apps">
      <h2 id="apps">{t('acc.apps')}</h2>
      <p>{t('acc.appsText')}</p>
      {wrong && (
        <p class="trouble" role="alert">
          {wrong}
        </p>
      )}
      {!list && !wrong && <span class="spin" role="status" aria-label={t('common.loading')} />}
      {list?.length === 0 && <p>{t('acc.none')}</p>}
      {list && list.length > 0 && (
        <ul class="rows" aria-label={t('acc.apps')}>
          {list.map(a => (
            <li key={a.id}>
              <span class="grow">
                <b>{a.name}</b>
                <small>{[a.description, hostOf(a.homepage)].filter(Boolean).join(' · ')}</small>
              </span>
              <Button aria-label={t('acc.takeFrom', { name: a.name })} onClick={() => void takeBack(a)}>
                {t('acc.take')}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
