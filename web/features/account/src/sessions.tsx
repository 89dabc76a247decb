/** Where somebody is signed in, and ending it. */
import { AccountRest, type SignedInSession } from '@fieldpost/api'
import { byUse, fullText, sessionTitle, sinceText } from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button } from '@fieldpost/ui'
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
    const text = `${title} has to sign in again. If that is here, you do.`
    if (!(await shell.confirm({ title: 'End this session?', text, action: 'End session', danger: true })))
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
      title: 'End all sessions?',
      text: 'Every device has to sign in again, this one too. Messages not sent yet are kept.',
      action: 'End all',
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
      <h2 id="sessions">Sessions</h2>
      <p>Where your account is signed in. The one that was used last comes first.</p>
      {wrong && (
        <p class="trouble" role="alert">
          {wrong}
        </p>
      )}
      {!list && !wrong && <span class="spin" role="status" aria-label="Loading" />}
      {list && (
        <ul class="rows" aria-label="Sessions">
          {list.map(s => (
            <li key={s.id}>
              <span class="grow">
                <b>{sessionTitle(s)}</b>
                <small title={fullText(s.last_activity_at)}>
                  Used {sinceText(s.last_activity_at, now)}, signed in {sinceText(s.create_at, now)}
                </small>
              </span>
              <Button onClick={() => void end(s)}>End</Button>
            </li>
          ))}
        </ul>
      )}
      {list && list.length > 1 && (
        <div class="row">
          <Button onClick={() => void endAll()}>End all sessions</Button>
        </div>
      )}
    </section>
  )
}
