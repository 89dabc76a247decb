/** Where somebody is signed in, and ending it. */

import { AccountRest, type SignedInSession } from '@fieldpost/api'
import { fullText, sinceText } from '@fieldpost/core'
import { byUse, sessionTitle } from '@fieldpost/core/account'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useMemo, useState } from 'preact/hooks'

export function Sessions() {
  const shell = useShell()
  const store = useStore()
  const { client } = shell
  const rest = useMemo(() => new AccountRest(client.rest), [client])
  const [list, setList] = useState<readonly SignedInSession[] | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  const online = store.link.value === 'online'
  const load = () =>
    rest.sessions().then(
      all => {
        setList(byUse(all))
        setWrong('')
      },
      (e: unknown) => setWrong(explain(e)),
    )
  useEffect(() => void load(), [online])
  const end = async (s: SignedInSession) => {
    const title = sessionTitle(s)
    const text = t('acc.again', { name: title })
    if (!(await shell.confirm({ title: t('acc.endTitle'), text, action: t('acc.endSession'), danger: true })))
      return
    try {
      await rest.endSession(s.id)
      await load()
    } catch (e) {
      client.notice(explain(e), 'error')
    }
  }
  const endAll = async () => {
    const sure = await shell.confirm({
      title: t('acc.endAllTitle'),
      text: t('acc.endAllText'),
      action: t('acc.endAll'),
      danger: true,
    })
    if (!sure) return
    try {
      await rest.endAll()
      await client.refreshMe().catch(() => {})
      location.assign('/login')
    } catch (e) {
      client.notice(explain(e), 'error')
    }
  }
  const now = Date.now()
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">{t('acc.sessions')}</h2>
      <p>{t('acc.sessionsText')}</p>
      {wrong && (
        <p class="trouble" role="alert">
          {wrong}
        </p>
      )}
      {!list && !wrong && <span class="spin" role="status" aria-label={t('common.loading')} />}
      {list && (
        <ul class="rows" aria-label={t('acc.sessions')}>
          {list.map(s => (
            <li key={s.id}>
              <span class="grow">
                <b>{sessionTitle(s)}</b>
                <small title={fullText(s.last_activity_at)}>
                  {t('acc.used', {
                    used: sinceText(s.last_activity_at, now),
                    since: sinceText(s.create_at, now),
                  })}
                </small>
              </span>
              <Button onClick={() => void end(s)}>{t('acc.end')}</Button>
            </li>
          ))}
        </ul>
      )}
      {list && list.length > 1 && (
        <div class="row">
          <Button onClick={() => void endAll()}>{t('acc.endAllSessions')}</Button>
        </div>
      )}
    </section>
  )
}
