import { type FileInfo, type Priority, upload } from '@fieldpost/api'
import { displayName, keyOf, momentText, sizeText } from '@fieldpost/core'
import { emojiFor, explain, goTo, PriorityLine, SiteMark, useShell, useStore } from '@fieldpost/parts'
import { Avatar, Icon, IconButton } from '@fieldpost/ui'
import { useEffect, useRef, useState } from 'preact/hooks'
import { during } from './during.ts'
import { PriorityMenu } from './priority.tsx'
import { type Suggestion, suggestions, wordAt } from './suggest.ts'
import './composer.css'

interface Attachment {
  key: number
  name: string
  size: number
  image: string
  progress: number
  info?: FileInfo
  wrong?: string
  stop: () => void
}

interface Completion {
  from: number
  items: readonly Suggestion[]
  at: number
}

const MAX = 16_383
const DRAFT_MS = 250
let keys = 0

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
  const key = root ? `${channel}:${root}` : channel
  const [text, setText] = useState(store.draft(key).peek())
  const [files, setFiles] = useState<readonly Attachment[]>([])
  const [complete, setComplete] = useState<Completion | undefined>(undefined)
  const [drop, setDrop] = useState(false)
  const [running, setRunning] = useState(false)
  const [priority, setPriority] = useState<Priority | undefined>(undefined)
  const area = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const timer = useRef(0)
  const now = useRef({ key, text })
  const asked = useRef(0)

  const keep = () => {
    clearTimeout(timer.current)
    client.writing.saveDraft(now.current.key, now.current.text)
  }
  // Another conversation: keep what was being written here, take up what was left there.
  useEffect(() => {
    const draft = store.draft(key).peek()
    now.current = { key, text: draft }
    setText(draft)
    setFiles([])
    setPriority(undefined)
    setComplete(undefined)
    if (matchMedia('(hover: hover)').matches) area.current?.focus({ preventScroll: true })
    const onHide = () => keep()
    addEventListener('pagehide', onHide)
    return () => {
      removeEventListener('pagehide', onHide)
      keep()
    }
  }, [key])

  const change = (next: string, caret?: number) => {
    setText(next)
    now.current.text = next
    clearTimeout(timer.current)
    timer.current = window.setTimeout(keep, DRAFT_MS)
    if (next.trim()) client.writing.typed(channel, root)
    suggest(next, caret ?? next.length)
  }

  const suggestCommands = async (typed: string) => {
    const commands = await client.writing.commands(shell.teamId())
    if (now.current.text !== typed) return
    const items = commands
      .filter(c => c.trigger.startsWith(typed.slice(1).toLowerCase()))
      .slice(0, 8)
      .map(c => ({
        id: c.trigger,
        insert: `/${c.trigger} `,
        label: `/${c.trigger} ${c.auto_complete_hint}`.trim(),
        note: c.auto_complete_desc,
        face: '',
      }))
    setComplete(items.length > 0 ? { from: 0, items, at: 0 } : undefined)
  }

  const suggest = (value: string, caret: number) => {
    asked.current++
    if (/^\/[\w./-]*$/.test(value)) return void suggestCommands(value)
    const w = wordAt(value, caret)
    if (!w || (w.sign === ':' && w.word.length < 2)) return setComplete(undefined)
    const show = () => {
      const items = suggestions(shell, w.sign, w.word)
      // What is chosen stays chosen when more comes in.
      setComplete(before => {
        const chosen = before?.from === w.from ? before.items[before.at]?.id : undefined
        const at = Math.max(
          0,
          items.findIndex(x => x.id === chosen),
        )
        return items.length > 0 ? { from: w.from, items, at } : undefined
      })
    }
    const mine = asked.current
    setComplete(undefined)
    show()
    if (w.sign === '@')
      void client.groups.find(w.word).then(more => {
        if (more && mine === asked.current) show()
      })
  }

  const accept = (i: number) => {
    const item = complete?.items[i]
    const el = area.current
    if (!complete || !item || !el) return
    const next = text.slice(0, complete.from) + item.insert + text.slice(el.selectionStart)
    const caret = complete.from + item.insert.length
    change(next)
    setComplete(undefined)
    requestAnimationFrame(() => {
      el.focus()
      el.setSelectionRange(caret, caret)
    })
  }

  const attach = (list: Iterable<File>) => {
    if (store.link.peek() === 'offline') {
      client.notice('Files can be added when the server is back. Text can be written now.', 'error')
      return
    }
    for (const file of [...list].slice(0, 10 - files.length)) {
      const stop = new AbortController()
      const a: Attachment = {
        key: ++keys,
        name: file.name,
        size: file.size,
        image: file.type.startsWith('image/') ? URL.createObjectURL(file) : '',
        progress: 0,
        stop: () => stop.abort(),
      }
      const set = (change: Partial<Attachment>) =>
        setFiles(all => all.map(x => (x.key === a.key ? { ...x, ...change } : x)))
      setFiles(all => [...all, a])
      upload(client.rest, channel, file, progress => set({ progress }), stop.signal).then(
        info => set({ info, progress: 1 }),
        (e: unknown) => set({ wrong: explain(e) }),
      )
    }
  }

  const detach = (a: Attachment) => {
    a.stop()
    if (a.image) URL.revokeObjectURL(a.image)
    setFiles(all => all.filter(x => x !== a))
  }

  const ready = files.flatMap(f => f.info ?? [])
  const waiting = files.some(f => !f.info && !f.wrong)
  const sendable = (text.trim() !== '' || ready.length > 0) && !waiting && text.length <= MAX

  /** What was typed is a command; it is gone from here once it was run, and not before. */
  const command = async () => {
    const typed = text
    const answer = await during(setRunning, () =>
      client.writing.command(typed.trimEnd(), channel, root, shell.teamId()),
    )
    if (!answer) return
    client.writing.saveDraft(key, '')
    if (now.current.key === key && now.current.text === typed) {
      now.current.text = ''
      setText('')
      setComplete(undefined)
    }
    goTo(shell, answer.goto_location)
  }

  const send = () => {
    if (!sendable) return
    if (text.startsWith('/') && files.length === 0) {
      if (!running) void command()
      return
    }
    void client.writing.send(channel, text.trim(), root, { files: ready, priority })
    clear()
    onSent?.()
  }

  /** It is on its way: nothing of it is left here. */
  const clear = () => {
    clearTimeout(timer.current)
    now.current.text = ''
    client.writing.saveDraft(key, '')
    setText('')
    setFiles([])
    setPriority(undefined)
    setComplete(undefined)
  }

  const schedule = async () => {
    const typed = { key, text }
    const at = await shell.askWhen({ title: 'Send later', action: 'Schedule' })
    if (at === undefined) return
    try {
      await client.scheduled.add({
        channel_id: channel,
        root_id: root,
        message: typed.text.trim(),
        scheduled_at: at,
        ...(ready.length > 0 ? { file_ids: ready.map(f => f.id), metadata: { files: ready } } : {}),
        ...(priority ? { priority } : {}),
      })
      client.notice(`It will be sent ${momentText(at)}.`)
      if (now.current.key === typed.key && now.current.text === typed.text) clear()
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
    if (complete) {
      const n = complete.items.length
      if (e.key === 'ArrowDown') setComplete({ ...complete, at: (complete.at + 1) % n })
      else if (e.key === 'ArrowUp') setComplete({ ...complete, at: (complete.at + n - 1) % n })
      else if (e.key === 'Enter' || e.key === 'Tab') accept(complete.at)
      else if (e.key === 'Escape') setComplete(undefined)
      else return
      e.preventDefault()
      e.stopPropagation()
      return
    }
    const mod = e.ctrlKey || e.metaKey
    const inCode = (text.slice(0, area.current?.selectionStart ?? 0).split('```').length - 1) % 2 === 1
    if (e.key === 'Enter' && !e.shiftKey && (mod || !inCode)) {
      e.preventDefault()
      send()
    } else if (e.key === 'ArrowUp' && !e.shiftKey && !e.altKey && !mod && text === '' && onEditLast) {
      e.preventDefault()
      onEditLast()
    } else if (mod && !e.shiftKey && keyOf(e) === 'b') {
      e.preventDefault()
      wrap('**')
    } else if (mod && !e.shiftKey && keyOf(e) === 'i') {
      e.preventDefault()
      wrap('_')
    }
  }

  const typists = store.typing.value.filter(t => t.channel === channel && t.root === root)
  const names = typists.slice(0, 3).map(t => displayName(store.user(t.user).value))
  const offline = store.link.value === 'offline'
  return (
    <div>
      <form
        class={drop ? 'composer drop' : 'composer'}
        aria-label={placeholder}
        onSubmit={e => {
          e.preventDefault()
          send()
        }}
        onDragOver={e => {
          e.preventDefault()
          setDrop(true)
        }}
        onDragLeave={() => setDrop(false)}
        onDrop={e => {
          e.preventDefault()
          setDrop(false)
          attach(e.dataTransfer?.files ?? [])
        }}
      >
        {complete && (
          <div class="complete" role="listbox" id={`c-${key}`} aria-label="Suggestions">
            {complete.items.map((x, i) => (
              <div
                key={x.id}
                id={`c-${key}-${i}`}
                role="option"
                aria-selected={i === complete.at}
                tabIndex={-1}
                onMouseDown={e => e.preventDefault()}
                onClick={() => accept(i)}
                onKeyDown={() => {}}
              >
                {x.picture && <img class="emoji-picture" src={x.picture} alt="" />}
                {x.face && <Avatar name={x.label} seed={x.face} size="1.4rem" />}
                <b>{x.label}</b> {x.face && <SiteMark user={store.user(x.face).value} />}{' '}
                <small>{x.note}</small>
              </div>
            ))}
          </div>
        )}
        {files.length > 0 && (
          <div class="uploads">
            {files.map(f => (
              <div key={f.key} class={f.wrong ? 'upload bad' : 'upload'} title={f.wrong ?? f.name}>
                {f.image ? (
                  <img src={f.image} alt="" />
                ) : (
                  <span class="face" aria-hidden="true">
                    {/\.([^.]{1,4})$/.exec(f.name)?.[1]?.toUpperCase() ?? <Icon name="file" />}
                  </span>
                )}
                <span class="grow">
                  <b class="cut">{f.name}</b>
                  <small>{f.wrong ?? sizeText(f.size)}</small>
                </span>
                <IconButton small icon="close" label={`Remove ${f.name}`} onClick={() => detach(f)} />
                {!f.info && !f.wrong && (
                  <progress max={1} value={f.progress} aria-label={`Uploading ${f.name}`} />
                )}
              </div>
            ))}
          </div>
        )}
        <textarea
          ref={area}
          rows={1}
          aria-label={placeholder}
          placeholder={placeholder}
          value={text}
          aria-autocomplete="list"
          aria-controls={complete ? `c-${key}` : undefined}
          aria-activedescendant={complete ? `c-${key}-${complete.at}` : undefined}
          onInput={e => change(e.currentTarget.value, e.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
          onBlur={() => {
            asked.current++
            setComplete(undefined)
          }}
          onPaste={e => {
            const pasted = e.clipboardData?.files
            if (pasted && pasted.length > 0) {
              e.preventDefault()
              attach(pasted)
            }
          }}
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
            disabled={!sendable || text.startsWith('/')}
            onClick={() => void schedule()}
          />
          <button
            type="submit"
            class="ibtn go"
            aria-label={offline ? 'Send when connected' : 'Send'}
            title={offline ? 'Send when connected' : 'Send'}
            disabled={!sendable || running}
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
