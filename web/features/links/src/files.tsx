/** Which files of a linked site come by themselves, and how many wait there. */
import {
  bytesOf,
  type FilesView,
  type Sized,
  typesOf,
  UNITS,
  type UnitName,
} from '@fieldpost/core/link-files'
import type { LinkView } from '@fieldpost/core/links'
import { Asking } from '@fieldpost/parts'
import { Button, Fault, Field } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useId, useState } from 'preact/hooks'
import type { Deeds } from './deeds.ts'

/** What comes of one site, and a way to change it. */
export function Files({ view, deeds }: { view: LinkView; deeds: Deeds }) {
  const id = useId()
  const [changing, change] = useState(false)
  const { files } = view
  if (!files) return null
  return (
    <section aria-labelledby={id}>
      <div class="sharing">
        <h3 id={id} class="grow">
          {t('common.files')}
        </h3>
        <Button onClick={() => change(true)}>
          {t('links.filesChange')}
          <span class="vh"> {t('links.with', { site: view.site })}</span>
        </Button>
      </div>
      <p class="hint">{files.comes}</p>
      <p class="hint waiting">{files.waiting}</p>
      {files.gives && <p class="hint gives">{files.gives}</p>}
      {changing && <Change view={view} files={files} deeds={deeds} onClose={() => change(false)} />}
    </section>
  )
}

function SizeField({
  label,
  hint,
  name,
  size,
  onChange,
}: {
  label: string
  hint: string
  name: string
  size: Sized
  onChange: (size: Sized) => void
}) {
  const id = useId()
  return (
    <div class="sized">
      <Field
        label={label}
        name={name}
        required={false}
        value={size.typed}
        onInput={typed => onChange({ ...size, typed })}
        hint={hint}
      />
      <div class="field">
        <label for={id}>
          {t('links.filesUnit')}
          <span class="vh">: {label}</span>
        </label>
        <select
          id={id}
          class="input"
          value={size.unit}
          onChange={e => onChange({ ...size, unit: e.currentTarget.value as UnitName })}
        >
          {UNITS.map(({ name: unit }) => (
            <option key={unit} value={unit}>
              {unit}
            </option>
          ))}
        </select>
      </div>
    </div>
  )
}

function TypesField({
  label,
  hint,
  value,
  onChange,
}: {
  label: string
  hint: string
  value: string
  onChange: (typed: string) => void
}) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        class="input long"
        rows={3}
        spellcheck={false}
        aria-describedby={`${id}h`}
        value={value}
        onInput={e => onChange(e.currentTarget.value)}
      />
      <p id={`${id}h`} class="hint">
        {hint}
      </p>
    </div>
  )
}

/** Bytes of a size that was typed into a field; throws what is wrong with it. */
function bytesIn(size: Sized, field: string): number | null {
  const bytes = bytesOf(size)
  if (bytes === undefined) throw new Fault(t('links.filesWrong'), field)
  return bytes
}

function Change({
  view,
  files,
  deeds,
  onClose,
}: {
  view: LinkView
  files: FilesView
  deeds: Deeds
  onClose: () => void
}) {
  const { site } = view
  const [largest, setLargest] = useState(files.largest)
  const [thin, setThin] = useState(files.thin)
  const [types, setTypes] = useState(files.types.join('\n'))
  const [given, setGiven] = useState(files.givesLargest)
  const [givenTypes, setGivenTypes] = useState(files.givesTypes.join('\n'))
  const save = async () => {
    const failed = await deeds.setFiles(view, {
      largest: bytesIn(largest, 'largest'),
      largest_thin: bytesIn(thin, 'thin'),
      types: typesOf(types),
      gives_largest: bytesIn(given, 'given'),
      gives_types: typesOf(givenTypes),
    })
    if (failed) throw new Fault(failed)
    onClose()
  }
  return (
    <Asking
      title={t('links.filesTitle', { site: view.site })}
      act={t('common.save')}
      onDo={save}
      onClose={onClose}
    >
      <SizeField
        label={t('links.filesLargest')}
        hint={t('links.filesLargestHint')}
        name="largest"
        size={largest}
        onChange={setLargest}
      />
      <SizeField
        label={t('links.filesThin')}
        hint={t('links.filesThinHint')}
        name="thin"
        size={thin}
        onChange={setThin}
      />
      <TypesField
        label={t('links.filesKinds')}
        hint={t('links.filesKindsHint')}
        value={types}
        onChange={setTypes}
      />
      <SizeField
        label={t('links.givesLargest', { site })}
        hint={t('links.givesLargestHint')}
        name="given"
        size={given}
        onChange={setGiven}
      />
      <TypesField
        label={t('links.givesKinds', { site })}
        hint={t('links.givesKindsHint')}
        value={givenTypes}
        onChange={setGivenTypes}
      />
    </Asking>
  )
}
