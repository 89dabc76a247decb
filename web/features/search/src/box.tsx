/** Where a search is typed: it offers filters, and what may stand in them. */

import type { Choice } from '@fieldpost/api'
import {
  addDays,
  channelTitle,
  dayName,
  filled,
  filterAt,
  mateOf,
  type Store,
  type Typing,
} from '@fieldpost/core'
import { type Shell, useShell } from '@fieldpost/parts'
import { Icon, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useId, useRef, useState } from 'preact/hooks'

const filters = (): Choice[] => [
  { value: 'from:', text: t('search.from') },
  { value: 'in:', text: t('search.in') },
  { value: 'on:', text: t('search.on') },
  { value: 'after:', text: t('search.after') },
  { value: 'before:', text: t('search.before') },
  { value: 'ext:', text: t('search.ext') },
]

interface Help {
  typing: Typing | undefined
  items: readonly Choice[]
  at: number
}

function channels(store: Store, teamId: string): Choice[] {
  const me = store.me.peek()?.id ?? ''
  return [...store.channels.peek().values()].flatMap(c => {
    const mate = mateOf(c, me)
    const name = mate ? store.user(mate).peek()?.username : undefined
    if (name) return [{ value: `@${name}`, text: channelTitle(store, c) }]
    return c.team_id === teamId ? [{ value: c.name, text: channelTitle(store, c) }] : []
  })
}

const day = (ago: number): string => dayName(addDays(Date.now(), -ago))
const days = (): Choice[] => [
  { value: day(0), text: t('search.today', { day: day(0) }) },
  { value: day(1), text: t('search.yesterday', { day: day(1) }) },
  { value: day(7), text: t('search.week', { day: day(7) }) },
  { value: day(30), text: t('search.month', { day: day(30) }) },
]

async function people(shell: Shell, typed: string): Promise<Choice[]> {
  const { store, rest } = shell.client
  const found = await rest
    .autocompleteUsers({ name: typed, in_team: shell.teamId(), limit: 8 })
    .then(r => r.users)
    .catch(() => store.knownUsers())
  return found.map(u => ({ value: u.username, text: `@${u.username} ${u.first_name} ${u.last_name}`.trim() }))
}

async function choices(
  shell: Shell,
  teamId: string,
  text: string,
  t: Typing | undefined,
): Promise<readonly Choice[]> {
  if (!t) return text === '' || text.endsWith(' ') ? filters() : []
  const typed = t.value.replace(/^@/, '').toLowerCase()
  const all =
    t.kind === 'from'
      ? await people(shell, typed)
      : t.kind === 'in'
        ? channels(shell.client.store, teamId)
        : days()
  return all.filter(c => `${c.value} ${c.text}`.toLowerCase().includes(typed)).slice(0, 8)
}

export function SearchBox({
  teamId,
  value,
  onSearch,
}: {
  teamId: string
  value: string
  onSearch: (text: string) => void
}) {
  const shell = useShell()
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(value)
  const [help, setHelp] = useState<Help | undefined>(undefined)
  const asked = useRef(0)
  useEffect(() => {
    if (value === '') input.current?.focus()
  }, [])

  // Another address, by going back for one.
  useEffect(() => setText(value), [value])

  const suggest = async (next: string, caret: number) => {
    const mine = ++asked.current
    const typing = filterAt(next, caret)
    const items = await choices(shell, teamId, next, typing)
    // Nothing is chosen until somebody goes there: Enter searches.
    if (mine === asked.current) setHelp(items.length > 0 ? { typing, items, at: -1 } : undefined)
  }
  const close = () => {
    asked.current++
    setHelp(undefined)
  }
  const accept = (c: Choice | undefined) => {
    if (!c || !help) return
    const { typing } = help
    const next = typing
      ? filled(text, typing, c.value)
      : { text: text + c.value, caret: text.length + c.value.length }
    setText(next.text)
    requestAnimationFrame(() => {
      input.current?.focus()
      input.current?.setSelectionRange(next.caret, next.caret)
      void suggest(next.text, next.caret)
    })
  }
  const onKeyDown = (e: KeyboardEvent) => {
    if (!help || e.isComposing) return
    const n = help.items.length
    if (e.key === 'ArrowDown') setHelp({ ...help, at: (help.at + 1) % n })
    else if (e.key === 'ArrowUp') setHelp({ ...help, at: help.at <= 0 ? n - 1 : help.at - 1 })
    else if (e.key === 'Enter' && help.at >= 0) accept(help.items[help.at])
    else if (e.key === 'Escape') close()
    else return
    e.preventDefault()
    e.stopPropagation()
  }
  return (
    <form
      class="searchbox"
      role="search"
      onSubmit={e => {
        e.preventDefault()
        close()
        if (text.trim()) onSearch(text)
      }}
    >
      <Icon name="search" />
      <input
        ref={input}
        class="input"
        role="combobox"
        aria-label={t('search.title')}
        aria-expanded={help !== undefined}
        aria-controls={id}
        aria-activedescendant={help && help.at >= 0 ? `${id}-${help.at}` : undefined}
        placeholder={t('app.search')}
        enterkeyhint="search"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={e => {
          setText(e.currentTarget.value)
          void suggest(e.currentTarget.value, e.currentTarget.selectionStart ?? 0)
        }}
        onFocus={e => void suggest(e.currentTarget.value, e.currentTarget.selectionStart ?? 0)}
        onBlur={close}
        onKeyDown={onKeyDown}
      />
      {text !== '' && (
        <IconButton
          icon="close"
          label={t('search.clear')}
          onClick={() => {
            setText('')
            input.current?.focus()
            void suggest('', 0)
          }}
        />
      )}
      <div id={id} role="listbox" aria-label={t('write.suggestions')} class={help ? 'help' : 'help none'}>
        {help?.items.map((c, i) => (
          <div
            key={c.value}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === help.at}
            tabIndex={-1}
            onMouseDown={e => e.preventDefault()}
            onClick={() => accept(c)}
            onKeyDown={() => {}}
          >
            <span class="cut">{c.text}</span>
          </div>
        ))}
      </div>
    </form>
  )
}
