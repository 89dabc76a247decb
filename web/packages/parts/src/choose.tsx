/** Picks one of many: people, channels, or what somebody else offers, found by typing. */
import { ApiError, type Choice } from '@fieldpost/api'
import { channelTitle, displayName, type Store } from '@fieldpost/core'
import { Icon, Pop } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { type Shell, useShell } from './context.tsx'
import { explain } from './explain.ts'

export type Source = (typed: string) => Promise<readonly Choice[]>

const SHOWN = 40
/** How long after a question was lost it is asked again. */
const AGAIN = 2_000

/** People of the team, those who are known first. */
export function peopleSource(shell: Shell): Source {
  const { store, rest } = shell.client
  const asChoice = (id: string, name: string, username: string): Choice => ({
    value: id,
    text: name === username ? `@${username}` : `${name} (@${username})`,
  })
  return async typed => {
    const found = await rest
      .autocompleteUsers({ name: typed.replace(/^@/, ''), in_team: shell.teamId(), limit: SHOWN })
      .catch(() => undefined)
    if (found) {
      store.putUsers(found.users)
      return found.users.map(u => asChoice(u.id, displayName(u), u.username))
    }
    const q = typed.replace(/^@/, '').toLowerCase()
    return store
      .knownUsers()
      .filter(u => u.delete_at === 0 && `${u.username} ${displayName(u)}`.toLowerCase().includes(q))
      .map(u => asChoice(u.id, displayName(u), u.username))
  }
}

export function channelSource(store: Store, teamId: string): Source {
  return async typed =>
    [...store.channels.peek().values()]
      .filter(c => c.team_id === teamId && c.delete_at === 0)
      .map(c => ({ value: c.id, text: channelTitle(store, c) }))
      .filter(c => c.text.toLowerCase().includes(typed.toLowerCase()))
      .sort((a, b) => a.text.localeCompare(b.text))
}

/** A source of what is already here. */
export const fixedSource =
  (options: readonly Choice[]): Source =>
  async typed =>
    options.filter(o => o.text.toLowerCase().includes(typed.toLowerCase()))

export function useSource(kind: string, options: readonly Choice[]): Source {
  const shell = useShell()
  if (kind === 'users') return peopleSource(shell)
  return kind === 'channels' ? channelSource(shell.client.store, shell.teamId()) : fixedSource(options)
}

/** A button that says what is chosen, and opens the list of what may be. */
export function Choose({
  label,
  chosen,
  source,
  disabled = false,
  invalid = false,
  class: cls = 'btn choose',
  onPick,
}: {
  label: string
  /** What stands on the button; empty for nothing chosen yet. */
  chosen: string
  source: Source
  disabled?: boolean
  invalid?: boolean
  class?: string
  onPick: (c: Choice) => void
}) {
  const [anchor, open] = useState<Element | undefined>(undefined)
  return (
    <>
      <button
        type="button"
        class={cls}
        aria-label={chosen ? `${label}: ${chosen}` : label}
        aria-haspopup="dialog"
        aria-expanded={anchor !== undefined}
        data-invalid={invalid || undefined}
        disabled={disabled}
        onClick={e => open(anchor ? undefined : e.currentTarget)}
      >
        <span class="cut">{chosen || label}</span>
        <Icon name="chevron" />
      </button>
      {anchor && (
        <Pop anchor={anchor} label={label} onClose={() => open(undefined)}>
          <List
            label={label}
            source={source}
            onPick={c => {
              open(undefined)
              onPick(c)
            }}
          />
        </Pop>
      )}
    </>
  )
}

/** What was found, and for which letters; or why nothing could be looked for. */
interface Found {
  typed: string
  list: readonly Choice[]
  wrong?: string
}

function List({ label, source, onPick }: { label: string; source: Source; onPick: (c: Choice) => void }) {
  const id = useId()
  const [typed, setTyped] = useState('')
  const [found, setFound] = useState<Found | undefined>(undefined)
  const [at, setAt] = useState(0)
  const asked = useRef(0)
  /** What was typed when Enter came before the answer to it. */
  const hurried = useRef<string | undefined>(undefined)
  const list = found?.list ?? []
  useEffect(() => {
    const mine = ++asked.current
    let later: ReturnType<typeof setTimeout> | undefined
    const show = (all: readonly Choice[]) => {
      // The answer to an earlier letter must not replace that to a later one.
      if (mine !== asked.current) return
      setFound({ typed, list: all.slice(0, SHOWN) })
      if (hurried.current === typed && all[0]) onPick(all[0])
      hurried.current = undefined
    }
    // Who was not told must not read that there is nothing, and need not type the letters again.
    const fail = (e: unknown) => {
      if (mine !== asked.current) return
      setFound({ typed, list: [], wrong: explain(e) })
      hurried.current = undefined
      if (e instanceof ApiError && e.kind !== 'refused') later = setTimeout(ask, AGAIN)
    }
    const ask = () => void source(typed).then(show, fail)
    ask()
    return () => {
      asked.current++
      clearTimeout(later)
    }
  }, [typed])
  const pickWith = (text: string) => {
    const one = list[at]
    // What is still shown may be the answer to fewer letters, and is not what was meant.
    if (found?.typed !== text) hurried.current = text
    else if (one) onPick(one)
  }
  return (
    <div class="choices-pop">
      <input
        class="input"
        role="combobox"
        aria-label={t('choose.find', { label })}
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={list[at] ? `${id}-${at}` : undefined}
        autofocus
        value={typed}
        onInput={e => {
          setTyped(e.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={e => {
          if (e.key === 'ArrowDown') setAt(Math.min(list.length - 1, at + 1))
          else if (e.key === 'ArrowUp') setAt(Math.max(0, at - 1))
          else if (e.key === 'Enter') pickWith(e.currentTarget.value)
          else return
          e.preventDefault()
        }}
      />
      <div id={id} role="listbox" aria-label={label} class="scroll" tabIndex={-1}>
        {list.map((c, i) => (
          <div
            key={c.value}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === at}
            tabIndex={-1}
            onClick={() => onPick(c)}
            onKeyDown={() => {}}
          >
            <span class="cut">{c.text}</span>
          </div>
        ))}
      </div>
      {found?.list.length === 0 && <p role="status">{found.wrong ?? t('side.nothing')}</p>}
    </div>
  )
}
