/** Making a group, giving it another name, and choosing people for it. */
import { type Choice, type Group, GroupsRest, type Id } from '@fieldpost/api'
import { groupName, nameFault } from '@fieldpost/core/user-groups'
import { Asking, Choose, type Shell, type Source, useShell } from '@fieldpost/parts'
import { Fault, Field, IconButton } from '@fieldpost/ui'
import { t as common } from '@fieldpost/words'
import { useId, useMemo, useState } from 'preact/hooks'
import { groupPath, wrongText } from './deeds.ts'
import { t } from './words.ts'

/** Everybody of the site: a group is of no team. */
function everybody(shell: Shell): Source {
  const { rest, store } = shell.client
  return async typed => {
    const { users } = await rest.autocompleteUsers({ name: typed.replace(/^@/, ''), limit: 40 })
    store.putUsers(users)
    return users.map(u => {
      const full = `${u.first_name} ${u.last_name}`.trim()
      return { value: u.id, text: full ? `${full} (@${u.username})` : `@${u.username}` }
    })
  }
}

function Pick({
  label,
  picked,
  onPick,
}: {
  label: string
  picked: readonly Choice[]
  onPick: (all: readonly Choice[]) => void
}) {
  const shell = useShell()
  const source = useMemo(() => everybody(shell), [shell])
  return (
    <div class="field">
      <Choose
        label={label}
        chosen=""
        source={source}
        onPick={x => !picked.some(p => p.value === x.value) && onPick([...picked, x])}
      />
      {picked.length > 0 && (
        <ul class="picked" aria-label={t('form.people')}>
          {picked.map(p => (
            <li key={p.value}>
              <span class="cut">{p.text}</span>
              <IconButton
                small
                icon="close"
                label={t('form.not', { name: p.text })}
                onClick={() => onPick(picked.filter(x => x !== p))}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** What is typed of a group. */
function useNames(from?: Group) {
  const [title, setTitle] = useState(from?.display_name ?? '')
  const [own, setOwn] = useState(from?.name)
  const [about, setAbout] = useState(from?.description ?? '')
  // Until somebody says otherwise, people mention it by the name that it has.
  const name = own ?? groupName(title)
  return {
    title,
    name,
    about,
    ready: title.trim() !== '' && name !== '',
    setTitle,
    setName: (x: string) => setOwn(x.replace(/^@/, '').toLowerCase()),
    setAbout,
    values: { name, display_name: title.trim(), description: about.trim() },
  }
}

function Names({ of }: { of: ReturnType<typeof useNames> }) {
  const id = useId()
  return (
    <>
      <Field
        label={t('form.title')}
        name="title"
        autoFocus
        value={of.title}
        onInput={of.setTitle}
        hint={t('form.titleHint')}
      />
      <Field
        label={t('form.name')}
        name="name"
        value={of.name}
        onInput={of.setName}
        hint={of.name ? t('form.nameHint', { name: of.name }) : t('form.nameRule')}
      />
      <div class="field">
        <label for={id}>{t('form.about')}</label>
        <textarea
          id={id}
          class="input"
          rows={2}
          maxLength={1024}
          value={of.about}
          onInput={e => of.setAbout(e.currentTarget.value)}
        />
      </div>
    </>
  )
}

export function MakeGroup({ onClose }: { onClose: () => void }) {
  const shell = useShell()
  const names = useNames()
  const [picked, setPicked] = useState<readonly Choice[]>([])
  const make = async () => {
    const fault = nameFault(names.name)
    if (fault) throw new Fault(t(`fault.${fault}`), 'name')
    try {
      const people: Id[] = picked.map(p => p.value)
      const made = await new GroupsRest(shell.client.rest).make(names.values, people)
      onClose()
      shell.client.notice(t('make.done', { name: made.display_name }))
      shell.go(groupPath(shell, made.id))
    } catch (e) {
      throw new Fault(wrongText(e), 'name')
    }
  }
  return (
    <Asking
      class="group-form"
      title={t('make.title')}
      act={t('make.save')}
      ready={names.ready}
      onDo={make}
      onClose={onClose}
    >
      <Names of={names} />
      <Pick label={t('form.find')} picked={picked} onPick={setPicked} />
    </Asking>
  )
}

export function RenameGroup({
  group,
  save,
  onClose,
}: {
  group: Group
  save: (values: { name: string; display_name: string; description: string }) => Promise<void>
  onClose: () => void
}) {
  const names = useNames(group)
  const rename = async () => {
    const fault = nameFault(names.name)
    if (fault) throw new Fault(t(`fault.${fault}`), 'name')
    try {
      await save(names.values)
      onClose()
    } catch (e) {
      throw new Fault(wrongText(e), 'name')
    }
  }
  return (
    <Asking
      class="group-form"
      title={t('one.editTitle', { name: group.display_name })}
      act={common('common.save')}
      ready={names.ready}
      onDo={rename}
      onClose={onClose}
    >
      <Names of={names} />
    </Asking>
  )
}

export function AddPeople({
  group,
  add,
  onClose,
}: {
  group: Group
  add: (people: readonly Id[]) => Promise<void>
  onClose: () => void
}) {
  const shell = useShell()
  const [picked, setPicked] = useState<readonly Choice[]>([])
  const put = async () => {
    await add(picked.map(p => p.value)).catch(e => {
      throw new Fault(wrongText(e))
    })
    onClose()
    shell.client.notice(t('one.added', { count: picked.length }))
  }
  return (
    <Asking
      class="group-form"
      title={t('one.addTo', { name: group.display_name })}
      act={t('one.add')}
      ready={picked.length > 0}
      onDo={put}
      onClose={onClose}
    >
      <Pick label={t('form.find')} picked={picked} onPick={setPicked} />
    </Asking>
  )
}
