/** What is written of a team or channel, in fields that are saved together. */
import { explain, useShell } from '@fieldpost/parts'
import { Button, Field } from '@fieldpost/ui'
import { useState } from 'preact/hooks'
import { Part } from './desk.tsx'
import { t } from './words.ts'

export interface Written {
  key: string
  label: string
  value: string
}

export function EditPlace({
  fields,
  readOnly,
  save,
}: {
  fields: readonly Written[]
  readOnly: boolean
  save: (changed: Record<string, string>) => Promise<void>
}) {
  const { client } = useShell()
  const [typed, type] = useState<Record<string, string>>({})
  const [wrong, setWrong] = useState('')
  const changed = fields.filter(f => (typed[f.key] ?? f.value) !== f.value)
  const run = async () => {
    setWrong('')
    try {
      await save(Object.fromEntries(changed.map(f => [f.key, (typed[f.key] ?? '').trim()])))
      type({})
      client.notice(t('done.saved'))
    } catch (e) {
      setWrong(explain(e))
    }
  }
  return (
    <Part title={t('place.about')}>
      <form
        class="fields"
        noValidate
        onSubmit={e => {
          e.preventDefault()
          void run()
        }}
      >
        {fields.map(f => (
          <Field
            key={f.key}
            label={f.label}
            required={false}
            readOnly={readOnly}
            autoComplete="off"
            value={typed[f.key] ?? f.value}
            onInput={v => type(x => ({ ...x, [f.key]: v }))}
          />
        ))}
        {wrong && (
          <p class="trouble" role="alert">
            {wrong}
          </p>
        )}
        {!readOnly && (
          <div class="row">
            <Button type="submit" look="primary" disabled={changed.length === 0}>
              {t('ask.save')}
            </Button>
          </div>
        )}
      </form>
    </Part>
  )
}
