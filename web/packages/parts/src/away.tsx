/** Files of other sites that are not here yet: said as such, with a button that fetches them. */

import type { FileWhere } from '@fieldpost/api'
import { type Client, fromText, type Shown } from '@fieldpost/core'
import { AwayFiles, awayView, fetchAirText, type Part } from '@fieldpost/core/away'
import { Button, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useState } from 'preact/hooks'
import { useShell, useStore } from './context.tsx'
import { explain } from './explain.ts'
import { FileFace, fileAbout } from './file-face.tsx'
import './away.css'

const books = new WeakMap<Client, AwayFiles>()

/** What is known of such files, one for all that show them. */
function awayOf(client: Client): AwayFiles {
  const known = books.get(client)
  if (known) return known
  const made = new AwayFiles(client.platform, client.store)
  books.set(client, made)
  client.visitors.add(made)
  return made
}

/**
 * Where a file is, kept known while it is on screen; nothing while that is not known. The server is asked for files of
 * other sites alone, and for such as `failed` to come: who has no links is not asked for anything.
 */
export function useWhere(s: Pick<Shown, 'file' | 'user'> | undefined, failed = false): FileWhere | undefined {
  const away = awayOf(useShell().client)
  const user = useStore().user(s?.user ?? '').value
  const id = s?.file.id ?? ''
  const asks = failed || Boolean(s?.file.remote_id || user?.remote_id)
  useEffect(() => (asks ? away.follow(id) : undefined), [away, id, asks])
  return away.of(id).value
}

/** The button that asks for a file, or takes that back. */
function Deed({ s, part, deed }: { s: Shown; part: Part; deed: 'fetch' | 'stop' }) {
  const { client } = useShell()
  const [busy, setBusy] = useState(false)
  const act = async () => {
    if (busy) return
    setBusy(true)
    try {
      await awayOf(client).ask(s.file.id, part, deed === 'fetch')
    } catch (e) {
      client.notice(explain(e), 'error')
    }
    setBusy(false)
  }
  const words = deed === 'stop' ? t('away.stop') : t(part === 'preview' ? 'away.fetchPicture' : 'away.fetch')
  return (
    <Button look={deed === 'stop' ? 'quiet' : ''} busy={busy} onClick={() => void act()}>
      {words}
      <span class="vh"> {s.file.name}</span>
    </Button>
  )
}

/** A file that is not here: what it is, from where it comes, and what it waits for. */
export function Away({
  s,
  where,
  part = 'whole',
  note,
}: {
  s: Shown
  where: FileWhere
  part?: Part
  note?: string | undefined
}) {
  const { client } = useShell()
  const { text, share, deed } = awayView(where, part)
  const air = part === 'whole' && where.state !== 'missing'
  const onAir = air ? fetchAirText(client.news.of(s.channel).value, where) : ''
  const about = [note ?? fileAbout(s.file), where.site && fromText(where.site)].filter(Boolean)
  return (
    <div class="file away" role="group" aria-label={s.file.name} data-away={s.file.id}>
      <FileFace file={s.file} />
      <span class="grow">
        <b class="cut">{s.file.name}</b>
        <small>{about.join(' · ')}</small>
        <small class="why">
          <Icon name={share === undefined ? 'clock' : 'down'} /> {[text, onAir].filter(Boolean).join(' · ')}
        </small>
      </span>
      {deed && <Deed s={s} part={part} deed={deed} />}
      {share !== undefined && <progress max={1} value={share} aria-label={text} />}
    </div>
  )
}
