/** The second factor: set up with a picture and a code, and switched off. */

import { AccountRest } from '@fieldpost/api'
import { codeOf, inFours } from '@fieldpost/core/account'
import { copyText, explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Field, IconButton } from '@fieldpost/ui'
import { pieces, t } from '@fieldpost/words/far'
import { useMemo, useState } from 'preact/hooks'

interface Shown {
  secret: string
  qr_code: string
}

export function Factor() {
  const shell = useShell()
  const store = useStore()
  const { client } = shell
  const rest = useMemo(() => new AccountRest(client.rest), [client])
  const [shown, show] = useState<Shown | undefined>(undefined)
  const [typed, setTyped] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const on = store.me.value?.mfa_active === true

  const attempt = async (f: () => Promise<void>) => {
    if (busy) return
    setBusy(true)
    setWrong('')
    try {
      await f()
    } catch (e) {
      setWrong(explain(e))
    } finally {
      setBusy(false)
    }
  }
  const begin = () => attempt(async () => show(await rest.newSecret()))
  const finish = () =>
    attempt(async () => {
      const code = codeOf(typed)
      if (!code) return setWrong(t('acc.six'))
      await rest.switchOn(code)
      show(undefined)
      setTyped('')
      client.notice(t('acc.factorOn'))
      await client.refreshMe()
    })
  const stop = async () => {
    const sure = await shell.confirm({
      title: t('acc.offTitle'),
      text: t('acc.offText'),
      action: t('acc.off'),
      danger: true,
    })
    if (sure)
      await attempt(async () => {
        await rest.switchOff()
        await client.refreshMe()
      })
  }

  return (
    <section aria-labelledby="factor">
      <h2 id="factor">
        {t('acc.factor')} <span class={on ? 'chip on' : 'chip'}>{on ? t('notify.on') : t('notify.off')}</span>
      </h2>
      <p>{t('acc.factorText')}</p>
      {on && !shown && (
        <div class="row">
          <Button busy={busy} onClick={() => void stop()}>
            {t('acc.off')}
          </Button>
        </div>
      )}
      {!on && !shown && (
        <div class="row">
          <Button look="primary" busy={busy} onClick={() => void begin()}>
            {t('acc.setUp')}
          </Button>
        </div>
      )}
      {shown && (
        <form
          class="setup"
          noValidate
          onSubmit={e => {
            e.preventDefault()
            void finish()
          }}
        >
          <ol>
            <li>{t('acc.readPicture')}</li>
            <li>{t('acc.typeCode')}</li>
          </ol>
          <img src={`data:image/png;base64,${shown.qr_code}`} alt={t('acc.qr')} width={220} height={220} />
          <p class="secret">
            {pieces('acc.orKey', { key: <code>{inFours(shown.secret)}</code> })}
            <IconButton
              small
              icon="copy"
              label={t('acc.copyKey')}
              onClick={() => void copyText(shell, shown.secret)}
            />
          </p>
          <Field
            label={t('entry.code')}
            name="code"
            autoComplete="one-time-code"
            autoFocus
            value={typed}
            onInput={setTyped}
            wrong={wrong}
          />
          <div class="row">
            <Button type="submit" look="primary" busy={busy}>
              {t('acc.on')}
            </Button>
            <Button look="quiet" onClick={() => show(undefined)}>
              {t('common.cancel')}
            </Button>
          </div>
        </form>
      )}
      {!shown && wrong && (
        <p class="trouble" role="alert">
          {wrong}
        </p>
      )}
    </section>
  )
}
