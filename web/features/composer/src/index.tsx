import type { Priority } from '@fieldpost/api'
import { displayName, draftKey, momentText } from '@fieldpost/core'
import { emojiFor, explain, goTo, PriorityLine, useShell, useStore } from '@fieldpost/parts'
import { Icon, IconButton } from '@fieldpost/ui'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Aside } from './aside.tsx'
import { Attachments, Waiting } from './attachments.tsx'
import { Suggestions, useCompletion } from './completion.tsx'
import { during } from './during.ts'
import { useFiles } from './drop.ts'
import { PriorityMenu } from './priority.tsx'
import './composer.css'

const MAX = 16_383

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
  const draft = client.drafts.of(key).value
  const { text, priority } = draft
  const [running, setRunning] = useState(false)
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
    change(text.slice(0, from) + insert + text.slice(el.selectionStart), caret)
    completion.close()
    requestAnimationFrame(() => {
      el.focus()
      el.setSelectionRange(caret, caret)
    })
  })

  const { files } = draft
  const going = client.uploads.of(key).value
  const held = client.uploads.held(key).value
  const sendable = (text.trim() !== '' || files.length + going.length > 0) && text.length <= MAX

  /** What was typed is a command; it is gone from here once it was run, and not before. */
  const command = async () => {
    const typed = text
    const answer = await during(setRunning, () =>
      client.writing.command(typed.trimEnd(), channel, root, shell.teamId()),
    )
    if (!answer) return
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
    if (going.length > 0) return client.uploads.hold(key, true)
    client.sendDraft(key)
    onSent?.()
  }

  const schedule = async () => {
    const typed = text
    const at = await shell.askWhen({ title: 'Send later', action: 'Schedule' })
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
      client.notice(`It will be sent ${momentText(at)}.`)
      if (client.drafts.of(key).peek().text === typed) client.drafts.clear(key)
    } catch (e) {
      client.notice(explain(e), 'error')
    }
  }

  const wrap = (mark: string) => {
    const el = area.current
    if (!el) return
    const { selectionStart: a, selectionEnd: b } = el
    change(text.slice(0, a) + mark + text.slice(a, b) + mark + text.slice(b))
    requestAnimationFrame(() => {
      el.focus()
      el.setSelectionRange(a + mark.length, b + mark.length)
    })
  }

  const onKeyDown = (e: KeyboardEvent) => {
    if (e.isComposing) return
    if (completion.key(e.key)) {
      e.preventDefault()
      e.stopPropagation()
      return
    }
    const mod = e.ctrlKey || e.metaKey
    const inCode = (text.slice(0, area.current?.selectionStart ?? 0).split('```').length - 1) % 2 === 1
    if (e.key === 'Enter' && !e.shiftKey && (mod || !inCode)) {
      e.preventDefault()
      send()
    } else if (e.key === 'ArrowUp' && text === '' && onEditLast) {
      e.preventDefault()
      onEditLast()
    } else if (mod && e.key.toLowerCase() === 'b') {
      e.preventDefault()
      wrap('**')
    } else if (mod && e.key.toLowerCase() === 'i') {
      e.preventDefault()
      wrap('_')
    }
  }

  const typists = store.typing.value.filter(t => t.channel === channel && t.root === root)
  const names = typists.slice(0, 3).map(t => displayName(store.user(t.user).value))
  const offline = store.link.value === 'offline'
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
        <textarea
          ref={area}
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
        {priority && (
          <div class="marks">
            <PriorityLine priority={priority} />
            {priority.requested_ack && <span class="chip">Asks for acknowledgement</span>}
            <IconButton
              small
              icon="close"
              label="Take away the priority"
              onClick={() => setPriority(undefined)}
            />
          </div>
        )}
        <div class="tools">
          <IconButton icon="clip" label="Attach files" onClick={() => picker.current?.click()} />
          <IconButton
            icon="smile"
            label="Insert emoji"
            onClick={e =>
              shell.pickEmoji(e.currentTarget, name => {
                const caret = area.current?.selectionStart ?? text.length
                change(`${text.slice(0, caret)}${emojiFor(name) ?? `:${name}:`}${text.slice(caret)}`)
                area.current?.focus()
              })
            }
          />
          <IconButton icon="bold" label="Bold (Ctrl B)" onClick={() => wrap('**')} />
          <IconButton icon="code" label="Code" onClick={() => wrap('`')} />
          {!root && <PriorityMenu priority={priority} onChange={setPriority} />}
          <span class="grow" />
          {text.length > MAX - 500 && <span class="count">{MAX - text.length}</span>}
          <IconButton
            icon="clock"
            label="Send later"
            disabled={!sendable || going.length > 0 || text.startsWith('/')}
            onClick={() => void schedule()}
          />
          <button
            type="submit"
            class="ibtn go"
            aria-label={offline ? 'Send when connected' : 'Send'}
            title={offline ? 'Send when connected' : 'Send'}
            disabled={!sendable || running || held}
          >
            <Icon name="send" />
          </button>
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            aria-label="Files"
            onChange={e => {
              attach(e.currentTarget.files ?? [])
              e.currentTarget.value = ''
            }}
          />
        </div>
      </form>
      <div class="under" aria-live="polite">
        {names.length > 0 && `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} typing…`}
      </div>
    </div>
  )
}
