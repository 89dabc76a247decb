/** A file over everything: pictures to look at closely, documents and texts to read, and what to do with them. */

import type { FileWhere } from '@fieldpost/api'
import {
  channelTitle,
  dayText,
  displayName,
  drawingsIn,
  type FileKind,
  kindOf,
  type Shown,
  sequenceOf,
  sizeText,
  timeText,
} from '@fieldpost/core'
import { lacking } from '@fieldpost/core/away'
import { copyText, later, useShell, useStore } from '@fieldpost/parts'
import { Away, useWhere } from '@fieldpost/parts/away'
import { Download, FileFace, fileAbout, PublicLink } from '@fieldpost/parts/files'
import { alongLine, Icon, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useComputed } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Picture } from './picture.tsx'
import { Text } from './text.tsx'
import './viewer.css'

const Waiting = () => <span class="spin" role="status" aria-label={t('common.loading')} />
const Pdf = later<{ s: Shown }>(() => import('./pdf.tsx'), <Waiting />)

/** How often earlier messages are asked for while somebody stands before the first picture. */
const LOOK_BACK = 6

/** Brings earlier pictures when the first that is known is on screen. */
function useEarlier(channel: string, wanted: boolean): void {
  const { client } = useShell()
  const { store } = client
  const window = store.log(channel).window.value
  const tries = useRef(0)
  if (!wanted) tries.current = 0
  const online = store.link.value === 'online'
  useEffect(() => {
    if (!wanted || !online || !window || window.atStart || tries.current >= LOOK_BACK) return
    tries.current++
    void client.reading.loadOlder(channel)
  }, [client, channel, wanted, online, window])
}

/** What cannot be shown is named, and there to take along. */
function Unseen({ s, why }: { s: Shown; why?: string }) {
  return (
    <div class="unseen">
      <FileFace file={s.file} />
      <p>
        <b>{s.file.name}</b>
        <br />
        {fileAbout(s.file)}
      </p>
      {why && <p role="alert">{why}</p>}
      <Download file={s.file} class="btn" />
    </div>
  )
}

function Media({ s, film }: { s: Shown; film: boolean }) {
  const { client } = useShell()
  const [broken, setBroken] = useState(false)
  if (broken) return <Unseen s={s} why={t('view.notPlayed')} />
  const own = {
    src: client.rest.fileUrl(s.file.id),
    controls: true,
    preload: 'metadata',
    'aria-label': s.file.name,
    onError: () => setBroken(true),
  } as const
  return film ? <video {...own} playsInline /> : <audio {...own} />
}

function Body({
  s,
  kind,
  where,
  onFail,
  onStep,
  keys,
}: {
  s: Shown
  kind: FileKind
  where: FileWhere | undefined
  onFail: () => void
  onStep: (by: number) => void
  keys: { current: (key: string) => boolean }
}) {
  const unseen = (why: string) => <Unseen s={s} why={why} />
  const part = lacking(where, kind === 'picture')
  if (where && part)
    return (
      <div class="unseen">
        <Away s={s} where={where} part={part} />
      </div>
    )
  switch (kind) {
    case 'picture':
      return (
        <Picture
          key={s.file.id}
          s={s}
          where={where}
          onFail={onFail}
          onStep={onStep}
          keys={keys}
          unseen={unseen}
        />
      )
    case 'pdf':
      return <Pdf key={s.file.id} s={s} />
    case 'text':
      return <Text key={s.file.id} s={s} unseen={unseen} />
    case 'sound':
    case 'film':
      return <Media key={s.file.id} s={s} film={kind === 'film'} />
    case 'other':
      return <Unseen s={s} />
  }
}

/** At an end it stays, without effect: a button that goes away would take the keyboard along. */
function Step({ by, there, onStep }: { by: number; there: boolean; onStep: (by: number) => void }) {
  return (
    <IconButton
      extra={by < 0 ? 'step before' : 'step after'}
      icon={by < 0 ? 'left' : 'right'}
      label={by < 0 ? t('view.previous') : t('view.next')}
      aria-disabled={!there || undefined}
      onClick={() => onStep(by)}
    />
  )
}

/** Whose message it came in, and where; a press leads there. */
function Origin({ s, onClose }: { s: Shown; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const channel = store.channels.value.get(s.channel)
  const words = [
    displayName(store.user(s.user).value),
    ...(channel ? [channelTitle(store, channel)] : []),
    `${dayText(s.at, Date.now())}, ${timeText(s.at)}`,
  ].join(' · ')
  if (!s.post) return <small class="cut ours">{words}</small>
  const path = `/${shell.team()}/pl/${s.post}`
  return (
    <a
      class="cut ours"
      href={path}
      title={t('view.showMessage')}
      onClick={e => {
        if (e.ctrlKey || e.metaKey || e.shiftKey) return
        e.preventDefault()
        onClose()
        shell.go(path)
      }}
    >
      {words}
    </a>
  )
}

/** Over everything, until it is closed; the focus goes back to where it was. */
function Over({
  label,
  onClose,
  onKeyDown,
  children,
}: {
  label: string
  onClose: () => void
  onKeyDown: (e: KeyboardEvent) => void
  children: ComponentChildren
}) {
  const ref = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const back = document.activeElement
    ref.current?.showModal()
    return () => {
      if (back instanceof HTMLElement && back.isConnected) back.focus({ preventScroll: true })
    }
  }, [])
  return (
    <dialog
      ref={ref}
      class="viewer"
      aria-labelledby={label}
      onClose={onClose}
      onKeyDown={e => {
        e.stopPropagation()
        onKeyDown(e)
      }}
    >
      {children}
    </dialog>
  )
}

export default function Viewer({
  from,
  all,
  onClose,
}: {
  from: Shown
  all?: readonly Shown[] | undefined
  onClose: () => void
}) {
  const shell = useShell()
  const store = useStore()
  const title = useId()
  const keys = useRef((_: string) => false)
  const [at, setAt] = useState(from)
  // A picture that did not come may be one that is not here.
  const [failed, setFailed] = useState('')
  const list = useComputed(() => all ?? sequenceOf(store, from)).value
  const index = list.findIndex(s => s.file.id === at.file.id)
  const kind = kindOf(at.file, drawingsIn(store))
  const where = useWhere(at, failed === at.file.id)
  const isWhole = !where || where.state === 'here'
  useEarlier(at.channel, !all && kind === 'picture' && index === 0)
  const step = (by: number) => {
    const next = list[index + by]
    if (next && index >= 0) setAt(next)
  }
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target instanceof HTMLMediaElement) return
    const paged = kind === 'picture' || kind === 'other'
    const key = alongLine(e.key)
    if (key === 'ArrowLeft' && paged) step(-1)
    else if (key === 'ArrowRight' && paged) step(1)
    else if (!keys.current(e.key)) return
    e.preventDefault()
  }
  return (
    <Over label={title} onClose={onClose} onKeyDown={onKeyDown}>
      <header>
        <div class="grow">
          <h2 id={title} class="cut">
            {at.file.name}
          </h2>
          <Origin s={at} onClose={onClose} />
        </div>
        {list.length > 1 && index >= 0 && (
          <span class="count" role="status">
            {t('view.of', { at: index + 1, count: list.length })}
          </span>
        )}
        <PublicLink file={at.file} small={false} />
        {at.post && (
          <IconButton
            icon="copy"
            label={t('view.copyLink')}
            onClick={() => void copyText(shell, `${location.origin}/${shell.team()}/pl/${at.post}`)}
          />
        )}
        {isWhole && <Download file={at.file} class="ibtn" />}
        <IconButton icon="close" label={t('view.close')} autofocus onClick={onClose} />
      </header>
      <div class="stage">
        <Body
          s={at}
          kind={kind}
          where={where}
          onFail={() => setFailed(at.file.id)}
          onStep={step}
          keys={keys}
        />
        {list.length > 1 && (
          <>
            <Step by={-1} there={index > 0} onStep={step} />
            <Step by={1} there={index >= 0 && index + 1 < list.length} onStep={step} />
          </>
        )}
      </div>
      {where && !isWhole && kind === 'picture' && lacking(where, true) !== 'whole' && (
        <footer>
          <Away s={at} where={where} note={t('view.original', { size: sizeText(at.file.size) })} />
        </footer>
      )}
      {store.link.value === 'offline' && (
        <p class="away" role="status">
          <Icon name="offline" /> {t('view.offline')}
        </p>
      )}
    </Over>
  )
}
