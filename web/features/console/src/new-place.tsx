/** Asks for the name and the address of a team or channel that is to be made. */
import { explain } from '@fieldpost/parts'
import { Button, Dialog, Field } from '@fieldpost/ui'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { t } from './words.ts'

/** An address from a name: small letters, digits and dashes; empty where the name has none of them. */
export const addressOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)

export function NewPlace({
  title,
  make,
  onClose,
  children,
}: {
  title: string
  make: (name: string, address: string) => Promise<void>
  onClose: () => void
  children?: ComponentChildren
}) {
  const [name, setName] = useState('')
  const [typed, setTyped] = useState<string | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const address = typed ?? addressOf(name)
  const run = async () => {
    if (busy) return
    setBusy(true)
    setWrong('')
    try {
      await make(name.trim(), address)
      onClose()
    } catch (e) {
      setWrong(explain(e))
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="fields"
        onSubmit={e => {
          e.preventDefault()
          void run()
        }}
      >
        {children}
        <Field label={t('place.name')} autoFocus autoComplete="off" value={name} onInput={setName} />
        <Field
          label={t('place.address')}
          hint={t('place.addressHint')}
          autoComplete="off"
          value={address}
          onInput={setTyped}
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
