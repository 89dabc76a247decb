/** Personal access tokens: keys by which programs do what their owner may. */
import { type AccessToken, AccountRest } from '@fieldpost/api'
import { copyText, explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Field, Icon } from '@fieldpost/ui'
import { useEffect, useMemo, useState } from 'preact/hooks'

export function Tokens() {
  const shell = useShell()
  const store = useStore()
  const { client } = shell
  const rest = useMemo(() => new AccountRest(client.rest), [client])
  const [list, setList] = useState<readonly AccessToken[]>([])
  const [made, setMade] = useState<AccessToken | undefined>(undefined)
  const [name, setName] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const online = store.link.value === 'online'
  const load = () =>
    rest.tokens().then(setList, (e: unknown) => {
      setWrong(explain(e))
    })
  useEffect(() => void load(), [online])
  const make = async () => {
    if (busy) return
    setBusy(true)
    setWrong('')
    try {
      setMade(await rest.newToken(name.trim()))
      setName('')
      await load()
    } catch (e) {
      setWrong(explain(e))
    } finally {
      setBusy(false)
    }
  }
  const set = async (t: AccessToken, to: 'enable' | 'disable' | 'revoke') => {
    const sure =
      to !== 'revoke' ||
      (await shell.confirm({
        title: 'Delete this token?',
        text: `Programs that use “${t.description}” get in no more.`,
        action: 'Delete',
        danger: true,
      }))
    if (!sure) return
    try {
      await rest.setToken(t.id, to)
      if (made?.id === t.id) setMade(undefined)
      await load()
    } catch (e) {
      client.notice(explain(e), 'error')
    }
  }
  return (
    <section aria-labelledby="tokens">
      <h2 id="tokens">Access tokens</h2>
      <p>Keys for programs, which may do with them whatever you may. They end only when you end them.</p>
      {made?.token && (
        <div class="made" role="status">
          <p>
            <Icon name="key" /> This is the token. It is shown this once:
          </p>
          <div class="row">
            <code>{made.token}</code>
            <Button onClick={() => void copyText(shell, made.token ?? '')}>
              <Icon name="copy" /> Copy
            </Button>
          </div>
        </div>
      )}
      {list.length > 0 && (
        <ul class="rows" aria-label="Access tokens">
          {list.map(t => (
            <li key={t.id}>
              <span class="grow">
                <b>{t.description}</b>
                <small>{t.is_active === false ? 'Switched off' : 'In use'}</small>
              </span>
              <Button onClick={() => void set(t, t.is_active === false ? 'enable' : 'disable')}>
                {t.is_active === false ? 'Switch on' : 'Switch off'}
              </Button>
              <Button onClick={() => void set(t, 'revoke')}>Delete</Button>
            </li>
          ))}
        </ul>
      )}
      <form
        class="new"
        onSubmit={e => {
          e.preventDefault()
          void make()
        }}
      >
        <Field
          label="What the new token is for"
          name="description"
          value={name}
          onInput={setName}
          wrong={wrong}
        />
        <Button type="submit" busy={busy} disabled={!name.trim()}>
          Make a token
        </Button>
      </form>
    </section>
  )
}
