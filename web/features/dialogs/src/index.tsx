/** A dialog that an integration asked to open: its questions, and what became of the answers. */

import { type Choice, type DialogElement, DialogRest, type OpenDialog, type Submission } from '@fieldpost/api'
import { beginning, unfit } from '@fieldpost/core'
import { Asking, Choose, Markdown, useNames, useShell, useSource } from '@fieldpost/parts'
import { Fault, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useId, useMemo, useState } from 'preact/hooks'
import './dialogs.css'

type Value = Submission[string]
type LookUp = (field: string, typed: string) => Promise<readonly Choice[]>

interface QuestionProps {
  element: DialogElement
  value: Value | undefined
  wrong: string
  first: boolean
  lookUp: LookUp
  onChange: (v: Value) => void
}

const TYPES: Record<string, string> = {
  email: 'email',
  number: 'number',
  password: 'password',
  tel: 'tel',
  url: 'url',
}

function Typed({ element: e, value, wrong, first, id, onChange }: QuestionProps & { id: string }) {
  const common = {
    id,
    value: typeof value === 'string' ? value : '',
    placeholder: e.placeholder ?? '',
    autofocus: first,
    required: !e.optional,
    ...(e.max_length ? { maxLength: e.max_length } : {}),
    'aria-invalid': wrong ? true : undefined,
    'aria-describedby': `${id}h`,
  } as const
  if (e.type === 'textarea')
    return <textarea {...common} class="input area" rows={4} onInput={x => onChange(x.currentTarget.value)} />
  const day = e.type === 'date' ? 'date' : e.type === 'datetime' ? 'datetime-local' : ''
  const type = (day || TYPES[e.subtype ?? ''] || 'text') as 'text'
  return (
    <input
      {...common}
      class="input"
      type={type}
      autocomplete={type === ('password' as string) ? 'off' : undefined}
      step="any"
      onInput={x => onChange(x.currentTarget.value)}
    />
  )
}

function Picked({ element: e, value, wrong, lookUp, onChange }: QuestionProps) {
  const fixed = useSource(e.data_source ?? '', e.options ?? [])
  const source = e.data_source === 'dynamic' ? (typed: string) => lookUp(e.name, typed) : fixed
  // What people, channels and looked-up choices are called is known once they were picked.
  const [names, learn] = useState<Record<string, string>>({})
  const nameOf = (v: string) => names[v] ?? e.options?.find(o => o.value === v)?.text ?? v
  const many = Array.isArray(value) ? value : []
  const pick = (c: Choice) => {
    learn({ ...names, [c.value]: c.text })
    if (!e.multiselect) onChange(c.value)
    else if (!many.includes(c.value)) onChange([...many, c.value])
  }
  return (
    <>
      {many.length > 0 && (
        <ul class="picked">
          {many.map(v => (
            <li key={v}>
              {nameOf(v)}
              <IconButton
                small
                icon="close"
                label={t('form.takeOut', { name: nameOf(v) })}
                onClick={() => onChange(many.filter(x => x !== v))}
              />
            </li>
          ))}
        </ul>
      )}
      <div class="row">
        <Choose
          label={e.placeholder || e.display_name}
          chosen={typeof value === 'string' && value ? nameOf(value) : ''}
          source={source}
          invalid={wrong !== ''}
          onPick={pick}
        />
        {e.optional && typeof value === 'string' && value !== '' && (
          <IconButton
            icon="close"
            label={t('form.clear', { name: e.display_name })}
            onClick={() => onChange('')}
          />
        )}
      </div>
    </>
  )
}

function Question(p: QuestionProps) {
  const { element: e, value, wrong, onChange } = p
  const id = useId()
  const names = useNames()
  const notes = (
    <div id={`${id}h`} class="notes">
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      {e.help_text && <Markdown source={e.help_text} names={names} />}
    </div>
  )
  const title = (
    <>
      {e.display_name} {e.optional && <small>{t('form.optional')}</small>}
    </>
  )
  if (e.type === 'bool')
    return (
      <div class="field">
        <span class="label">{title}</span>
        <label class="check">
          <input
            type="checkbox"
            checked={value === true}
            aria-describedby={`${id}h`}
            onChange={x => onChange(x.currentTarget.checked)}
          />
          {e.placeholder || e.display_name}
        </label>
        {notes}
      </div>
    )
  if (e.type === 'radio')
    return (
      <fieldset class="field">
        <legend>{title}</legend>
        {(e.options ?? []).map(o => (
          <label key={o.value} class="check">
            <input type="radio" name={id} checked={value === o.value} onChange={() => onChange(o.value)} />
            {o.text}
          </label>
        ))}
        {notes}
      </fieldset>
    )
  if (e.type === 'select')
    return (
      <div class="field">
        <span class="label">{title}</span>
        <Picked {...p} />
        {notes}
      </div>
    )
  return (
    <div class="field">
      <label for={id}>{title}</label>
      <Typed {...p} id={id} />
      {notes}
    </div>
  )
}

export default function InteractiveDialog({ opened }: { opened: OpenDialog }) {
  const shell = useShell()
  const { client } = shell
  const names = useNames()
  const rest = useMemo(() => new DialogRest(client.rest), [client])
  const [form, setForm] = useState(opened.dialog)
  const elements = form.elements ?? []
  const [values, setValues] = useState<Submission>(beginning(elements))
  // What earlier steps were answered goes along with the last.
  const [before, setBefore] = useState<Submission>({})
  const [wrong, setWrong] = useState<Record<string, string>>({})
  const channel = client.store.current.peek()
  const what = () => ({
    url: opened.url,
    callback_id: form.callback_id ?? '',
    state: form.state ?? '',
    channel_id: channel,
    team_id: shell.teamId(),
    submission: { ...before, ...values },
  })
  const close = () => {
    if (form.notify_on_cancel)
      void rest.submit({ ...what(), submission: {}, cancelled: true }).catch(() => {})
    client.dialogs.close()
  }
  const send = async () => {
    const unfitting = unfit(elements, values)
    setWrong(unfitting)
    // Each of them says by itself what is wrong with it.
    if (Object.keys(unfitting).length > 0) throw new Fault('')
    const answer = await rest.submit({ ...what(), cancelled: false })
    if (answer?.error || (answer?.errors && Object.keys(answer.errors).length > 0)) {
      setWrong(answer.errors ?? {})
      throw new Fault(answer.error ?? '')
    } else if (answer?.type === 'form' && answer.form) {
      setBefore({ ...before, ...values })
      setForm(answer.form)
      setValues(beginning(answer.form.elements ?? []))
    } else client.dialogs.close()
  }
  const lookUp: LookUp = async (field, typed) => (await rest.lookUp(what(), field, typed)).items ?? []
  return (
    <Asking
      title={form.title}
      act={form.submit_label || t('form.submit')}
      class="interactive"
      unchecked
      onDo={send}
      onClose={close}
    >
      {form.introduction_text && <Markdown source={form.introduction_text} names={names} />}
      {elements.map((e, i) => (
        <Question
          key={`${form.callback_id ?? ''}/${e.name}`}
          element={e}
          value={values[e.name]}
          wrong={wrong[e.name] ?? ''}
          first={i === 0}
          lookUp={lookUp}
          onChange={v => setValues(all => ({ ...all, [e.name]: v }))}
        />
      ))}
    </Asking>
  )
}
