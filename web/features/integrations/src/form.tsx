/** Makes an integration, or changes one. */

import { channelTitle } from '@fieldpost/core'
import { Asking, Choose, channelSource, useShell, useStore } from '@fieldpost/parts'
import { Fault, Field, IconButton, useFault } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useId, useState } from 'preact/hooks'
import { type Kind, missing, type Question, type Values } from './kinds.ts'

function Ask({
  q,
  value,
  onChange,
}: {
  q: Question
  value: string | boolean
  onChange: (v: string | boolean) => void
}) {
  const shell = useShell()
  const store = useStore()
  const id = useId()
  const wrong = useFault(q.name)
  const typed = typeof value === 'string' ? value : ''
  const label = (
    <>
      {t(q.label)} {q.optional && <small>{t('form.optional')}</small>}
    </>
  )
  const told = wrong && (
    <span id={`${id}w`} class="wrong" role="alert">
      {wrong}
    </span>
  )
  if (q.kind === 'check')
    return (
      <label class="check">
        <input type="checkbox" checked={value === true} onChange={e => onChange(e.currentTarget.checked)} />
        {t(q.label)}
      </label>
    )
  if (q.kind === 'channel') {
    const channel = store.channels.value.get(typed)
    return (
      <div class="field">
        <span class="label">{label}</span>
        <div class="row">
          <Choose
            label={t(q.label)}
            chosen={channel ? channelTitle(store, channel) : ''}
            source={channelSource(store, shell.teamId())}
            invalid={wrong !== undefined}
            onPick={c => onChange(c.value)}
          />
          {q.optional && typed && (
            <IconButton icon="close" label={t('hook.every')} onClick={() => onChange('')} />
          )}
        </div>
        {told}
      </div>
    )
  }
  if (q.kind === 'choice')
    return (
      <div class="field">
        <label for={id}>{label}</label>
        <select id={id} class="input" value={typed} onChange={e => onChange(e.currentTarget.value)}>
          {q.choices?.map(c => (
            <option key={c.value} value={c.value}>
              {t(c.text)}
            </option>
          ))}
        </select>
      </div>
    )
  if (q.kind === 'lines')
    return (
      <div class="field">
        <label for={id}>{label}</label>
        <textarea
          id={id}
          class="input area"
          rows={3}
          value={typed}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={wrong ? `${id}h ${id}w` : `${id}h`}
          onInput={e => onChange(e.currentTarget.value)}
        />
        <span id={`${id}h`} class="hint">
          {q.hint && t(q.hint)}
        </span>
        {told}
      </div>
    )
  return (
    <Field
      label={q.optional ? t('hook.optionalOf', { label: t(q.label) }) : t(q.label)}
      name={q.name}
      required={!q.optional}
      value={typed}
      onInput={onChange}
      {...(q.hint ? { hint: t(q.hint) } : {})}
    />
  )
}

export function Form({
  kind,
  title,
  values,
  isNew,
  save,
  onClose,
}: {
  kind: Kind
  title: string
  values: Values
  isNew: boolean
  save: (v: Values) => Promise<unknown>
  onClose: (saved: boolean) => void
}) {
  const [now, setNow] = useState(values)
  const submit = async () => {
    const lacks = missing(kind, now)
    if (lacks) throw new Fault(t('hook.lacks', { name: t(lacks.label) }), lacks.name)
    await save(now)
    onClose(true)
  }
  return (
    <Asking
      title={title}
      act={t('common.save')}
      class="integration-form"
      onDo={submit}
      onClose={() => onClose(false)}
      unchecked
    >
      {kind.questions
        .filter(q => isNew || !q.once)
        .map(q => (
          <Ask
            key={q.name}
            q={q}
            value={now[q.name] ?? ''}
            onChange={v => setNow(all => ({ ...all, [q.name]: v }))}
          />
        ))}
    </Asking>
  )
}
