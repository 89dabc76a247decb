/** Personal access tokens: keys by which programs do what their owner may. */

import { type AccessToken, AccountRest } from '@fieldpost/api'
import { copyText, explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Field, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
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
  const set = async (token: AccessToken, to: 'enable' | 'disable' | 'revoke') => {
    const sure =
      to !== 'revoke' ||
      (await shell.confirm({
        title: t('acc.tokenTitle'),
        text: t('acc.tokenText', { name: token.description }),
        action: t('common.delete'),
        danger: true,
      }))
    if (!sure) return
    try {
      await rest.setToken(token.id, to)
      if (made?.id === token.id) setMade(undefined)
      await load()
    } catch (e) {
      client.notice(explain(e), 'error')
    }
  }
  return (
    <section aria-labelledby="tokens">
      <h2 id="tokens">{t('acc.tokens')}</h2>
      <p>{t('acc.tokensText')}</p>
      {made?.token && (
        <div class="made" role="status">
          <p>
            <Icon name="key" /> {t('acc.token')}
          </p>
          <div class="row">
            <code>{made.token}</code>
            <Button onClick={() => void copyText(shell, made.token ?? '')}>
              <Icon name="copy" /> {t('common.copy')}
            </Button>
          </div>
        </div>
      )}
      {list.length > 0 && (
        <ul class="rows" aria-label={t('acc.tokens')}>
          {list.map(x => (
            <li key={x.id}>
              <span class="grow">
                <b>{x.description}</b>
                <small>{x.is_active === false ? t('acc.tokenOff') : t('acc.tokenOn')}</small>
              </span>
              <Button onClick={() => void set(x, x.is_active === false ? 'enable' : 'disable')}>
                {x.is_active === false ? t('acc.on') : t('acc.off')}
              </Button>
              <Button onClick={() => void set(x, 'revoke')}>{t('common.delete')}</Button>
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
        <Field label={t('acc.tokenFor')} name="description" value={name} onInput={setName} wrong={wrong} />
        <Button type="submit" busy={busy} disabled={!name.trim()}>
          {t('acc.makeToken')}
        </Button>
      </form>
    </section>
  )
}
