import type { Priority } from '@fieldpost/api'
import {
  airText,
  displayName,
  draftKey,
  type Format,
  isStroke,
  lengthOf,
  momentText,
  sendStroke,
  sends,
} from '@fieldpost/core'
import {
  emojiFor,
  explain,
  goTo,
  Markdown,
  strokeNames,
  useNames,
  useShell,
  useStore,
} from '@fieldpost/parts'
import { Icon, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Aside } from './aside.tsx'
import { Attachments, Waiting } from './attachments.tsx'
import { Suggestions, useCompletion } from './completion.tsx'
import { useFiles } from './drop.ts'
import { during } from './during.ts'
import { applyFormat, FormatBar, formatOf } from './format.tsx'
import { PriorityChips, PriorityMenu, unmentioned } from './priority.tsx'
import { useSure } from './sure.ts'
import './composer.css'

/** What a server takes that does not say. */
const MAX = 16_383
/** From so few characters on it is said how many are left. */
const NEAR = 500
const BAR = 'fieldpost.format'

export function Composer({
  channel,
  root = '',
  placeholder,
  onEditLast,
  onSent,
}: {
  channel: string
  root?: string
  placeholder: string
  onEditLast?: () => void
  onSent?: () => void
}) {
  const shell = useShell()
  const store = useStore()
  const { client } = shell
  const key = draftKey(channel, root)
  const direct = store.channels.value.get(channel)?.type === 'D'
  const draft = client.drafts.of(key).value
  const { text, priority } = draft
  const sending = client.habits.sending.value
  const [running, setRunning] = useState(false)
  const { asking, whenSure } = useSure(channel, key)
  const [preview, setPreview] = useState(false)
  const [bar, setBar] = useState(localStorage.getItem(BAR) === 'true')
  const names = useNames()
  const area = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const form = useRef<HTMLFormElement>(null)
  const attach = useFiles(key, form)

  // Where it is left, what was begun is kept at once.
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches) area.current?.focus({ preventScroll: true })
    const settle = () => client.drafts.settle(key)
    addEventListener('pagehide', settle)
    return () => {
      removeEventListener('pagehide', settle)
      settle()
    }
  }, [key])

  const setPriority = (p: Priority | undefined) => client.drafts.write(key, { priority: p })

  const change = (next: string, caret?: number) => {
    client.drafts.write(key, { text: next })
    if (next.trim()) client.writing.typed(channel, root)
    completion.suggest(next, caret ?? next.length)
  }

  const completion = useCompletion((from, insert) => {
    const el = area.current
    if (!el) return
    const caret = from + insert.length
    const next = text.slice(0, from) + insert + text.slice(el.selectionStart)
    // At once: whoever writes on before the next frame writes behind it.
    el.value = next
    el.focus()
    el.setSelectionRange(caret, caret)
    change(next, caret)
    completion.close()
  })

  const { files } = draft
  const most = Number(store.config.value['MaxPostSize']) || MAX
  // Of a short text it is clear without counting.
  const left = most - (text.length > most - NEAR ? lengthOf(text) : text.length)
  const going = client.uploads.of(key).value
  const held = client.uploads.held(key).value
  const sendable = (text.trim() !== '' || files.length + going.length > 0) && left >= 0

  /** What was typed is a command; it is gone from here once it was run, and not before. */
  const command = async () => {
    const typed = text
    const answer = await during(setRunning, () =>
      client.writing.command(typed.trimEnd(), channel, root, shell.teamId()),
    )
    if (!answer) return
    client.recall.add(key, typed.trimEnd())
    if (client.drafts.of(key).peek().text === typed) client.drafts.clear(key)
    completion.close()
    goTo(shell, answer.goto_location)
  }

  const send = () => {
    if (!sendable) return
    if (text.startsWith('/') && files.length + going.length === 0) {
      if (!running) void command()
      return
    }
    completion.close()
    const unheard = unmentioned(priority, text, direct)
    if (unheard) return client.notice(unheard, 'error')
    if (going.some(u => u.state === 'failed')) return client.notice(t('write.fileFailed'), 'error')
    whenSure(() => {
      setPreview(false)
      // An answer takes its time, and files may have come meanwhile.
      if (client.uploads.of(key).peek().length > 0) return client.uploads.hold(key, true)
      client.sendDraft(key)
      onSent?.()
    })
  }

  const schedule = async () => {
    const typed = text
    const at = await shell.askWhen({ title: t('write.sendLater'), action: t('write.schedule') })
    if (at === undefined) return
    try {
      await client.scheduled.add({
        channel_id: channel,
        root_id: root,
        message: typed.trim(),
        scheduled_at: at,
        ...(files.length > 0 ? { file_ids: files.map(f => f.id), metadata: { files: [...files] } } : {}),
        ...(priority ? { priority } : {}),
      })
      client.notice(t('write.willBeSent', { time: momentText(at) }))
      if (client.drafts.of(key).peek().text === typed) client.drafts.clear(key)
    } catch (e) {
      client.notice(explain(e), 'error')
    }
  }

  const formatAs = (kind: Format) => {
    const el = area.current
    if (el) applyFormat(el, kind)
  }

  const toggleBar = () => {
    localStorage.setItem(BAR, String(!bar))
    setBar(!bar)
  }

  /** What was sent before takes the place of what stands here, which comes back after it. */
  const recall = (e: KeyboardEvent, by: -1 | 1) => {
    const next = client.recall.step(key, client.drafts.of(key).peek().text, by)
    const el = area.current
    if (next === undefined || !el) return
    e.preventDefault()
    // At once: whoever presses again before the next frame goes on from here.
    el.value = next
    el.setSelectionRange(next.length, next.length)
    client.drafts.write(key, { text: next })
    completion.close()
  }

  const onKeyDown = (e: KeyboardEvent) => {
    if (e.isComposing) return
    const back = isStroke(e, 'Mod+ArrowUp')
    if (back || isStroke(e, 'Mod+ArrowDown')) return recall(e, back ? -1 : 1)
    if (completion.key(e.key)) {
      e.preventDefault()
      e.stopPropagation()
      return
    }
    const mod = e.ctrlKey || e.metaKey
    const kind = formatOf(e)
    if (sends(e, sending, text.slice(0, area.current?.selectionStart ?? 0))) {
      e.preventDefault()
      send()
    } else if (e.key === 'ArrowUp' && !e.shiftKey && !e.altKey && !mod && text === '' && onEditLast) {
      e.preventDefault()
      onEditLast()
    } else if (kind) {
      e.preventDefault()
      formatAs(kind)
    }
  }

  const typists = store.typing.value.filter(t => t.channel === channel && t.root === root)
  const writing = typists.slice(0, 3).map(t => displayName(store.user(t.user).value))
  const offline = store.link.value === 'offline'
  const attached = files.reduce((sum, file) => sum + file.size, 0)
  const onAir = sendable ? airText(client.news.of(channel).value, text, attached) : ''
  // What is said of the key goes by the end of the text: where the caret is, nobody tells.
  const stroke = sendStroke(sending, text)
  const keys = strokeNames(stroke).join(' ')
  const sendTitle = offline ? t('write.sendConnected') : t('write.send')
  const keyHint = sendable && stroke !== 'Enter' ? t('write.sendsBy', { keys }) : ''
  const { found } = completion
  return (
    <div>
      <form
        ref={form}
        class="composer"
        aria-label={placeholder}
        onSubmit={e => {
          e.preventDefault()
          send()
        }}
      >
        <Aside draft={key} texts={draft.aside} />
        <Suggestions id={`c-${key}`} completion={completion} />
        <Attachments draft={key} />
        <Waiting draft={key} />
        {bar && !preview && <FormatBar onFormat={formatAs} />}
        {preview && (
          <div class="looked-at" role="region" aria-label={t('write.preview')} tabIndex={0}>
            <Markdown source={text || t('write.nothingYet')} names={names} />
          </div>
        )}
        <textarea
          ref={area}
          hidden={preview}
          rows={1}
          aria-label={placeholder}
          placeholder={placeholder}
          value={text}
          aria-autocomplete="list"
          aria-controls={found ? `c-${key}` : undefined}
          aria-activedescendant={found ? `c-${key}-${found.at}` : undefined}
          onInput={e => change(e.currentTarget.value, e.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
          onBlur={completion.close}
        />
        {priority && <PriorityChips priority={priority} onClear={() => setPriority(undefined)} />}
        <div class="tools">
          <IconButton icon="clip" label={t('write.attach')} onClick={() => picker.current?.click()} />
          <IconButton
            icon="smile"
            label={t('write.emoji')}
            onClick={e =>
              shell.pickEmoji(e.currentTarget, name => {
                const caret = area.current?.selectionStart ?? text.length
                change(`${text.slice(0, caret)}${emojiFor(name) ?? `:${name}:`}${text.slice(caret)}`)
                area.current?.focus()
              })
            }
          />
          <IconButton icon="format" label={t('write.formatting')} aria-pressed={bar} onClick={toggleBar} />
          <IconButton
            icon="eye"
            label={preview ? t('write.goOnWriting') : t('write.preview')}
            aria-pressed={preview}
            disabled={!preview && text.trim() === ''}
            onClick={() => setPreview(!preview)}
          />
          {!root && <PriorityMenu priority={priority} channel={channel} onChange={setPriority} />}
          <span class="grow" />
          {left < NEAR && (
            <span class={left < 0 ? 'count over' : 'count'} role="status">
              {left < 0 ? t('write.tooMany', { count: -left }) : t('write.left', { count: left })}
            </span>
          )}
          <IconButton
            icon="clock"
            label={t('write.sendLater')}
            disabled={!sendable || going.length > 0 || text.startsWith('/')}
            onClick={() => whenSure(() => void schedule())}
          />
          <button
            type="submit"
            class="ibtn go"
            aria-label={sendTitle}
            aria-keyshortcuts={stroke.replace('Mod', 'Control')}
            title={`${sendTitle} · ${keys}`}
            disabled={!sendable || running || asking || held}
          >
            <Icon name="send" />
          </button>
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            aria-label={t('common.files')}
            onChange={e => {
              attach(e.currentTarget.files ?? [])
              e.currentTarget.value = ''
            }}
          />
        </div>
      </form>
      <div class="under" aria-live="polite">
        {writing.length > 0
          ? t('write.typing', { names: writing.join(', '), count: writing.length })
          : onAir || (keyHint && <span class="by-key">{keyHint}</span>)}
      </div>
    </div>
  )
}
