/** Asks for the name and the address of a team or channel that is to be made. */
import { Asking } from '@fieldpost/parts'
import { Field } from '@fieldpost/ui'
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
  const address = typed ?? addressOf(name)
  const run = async () => {
    await make(name.trim(), address)
    onClose()
  }
  return (
    <Asking title={title} act={t('new.make')} onDo={run} onClose={onClose}>
      {children}
      <Field label={t('place.name')} autoFocus autoComplete="off" value={name} onInput={setName} />
      <Field
        label={t('place.address')}
        hint={t('place.addressHint')}
        autoComplete="off"
        value={address}
        onInput={setTyped}
      />
    </Asking>
  )
}
