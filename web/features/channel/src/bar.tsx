/** Links and files at hand, above the conversation. */

import type { Bookmark } from '@fieldpost/api'
import { bookmarkHref, type Shown } from '@fieldpost/core'
import { emojiFor, explain, mayBookmark, useShell } from '@fieldpost/parts'
import { Away, useWhere } from '@fieldpost/parts/away'
import { Icon, IconButton, Menu, Pop } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { EditBookmark } from './edit.tsx'
import './channel.css'

/** The file that a bookmark is of. */
const fileOf = (b: Bookmark): Shown | undefined =>
  b.type === 'file' && b.file
    ? { file: b.file, post: '', channel: b.channel_id, user: b.owner_id, at: 0 }
    : undefined

/** Where a bookmark leads. Of a file that is not here yet, a press says so, and it can be fetched. */
function Way({ b, children }: { b: Bookmark; children: ComponentChildren }) {
  const { rest } = useShell().client
  const [anchor, open] = useState<Element | undefined>(undefined)
  const s = fileOf(b)
  const where = useWhere(s)
  const href = bookmarkHref(b, id => rest.fileUrl(id))
  if (s && where && where.state !== 'here') {
    const label = t('away.mark', { name: b.display_name })
    return (
      <>
        <button
          type="button"
          class="not-here"
          aria-haspopup="dialog"
          aria-expanded={anchor !== undefined}
          title={label}
          onClick={e => open(anchor ? undefined : e.currentTarget)}
        >
          {children}
          <Icon name="clock" />
          <span class="vh">{label}</span>
        </button>
        {anchor && (
          <Pop anchor={anchor} label={label} onClose={() => open(undefined)}>
            <Away s={s} where={where} />
          </Pop>
        )}
      </>
    )
  }
  if (!href) return <span class="dead">{children}</span>
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" title={b.link_url || b.display_name}>
      {children}
    </a>
  )
}

function One({ b, last, fixed, onEdit }: { b: Bookmark; last: number; fixed: boolean; onEdit: () => void }) {
  const shell = useShell()
  const { bookmarks } = shell.client
  const at = bookmarks.of(b.channel_id).value.findIndex(x => x.id === b.id)
  const attempt = async (f: () => Promise<void>) => {
    try {
      await f()
    } catch (e) {
      shell.client.notice(explain(e), 'error')
    }
  }
  const pick = async (id: string) => {
    if (id === 'edit') onEdit()
    else if (id === 'left') await attempt(() => bookmarks.move(b, -1))
    else if (id === 'right') await attempt(() => bookmarks.move(b, 1))
    else if (
      await shell.confirm({
        title: t('chan.deleteMark'),
        text: t('chan.deleteMarkText', { name: b.display_name }),
        action: t('common.delete'),
        danger: true,
      })
    )
      await attempt(() => bookmarks.remove(b))
  }
  const face = (
    <>
      {b.emoji && emojiFor(b.emoji) ? (
        <span aria-hidden="true">{emojiFor(b.emoji)}</span>
      ) : (
        <Icon name={b.type === 'file' ? 'file' : 'link'} />
      )}
      <span class="cut">{b.display_name}</span>
    </>
  )
  return (
    <li>
      <Way b={b}>{face}</Way>
      {!fixed && (
        <Menu
          label={t('chan.mark', { name: b.display_name })}
          class="ibtn small"
          items={[
            { id: 'edit', label: t('chan.editMore'), icon: 'edit' },
            ...(at > 0 ? ([{ id: 'left', label: t('chan.front'), icon: 'back' }] as const) : []),
            ...(at < last ? ([{ id: 'right', label: t('chan.end'), icon: 'forth' }] as const) : []),
            { kind: 'line', id: 'l' },
            { id: 'delete', label: t('common.delete'), icon: 'trash', bad: true },
          ]}
          onPick={id => void pick(id)}
        >
          <Icon name="more" />
        </Menu>
      )}
    </li>
  )
}

export function BookmarksBar({ channel }: { channel: string }) {
  const shell = useShell()
  const [editing, edit] = useState<Bookmark | 'new' | undefined>(undefined)
  const list = shell.client.bookmarks.of(channel).value
  if (list.length === 0) return null
  const c = shell.client.store.channels.value.get(channel)
  const may = c !== undefined && mayBookmark(shell, c)
  return (
    <nav class="bookmarks" aria-label={t('chan.marks')}>
      <ul>
        {list.map(b => (
          <One key={b.id} b={b} last={list.length - 1} fixed={!may} onEdit={() => edit(b)} />
        ))}
      </ul>
      {may && <IconButton small icon="plus" label={t('chan.addMark')} onClick={() => edit('new')} />}
      {editing && (
        <EditBookmark
          channel={channel}
          bookmark={editing === 'new' ? undefined : editing}
          onClose={() => edit(undefined)}
        />
      )}
    </nav>
  )
}
