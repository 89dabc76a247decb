/** The second factor: set up with a picture and a code, and switched off. */
import { AccountRest } from '@fieldpost/api'
import { codeOf, inFours } from '@fieldpost/core'
import { copyText, explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Field, IconButton } from '@fieldpost/ui'
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
      if (!code) return setWrong('A code has six digits.')
      await rest.switchOn(code)
      show(undefined)
      setTyped('')
      client.notice('The second factor is on.')
      await client.refreshMe()
    })
  const stop = async () => {
    const sure = await shell.confirm({
      title: 'Switch off the second factor?',
      text: 'From then on your password alone opens your account.',
      action: 'Switch off',
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
        Second factor <span class={on ? 'chip on' : 'chip'}>{on ? 'on' : 'off'}</span>
      </h2>
      <p>
        A code of an authenticator app, asked for after the password. It changes every half minute, and needs
        no network.
      </p>
      {on && !shown && (
        <div class="row">
          <Button busy={busy} onClick={() => void stop()}>
            Switch off
          </Button>
        </div>
      )}
      {!on && !shown && (
        <div class="row">
          <Button look="primary" busy={busy} onClick={() => void begin()}>
            Set up
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
            <li>Open an authenticator app and let it read this picture.</li>
            <li>Type the code it shows.</li>
          </ol>
          <img
            src={`data:image/png;base64,${shown.qr_code}`}
            alt="QR code for the authenticator app"
            width={220}
            height={220}
          />
          <p class="secret">
            Or type this key into it: <code>{inFours(shown.secret)}</code>
            <IconButton
              small
              icon="copy"
              label="Copy the key"
              onClick={() => void copyText(shell, shown.secret)}
            />
          </p>
          <Field
            label="Code from your authenticator"
            name="code"
            autoComplete="one-time-code"
            autoFocus
            value={typed}
            onInput={setTyped}
            wrong={wrong}
          />
          <div class="row">
            <Button type="submit" look="primary" busy={busy}>
              Switch on
            </Button>
            <Button look="quiet" onClick={() => show(undefined)}>
              Cancel
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
