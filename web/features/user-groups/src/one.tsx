/** One group: what it is called, who is in it, and what may be done with it. */
import type { Group, User } from '@fieldpost/api'
import { displayName } from '@fieldpost/core'
import { type GroupRights, GroupView, groupRights } from '@fieldpost/core/user-groups'
import { copyText, Face, GuestMark, SiteMark, useShell, useStore } from '@fieldpost/parts'
import { Button, Icon, IconButton, Menu, type MenuItem } from '@fieldpost/ui'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { groupPath, tryIt, wrongText } from './deeds.ts'
import { AddPeople, RenameGroup } from './form.tsx'
import { t } from './words.ts'

/** Back to all of them. */
function Up() {
  const shell = useShell()
  const to = groupPath(shell)
  return (
    <a
      class="up"
      href={to}
      onClick={e => {
        if (e.ctrlKey || e.metaKey || e.shiftKey) return
        e.preventDefault()
        shell.go(to)
      }}
    >
      <Icon name="back" /> {t('one.up')}
    </a>
  )
}

function Person({ u, view, group, may }: { u: User; view: GroupView; group: Group; may: GroupRights }) {
  const shell = useShell()
  const store = useStore()
  const me = u.id === store.me.value?.id
  const name = displayName(store.user(u.id).value ?? u)
  const remove = async () => {
    const sure = await shell.confirm({
      title: t('one.removeTitle', { name, group: group.display_name }),
      text: t('one.removeText'),
      action: t('one.remove', { name }),
      danger: true,
    })
    if (sure) await tryIt(shell, () => view.remove(u.id))
  }
  return (
    <li>
      <button type="button" class="person grow" onClick={e => shell.showProfile(u.id, e.currentTarget)}>
        <Face user={u.id} size="2rem" presence={store.status(u.id).value} />
        <span class="grow">
          <span class="named">
            <b class="cut">{name}</b>
            {me && <small>{t('one.you')}</small>}
            <SiteMark user={u} />
            <GuestMark user={u} />
          </span>
          <small class="cut">
            <bdi>@{u.username}</bdi>
          </small>
        </span>
      </button>
      {may.members && !me && (
        <IconButton icon="close" label={t('one.remove', { name })} onClick={() => void remove()} />
      )}
    </li>
  )
}

function People({ view, group, may }: { view: GroupView; group: Group; may: GroupRights }) {
  const store = useStore()
  const [term, setTerm] = useState('')
  const [adding, add] = useState(false)
  const online = store.link.value === 'online'
  useEffect(() => {
    if (!term) return
    const timer = setTimeout(() => void view.open(term), 150)
    return () => clearTimeout(timer)
  }, [view, term])
  const people = view.people.value
  return (
    <>
      <div class="tools">
        <input
          class="input grow"
          type="search"
          aria-label={t('one.find')}
          placeholder={t('one.find')}
          autocapitalize="none"
          spellcheck={false}
          value={term}
          onInput={e => {
            setTerm(e.currentTarget.value)
            if (!e.currentTarget.value) void view.open()
          }}
        />
        {may.members && (
          <Button look="primary" onClick={() => add(true)}>
            <Icon name="plus" /> {t('one.add')}
          </Button>
        )}
      </div>
      {!online && (
        <p class="trouble" role="status">
          <Icon name="offline" /> {people ? t('one.asSeen') : t('one.need')}
        </p>
      )}
      {!people && online && <span class="spin page-wait" role="status" aria-label={t('form.people')} />}
      {people?.length === 0 && <p class="none">{term ? t('one.notFound') : t('one.empty')}</p>}
      {people && people.length > 0 && (
        <ul class="people" aria-label={t('one.people', { name: group.display_name })}>
          {people.map(u => (
            <Person key={u.id} u={u} view={view} group={group} may={may} />
          ))}
        </ul>
      )}
      {view.more.value && (
        <p class="older">
          <Button onClick={() => void view.next()}>{t('one.morePeople')}</Button>
        </p>
      )}
      {adding && <AddPeople group={group} add={ids => view.add(ids)} onClose={() => add(false)} />}
    </>
  )
}

function Head({ view, group, may }: { view: GroupView; group: Group; may: GroupRights }) {
  const shell = useShell()
  const store = useStore()
  const [renaming, rename] = useState(false)
  const me = store.me.value?.id ?? ''
  const inside = view.member.value
  const name = group.display_name
  const join = async () => {
    if (await tryIt(shell, () => view.add([me]))) shell.client.notice(t('one.joined', { name }))
  }
  const leave = async () => {
    const sure = await shell.confirm({
      title: t('one.leaveTitle', { name }),
      text: t('one.leaveText'),
      action: t('one.leave'),
      danger: true,
    })
    if (sure && (await tryIt(shell, () => view.remove(me)))) shell.client.notice(t('one.left', { name }))
  }
  const archive = async () => {
    const sure = await shell.confirm({
      title: t('one.archiveTitle', { name }),
      text: t('one.archiveText'),
      action: t('one.archive'),
      danger: true,
    })
    if (sure) await tryIt(shell, () => view.archive())
  }
  const restore = async () => {
    if (await tryIt(shell, () => view.restore())) shell.client.notice(t('one.restored', { name }))
  }
  const items: MenuItem[] = [
    { id: 'mention', label: t('one.mention', { name: group.name }), icon: 'copy' },
    ...(may.edit ? ([{ id: 'edit', label: t('one.edit'), icon: 'edit' }] as const) : []),
    ...(may.archive
      ? ([
          { kind: 'line', id: 'l' },
          { id: 'archive', label: t('one.archive'), icon: 'archive', bad: true },
        ] as const)
      : []),
  ]
  const pick = (id: string) => {
    if (id === 'mention') void copyText(shell, `@${group.name}`)
    else if (id === 'edit') rename(true)
    else void archive()
  }
  return (
    <header>
      <span class="groupface">
        <Icon name={group.delete_at > 0 ? 'archive' : 'people'} />
      </span>
      <div class="grow">
        <h2>{name}</h2>
        <small>
          <bdi>@{group.name}</bdi>
          {group.delete_at === 0 &&
            group.member_count !== undefined &&
            ` · ${t('list.people', { count: group.member_count })}`}
          {group.delete_at > 0 && ` · ${t('list.inArchive')}`}
        </small>
        {group.description && <p>{group.description}</p>}
      </div>
      <div class="deeds">
        {may.members && (
          <Button onClick={() => void (inside ? leave() : join())}>
            {inside ? t('one.leave') : t('one.join')}
          </Button>
        )}
        {may.restore && (
          <Button look="primary" onClick={() => void restore()}>
            {t('one.restore')}
          </Button>
        )}
        {group.delete_at === 0 && (
          <Menu label={t('one.menu', { name })} items={items} onPick={pick}>
            <Icon name="more" />
          </Menu>
        )}
      </div>
      {renaming && <RenameGroup group={group} save={v => view.change(v)} onClose={() => rename(false)} />}
    </header>
  )
}

export function One({ id, teamId }: { id: string; teamId: string }) {
  const store = useStore()
  const { client } = useShell()
  const view = useMemo(() => new GroupView({ p: client.platform, store }, id), [client, store, id])
  const online = store.link.value === 'online'
  useEffect(() => client.groups.follow(e => view.heard(e)), [client, view])
  useEffect(() => void view.open(), [view, online])
  const group = view.group.value
  const problem = view.problem.value
  const may = groupRights(client.permissions.inGroup(teamId, view.member.value), group)
  return (
    <>
      <Up />
      {problem && problem.kind !== 'offline' && !group && (
        <div class="empty" role="alert">
          <Icon name="people" />
          <h2>{problem.status === 404 || problem.status === 400 ? t('one.gone') : wrongText(problem)}</h2>
          <p>{t('one.goneText')}</p>
        </div>
      )}
      {problem?.kind === 'offline' && !group && (
        <div class="empty" role="alert">
          <Icon name="offline" />
          <h2>{t('list.need')}</h2>
          <p>{t('one.need')}</p>
        </div>
      )}
      {!group && !problem && <span class="spin page-wait" role="status" aria-label={t('list.title')} />}
      {group && <Head view={view} group={group} may={may} />}
      {group && group.delete_at > 0 && <p class="note">{t('one.archivedText')}</p>}
      {group && group.delete_at === 0 && <People view={view} group={group} may={may} />}
    </>
  )
}
