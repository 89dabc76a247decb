/** An account that an administrator makes for somebody else. */
import type { User } from '@fieldpost/api'
import { Asking, useShell, useStore } from '@fieldpost/parts'
import { Field } from '@fieldpost/ui'
import { useState } from 'preact/hooks'
import { t } from './words.ts'

export function NewUser({ onClose, onMade }: { onClose: () => void; onMade: (u: User) => void }) {
  const { client } = useShell()
  const store = useStore()
  const [username, setUsername] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const least = Number(store.config.value['PasswordMinimumLength'] ?? 8)
  const make = async () => {
    const made = { username: username.trim().toLowerCase(), email: email.trim(), password }
    onMade(await client.rest.createUser(made))
  }
  return (
    <Asking title={t('users.new')} act={t('new.make')} onDo={make} onClose={onClose}>
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
    </Asking>
  )
}
