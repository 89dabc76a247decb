/** The files of a channel, the newest first. */

import { type Channel, type FoundFile, SEARCH_PAGE, SearchRest } from '@fieldpost/api'
import { aheadHere, dayText, displayName, shownOf, sizeText } from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Away, useWhere } from '@fieldpost/parts/away'
import { Button, Icon, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useRef, useState } from 'preact/hooks'

/** How a search names a channel: conversations by the people in them. */
function asked(channel: Channel, name: (id: string) => string | undefined, me: string): string {
  if (channel.type !== 'D') return `in:${channel.name}`
  const [a = '', b = ''] = channel.name.split('__')
  return `in:@${name(a === me ? b : a) ?? ''}`
}

function FileRow({ file }: { file: FoundFile }) {
  const shell = useShell()
  const store = useStore()
  const { rest } = shell.client
  const s = shownOf(file)
  const where = useWhere(s)
  const about = [
    file.extension.toUpperCase(),
    sizeText(file.size),
    displayName(store.user(file.user_id).value),
    dayText(file.create_at, Date.now()),
  ].join(' · ')
  return (
    <li>
      {where && where.state !== 'here' ? (
        <Away s={s} where={where} note={about} />
      ) : (
        <a class="person" href={`${rest.fileUrl(file.id)}?download=1`} download={file.name}>
          <Icon name="file" />
          <span class="grow">
            <b class="cut">{file.name}</b>
            <small class="cut ours">{about}</small>
          </span>
        </a>
      )}
      {file.post_id && (
        <IconButton
          icon="out"
          label={t('chan.showOf', { name: file.name })}
          onClick={() => shell.go(`/${shell.team()}/pl/${file.post_id}`)}
        />
      )}
    </li>
  )
}

export function ChannelFiles({ channel }: { channel: Channel }) {
  const shell = useShell()
  const store = useStore()
  const [files, setFiles] = useState<readonly FoundFile[] | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  const [more, setMore] = useState(false)
  const page = useRef(0)
  const online = store.link.value === 'online'
  const team = channel.team_id || shell.teamId()
  const load = async (n: number) => {
    const terms = asked(channel, id => store.user(id).peek()?.username, store.me.peek()?.id ?? '')
    try {
      const told = await new SearchRest(shell.client.rest, () => aheadHere(Date.now())).files(team, terms, n)
      const found = (told.order ?? []).flatMap(id => told.file_infos?.[id] ?? [])
      page.current = n
      setFiles(had => [...(n > 0 ? (had ?? []) : []), ...found])
      setMore(found.length >= SEARCH_PAGE)
      setWrong('')
    } catch (e) {
      setWrong(explain(e))
    }
  }
  useEffect(() => {
    if (online) void load(0)
  }, [channel.id, online])
  return (
    <div class="scroll" tabIndex={-1}>
      {!online && <p class="none">{t('chan.filesNeed')}</p>}
      {online && !files && !wrong && (
        <span class="spin page-wait" role="status" aria-label={t('common.loading')} />
      )}
      {online && wrong && (
        <p class="trouble" role="alert">
          {wrong}
        </p>
      )}
      {files?.length === 0 && (
        <div class="empty">
          <Icon name="file" />
          <h3>{t('chan.noFiles')}</h3>
          <p>{t('chan.filesText')}</p>
        </div>
      )}
      {files && files.length > 0 && (
        <ul class="people" aria-label={t('common.files')}>
          {files.map(f => (
            <FileRow key={f.id} file={f} />
          ))}
        </ul>
      )}
      {more && (
        <p class="older">
          <Button onClick={() => void load(page.current + 1)}>{t('chan.earlierFiles')}</Button>
        </p>
      )}
    </div>
  )
}
