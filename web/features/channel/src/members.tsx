import type { Channel } from '@fieldpost/api'
import { channelPath, channelRights, displayName, isGuest, ranked } from '@fieldpost/core'
import { attempt, GuestMark, isDirect, type Shell, SiteMark, useShell, useStore } from '@fieldpost/parts'
import { Avatar, Button, Icon, Menu, type MenuItem } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useState } from 'preact/hooks'
import { AddPeople } from './people.tsx'

async function write(shell: Shell, user: string): Promise<void> {
  await attempt(shell, async () => {
    const c = await shell.client.places.openDirect(user)
    shell.go(channelPath(shell.client.store, shell.team(), c))
  })
}

async function remove(shell: Shell, channel: Channel, user: string): Promise<void> {
  const name = displayName(shell.client.store.user(user).peek())
  const sure = await shell.confirm({
    title: t('chan.removeTitle', { name, place: channel.display_name }),
    text: t('chan.removeText'),
    action: t('common.remove'),
    danger: true,
  })
  if (sure) await attempt(shell, () => shell.client.roster.remove(user))
}

function Row({ channel, user }: { channel: Channel; user: string }) {
  const shell = useShell()
  const store = useStore()
  const u = store.user(user).value
  const name = displayName(u)
  const member = shell.client.roster.members.value.get(user)
  const admin = member?.scheme_admin === true
  const me = user === store.me.value?.id
  const guest = isGuest(u)
  const may = channelRights(shell.client.permissions.inChannel(shell.teamId(), channel.id), channel)
  // Everybody but guests belongs to the channel that the team began with.
  const stays = channel.name === 'town-square' && !guest
  const items: MenuItem[] = [
    ...(me ? [] : [{ id: 'write', label: t('chan.message'), icon: 'reply' } as const]),
    ...(may.roles && !guest && member
      ? ([
          {
            id: 'role',
            label: admin ? t('chan.makeMember') : t('chan.makeAdmin'),
            icon: 'shield',
          },
        ] as const)
      : []),
    ...(may.members && !me && !stays
      ? ([
          { kind: 'line', id: 'l' },
          { id: 'remove', label: t('chan.removeFrom'), icon: 'out', bad: true },
        ] as const)
      : []),
  ]
  const pick = (id: string) => {
    if (id === 'write') void write(shell, user)
    else if (id === 'role') void attempt(shell, () => shell.client.roster.setAdmin(user, !admin))
    else void remove(shell, channel, user)
  }
  return (
    <li>
      <button type="button" class="person" onClick={e => shell.showProfile(user, e.currentTarget)}>
        <Avatar name={name} seed={user} size="2rem" presence={store.status(user).value} />
        <span class="grow">
          <span class="named">
            <b class="cut">{name}</b>
            {me && <small>{t('chan.you')}</small>}
            <SiteMark user={u} />
            <GuestMark user={u} />
            {u?.is_bot && <span class="chip">{t('post.bot')}</span>}
          </span>
          <small class="cut">
            {u && `@${u.username}`}
            {admin && ` · ${t('chan.admin')}`}
          </small>
        </span>
      </button>
      {items.length > 0 && (
        <Menu label={t('chan.menuOf', { name })} items={items} onPick={pick}>
          <Icon name="more" />
        </Menu>
      )}
    </li>
  )
}

export function Members({ channel }: { channel: Channel }) {
  const shell = useShell()
  const store = useStore()
  const { roster } = shell.client
  const [term, setTerm] = useState('')
  const [adding, add] = useState(false)
  const online = store.link.value === 'online'
  useEffect(() => {
    const timer = setTimeout(() => void roster.open(channel.id, term), term ? 150 : 0)
    return () => clearTimeout(timer)
  }, [roster, channel.id, term, online])
  useEffect(() => () => roster.close(), [roster])
  const may = channelRights(shell.client.permissions.inChannel(shell.teamId(), channel.id), channel)
  const people = roster.people.value
  const total = shell.client.about.stats(channel.id).value?.member_count
  return (
    <div class="scroll" tabIndex={-1}>
      <div class="tools">
        <input
          class="input grow"
          type="search"
          aria-label={t('chan.searchMembers')}
          placeholder={total === undefined ? t('app.search') : t('chan.searchCount', { count: total })}
          value={term}
          onInput={e => setTerm(e.currentTarget.value)}
        />
        {!isDirect(channel) && may.members && (
          <Button look="primary" onClick={() => add(true)}>
            <Icon name="plus" /> {t('common.add')}
          </Button>
        )}
      </div>
      {!people && online && <span class="spin page-wait" role="status" aria-label={t('common.loading')} />}
      {!online && (
        <p class="none" role="status">
          {people ? t('chan.asSeen') : t('chan.membersNeed')}
        </p>
      )}
      {people?.length === 0 && <p class="none">{t('chan.noMember')}</p>}
      {people && people.length > 0 && (
        <ul class="people" aria-label={t('common.members')}>
          {ranked(people, id => store.user(id).value, roster.members.value).map(id => (
            <Row key={id} channel={channel} user={id} />
          ))}
        </ul>
      )}
      {roster.more.value && (
        <p class="older">
          <Button onClick={() => void roster.next()}>{t('chan.moreMembers')}</Button>
        </p>
      )}
      {adding && <AddPeople channel={channel.id} onClose={() => add(false)} />}
    </div>
  )
}
