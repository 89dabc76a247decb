/** An account that an administrator makes for somebody else. */
import type { User } from '@fieldpost/api'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Dialog, Field } from '@fieldpost/ui'
import { useState } from 'preact/hooks'
import { t } from './words.ts'

export function NewUser({ onClose, onMade }: { onClose: () => void; onMade: (u: User) => void }) {
  const { client } = useShell()
  const store = useStore()
  const [username, setUsername] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const least = Number(store.config.value['PasswordMinimumLength'] ?? 8)
  const make = async () => {
    if (busy) return
    setBusy(true)
    setWrong('')
    try {
      onMade(
        await client.rest.createUser({
          username: username.trim().toLowerCase(),
          email: email.trim(),
          password,
        }),
      )
    } catch (e) {
      setWrong(explain(e))
      setBusy(false)
    }
  }
  return (
    <Dialog title={t('users.new')} onClose={onClose}>
      <form
        class="fields"
        onSubmit={e => {
          e.preventDefault()
          void make()
        }}
      >
        <Field
          label={t('field.username')}
          hint={t('field.usernameHint')}
          autoFocus
          autoComplete="off"
          value={username}
          onInput={setUsername}
        />
        <Field label={t('field.email')} type="email" autoComplete="off" value={email} onInput={setEmail} />
        <Field
          label={t('field.password')}
          hint={t('new.passwordHint', { count: least })}
          reveal
          autoComplete="new-password"
          value={password}
          onInput={setPassword}
        />
        {wrong && (
          <p class="trouble" role="alert">
            {wrong}
          </p>
        )}
        <footer>
          <Button look="quiet" onClick={onClose}>
            {t('ask.cancel')}
          </Button>
          <Button type="submit" look="primary" busy={busy}>
            {t('new.make')}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
