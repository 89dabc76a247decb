/** Names a category: a new one, with a channel in it perhaps, or one that is there. */

import { categoryTitle } from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Dialog, Field } from '@fieldpost/ui'
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
  const [wrong, setWrong] = useState('')
  const save = async () => {
    const title = name.trim()
    if (!title) return
    try {
      if (known) await categories.rename(team, known.id, title)
      else await categories.create(team, title, channel ? [channel] : [])
      onClose()
    } catch (e) {
      setWrong(explain(e))
    }
  }
  return (
    <Dialog title={known ? t('side.renameCategory') : t('side.newCategory')} onClose={onClose}>
      <form
        class="side-form"
        noValidate
        onSubmit={e => {
          e.preventDefault()
          void save()
        }}
      >
        <Field
          label={t('side.name')}
          name="category"
          autoFocus
          value={name}
          onInput={setName}
          wrong={wrong}
          hint={t('side.categoryHint')}
        />
        <footer>
          <Button look="quiet" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" look="primary" disabled={!name.trim()}>
            {known ? t('side.rename') : t('side.createCategory')}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
