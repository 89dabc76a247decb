import type { Channel } from '@fieldpost/api'
import { channelRights, displayName, fullText, isFavourite } from '@fieldpost/core'
import {
  attempt,
  copyText,
  isDirect,
  leaveChannel,
  Markdown,
  mayLeave,
  type Shell,
  setFavourite,
  useNames,
  useShell,
  useStore,
} from '@fieldpost/parts'
import { Icon, IconButton, type IconName } from '@fieldpost/ui'
import { useState } from 'preact/hooks'
import { ChangeText, Rename } from './change.tsx'

type Asking = '' | 'header' | 'purpose' | 'rename'

async function convert(shell: Shell, c: Channel): Promise<void> {
  const open = c.type === 'P'
  const sure = await shell.confirm({
    title: open ? `Make ${c.display_name} public?` : `Make ${c.display_name} private?`,
    text: open
      ? 'Everybody of the team will find it, join it, and read all that was written so far.'
      : 'Only those who are in it now, or are added later, will see it.',
    action: open ? 'Make public' : 'Make private',
  })
  if (sure) await attempt(shell, () => shell.client.about.convert(c.id, open ? 'O' : 'P'))
}

async function archive(shell: Shell, c: Channel): Promise<void> {
  const sure = await shell.confirm({
    title: `Archive ${c.display_name}?`,
    text: 'What was written can still be read and searched. Nobody can write in it until it is brought back.',
    action: 'Archive',
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

function Counts({ channel }: { channel: Channel }) {
  const shell = useShell()
  const s = shell.client.about.stats(channel.id).value
  const guests =
    s && s.guest_count > 0 ? `, ${s.guest_count === 1 ? '1 guest' : `${s.guest_count} guests`}` : ''
  return (
    <ul class="ways" aria-label="In this channel">
      <Way to="members" icon="people" label="Members" count={s ? `${s.member_count}${guests}` : ''} />
      <Way to="pinned" icon="pin" label="Pinned messages" count={s ? String(s.pinnedpost_count) : ''} />
      <Way
        to="files"
        icon="file"
        label="Files"
        count={s && s.files_count >= 0 ? String(s.files_count) : ''}
      />
    </ul>
  )
}

function Words({
  title,
  text,
  none,
  onEdit,
}: {
  title: string
  text: string
  none: string
  onEdit: (() => void) | undefined
}) {
  const names = useNames()
  return (
    <section class="words">
      <h3>{title}</h3>
      {onEdit && <IconButton small icon="edit" label={`Edit the ${title.toLowerCase()}`} onClick={onEdit} />}
      {text ? <Markdown source={text} names={names} /> : <p class="none">{none}</p>}
    </section>
  )
}

function Copied({ label, text }: { label: string; text: string }) {
  const shell = useShell()
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <span class="grow cut">{text}</span>
        <IconButton
          small
          icon="copy"
          label={`Copy the ${label.toLowerCase()}`}
          onClick={() => void copyText(shell, text)}
        />
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
      {!isDirect(c) && <Copied label="Link" text={link} />}
      <Copied label="ID" text={c.id} />
      {c.create_at !== undefined && c.create_at > 0 && (
        <>
          <dt>Created</dt>
          <dd>
            {fullText(c.create_at)}
            {creator && ` by ${displayName(creator)}`}
          </dd>
        </>
      )}
      {c.last_post_at > 0 && (
        <>
          <dt>Last message</dt>
          <dd>{fullText(c.last_post_at)}</dd>
        </>
      )}
      {c.delete_at > 0 && (
        <>
          <dt>Archived</dt>
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
  return (
    <div class="scroll" tabIndex={-1}>
      <Words
        title="Header"
        text={c.header}
        none="Stands above the conversation."
        onEdit={may.header ? () => ask('header') : undefined}
      />
      {!direct && (
        <Words
          title="Purpose"
          text={c.purpose}
          none="What this channel is for."
          onEdit={may.name ? () => ask('purpose') : undefined}
        />
      )}
      <Counts channel={c} />
      <ul class="ways" aria-label="What can be done">
        <Deed
          icon="star"
          label={favourite ? 'Remove from favourites' : 'Favourite'}
          onClick={() => void setFavourite(shell, c, !favourite)}
        />
        {may.name && <Deed icon="edit" label="Rename…" onClick={() => ask('rename')} />}
        {may.convert && (
          <Deed
            icon={c.type === 'P' ? 'hash' : 'lock'}
            label={c.type === 'P' ? 'Make public…' : 'Make private…'}
            onClick={() => void convert(shell, c)}
          />
        )}
        {may.archive && (
          <Deed icon="archive" label="Archive channel…" bad onClick={() => void archive(shell, c)} />
        )}
        {may.restore && (
          <Deed
            icon="retry"
            label="Bring back from the archive"
            onClick={() => void attempt(shell, () => shell.client.about.restore(c.id))}
          />
        )}
        {mayLeave(c) && store.members.value.has(c.id) && (
          <Deed icon="out" label="Leave channel…" bad onClick={() => void leaveChannel(shell, c)} />
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
