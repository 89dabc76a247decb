import type { Channel } from '@fieldpost/api'
import { channelRights, displayName, fullText, isFavourite } from '@fieldpost/core'
import {
  attempt,
  copyText,
  isDirect,
  leaveChannel,
  Markdown,
  mayConvert,
  mayLeave,
  type Shell,
  setFavourite,
  useNames,
  useShell,
  useStore,
} from '@fieldpost/parts'
import { Icon, IconButton, type IconName } from '@fieldpost/ui'
import { numberText } from '@fieldpost/words'
import { t } from '@fieldpost/words/far'
import { useState } from 'preact/hooks'
import { BannerInfo } from './banner.tsx'
import { ChangeText, Rename } from './change.tsx'

type Asking = '' | 'header' | 'purpose' | 'rename'

async function convert(shell: Shell, c: Channel): Promise<void> {
  const open = c.type === 'P'
  const sure = await shell.confirm({
    title: open
      ? t('chan.publicTitle', { name: c.display_name })
      : t('chan.privateTitle', { name: c.display_name }),
    text: open ? t('chan.publicText') : t('chan.privateText'),
    action: open ? t('chan.makePublic') : t('chan.makePrivate'),
  })
  if (sure) await attempt(shell, () => shell.client.about.convert(c.id, open ? 'O' : 'P'))
}

async function archive(shell: Shell, c: Channel): Promise<void> {
  const sure = await shell.confirm({
    title: t('chan.archiveTitle', { name: c.display_name }),
    text: t('chan.archiveText'),
    action: t('chan.archive'),
    danger: true,
  })
  if (sure) await attempt(shell, () => shell.client.about.archive(c.id))
}

/** A line that leads to another panel, with how much is there. */
function Way({ to, icon, label, count }: { to: string; icon: IconName; label: string; count: string }) {
  const shell = useShell()
  return (
    <li>
      <button type="button" class="way" onClick={() => shell.openPanel(to)}>
        <Icon name={icon} />
        <span class="grow">{label}</span>
        <small>{count}</small>
      </button>
    </li>
  )
}

function Counts({ channel, moderate }: { channel: Channel; moderate: boolean }) {
  const shell = useShell()
  const s = shell.client.about.stats(channel.id).value
  const members = !s
    ? ''
    : s.guest_count > 0
      ? t('chan.guests', { members: s.member_count, count: s.guest_count })
      : numberText(s.member_count)
  return (
    <ul class="ways" aria-label={t('chan.inThis')}>
      <Way to="members" icon="people" label={t('common.members')} count={members} />
      <Way
        to="pinned"
        icon="pin"
        label={t('common.pinnedMessages')}
        count={s ? String(s.pinnedpost_count) : ''}
      />
      <Way
        to="files"
        icon="file"
        label={t('common.files')}
        count={s && s.files_count >= 0 ? String(s.files_count) : ''}
      />
      {moderate && <Way to="moderation" icon="shield" label={t('chan.mod')} count="" />}
    </ul>
  )
}

function Words({
  title,
  edit,
  text,
  none,
  onEdit,
}: {
  title: string
  edit: string
  text: string
  none: string
  onEdit: (() => void) | undefined
}) {
  const names = useNames()
  return (
    <section class="words">
      <h3>{title}</h3>
      {onEdit && <IconButton small icon="edit" label={edit} onClick={onEdit} />}
      {text ? <Markdown source={text} names={names} /> : <p class="none">{none}</p>}
    </section>
  )
}

function Copied({ label, copy, text }: { label: string; copy: string; text: string }) {
  const shell = useShell()
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <span class="grow cut">{text}</span>
        <IconButton small icon="copy" label={copy} onClick={() => void copyText(shell, text)} />
      </dd>
    </>
  )
}

function Facts({ channel: c }: { channel: Channel }) {
  const shell = useShell()
  const store = useStore()
  const creator = c.creator_id ? store.user(c.creator_id).value : undefined
  const link = `${location.origin}/${shell.team()}/channels/${c.name}`
  return (
    <dl class="facts">
      {!isDirect(c) && <Copied label={t('chan.link')} copy={t('chan.copyTheLink')} text={link} />}
      <Copied label={t('chan.id')} copy={t('chan.copyTheId')} text={c.id} />
      {c.create_at !== undefined && c.create_at > 0 && (
        <>
          <dt>{t('chan.created')}</dt>
          <dd>
            {creator
              ? t('chan.createdBy', { time: fullText(c.create_at), name: displayName(creator) })
              : fullText(c.create_at)}
          </dd>
        </>
      )}
      {c.last_post_at > 0 && (
        <>
          <dt>{t('chan.lastMessage')}</dt>
          <dd>{fullText(c.last_post_at)}</dd>
        </>
      )}
      {c.delete_at > 0 && (
        <>
          <dt>{t('chan.archived')}</dt>
          <dd>{fullText(c.delete_at)}</dd>
        </>
      )}
    </dl>
  )
}

export function Info({ channel: c }: { channel: Channel }) {
  const shell = useShell()
  const store = useStore()
  const [asking, ask] = useState<Asking>('')
  const team = shell.teamId()
  const may = channelRights(shell.client.permissions.inChannel(team, c.id), c)
  const favourite = isFavourite(store, team, c.id)
  const direct = isDirect(c)
  // A team keeps the channels with which it began, and what is shared stays where the others know it.
  const kept = direct || c.delete_at > 0 || c.shared || c.name === 'town-square' || c.name === 'off-topic'
  const moves = !kept && shell.client.permissions.in(team).value.has('manage_system')
  return (
    <div class="scroll" tabIndex={-1}>
      <Words
        title={t('chan.header')}
        edit={t('chan.editHeader')}
        text={c.header}
        none={t('chan.headerNone')}
        onEdit={may.header ? () => ask('header') : undefined}
      />
      {!direct && (
        <Words
          title={t('chan.purpose')}
          edit={t('chan.editPurpose')}
          text={c.purpose}
          none={t('chan.purposeNone')}
          onEdit={may.name ? () => ask('purpose') : undefined}
        />
      )}
      <BannerInfo channel={c} />
      <Counts channel={c} moderate={may.moderate} />
      <ul class="ways" aria-label={t('chan.canDo')}>
        <Deed
          icon="star"
          label={favourite ? t('side.unfavourite') : t('side.favourite')}
          onClick={() => void setFavourite(shell, c, !favourite)}
        />
        {may.name && <Deed icon="edit" label={t('side.renameMore')} onClick={() => ask('rename')} />}
        {may.convert && (
          <Deed
            icon={c.type === 'P' ? 'hash' : 'lock'}
            label={c.type === 'P' ? t('chan.makePublicMore') : t('chan.makePrivateMore')}
            onClick={() => void convert(shell, c)}
          />
        )}
        {mayConvert(shell, c) && (
          <Deed icon="lock" label={t('room.convertGroup')} onClick={() => shell.convertGroup(c.id)} />
        )}
        {moves && (
          <Deed
            icon="forward"
            label={t('chan.toTeamMore')}
            onClick={() => shell.go(`/admin/channels/${c.id}?move=yes`)}
          />
        )}
        {may.archive && (
          <Deed icon="archive" label={t('chan.archiveMore')} bad onClick={() => void archive(shell, c)} />
        )}
        {may.restore && (
          <Deed
            icon="retry"
            label={t('chan.restore')}
            onClick={() => void attempt(shell, () => shell.client.about.restore(c.id))}
          />
        )}
        {mayLeave(c) && store.members.value.has(c.id) && (
          <Deed icon="out" label={t('chan.leaveMore')} bad onClick={() => void leaveChannel(shell, c)} />
        )}
      </ul>
      <Facts channel={c} />
      {(asking === 'header' || asking === 'purpose') && (
        <ChangeText channel={c} what={asking} onClose={() => ask('')} />
      )}
      {asking === 'rename' && <Rename channel={c} onClose={() => ask('')} />}
    </div>
  )
}

function Deed({
  icon,
  label,
  bad = false,
  onClick,
}: {
  icon: IconName
  label: string
  bad?: boolean
  onClick: () => void
}) {
  return (
    <li>
      <button type="button" class={bad ? 'way bad' : 'way'} onClick={onClick}>
        <Icon name={icon} />
        <span class="grow">{label}</span>
      </button>
    </li>
  )
}
