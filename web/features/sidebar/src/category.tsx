/** Names a category: a new one, with a channel in it perhaps, or one that is there. */

import { categoryTitle } from '@fieldpost/core'
import { Asking, useShell, useStore } from '@fieldpost/parts'
import { Field } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useState } from 'preact/hooks'

export function NameCategory({
  category,
  channel,
  onClose,
}: {
  /** Empty for a new one. */
  category: string
  channel: string
  onClose: () => void
}) {
  const shell = useShell()
  const { categories } = shell.client
  const team = shell.teamId()
  const known = useStore()
    .categories.peek()
    .get(team)
    ?.find(c => c.id === category)
  const [name, setName] = useState(known ? categoryTitle(known) : '')
  const save = async () => {
    const title = name.trim()
    if (known) await categories.rename(team, known.id, title)
    else await categories.create(team, title, channel ? [channel] : [])
    onClose()
  }
  return (
    <Asking
      title={known ? t('side.renameCategory') : t('side.newCategory')}
      act={known ? t('side.rename') : t('side.createCategory')}
      ready={name.trim() !== ''}
      about="category"
      onDo={save}
      onClose={onClose}
    >
      <Field
        label={t('side.name')}
        name="category"
        autoFocus
        value={name}
        onInput={setName}
        hint={t('side.categoryHint')}
      />
    </Asking>
  )
}
