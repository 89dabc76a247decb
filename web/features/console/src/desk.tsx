/** What the pages of the administration have in common: whom they ask, what the reader may do, how they are drawn. */
import type { AdminRest } from '@fieldpost/api'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Icon, type IconName } from '@fieldpost/ui'
import { type ComponentChildren, createContext } from 'preact'
import { useContext, useEffect, useId, useRef, useState } from 'preact/hooks'
import { t } from './words.ts'

export interface Desk {
  rest: AdminRest
  may: ReadonlySet<string>
  /** The address here, and what stands behind its question mark. */
  place: string
  asks: string
}

const Context = createContext<Desk | undefined>(undefined)
export const DeskProvider = Context.Provider

export function useDesk(): Desk {
  const d = useContext(Context)
  if (!d) throw new Error('drawn outside the administration')
  return d
}

export interface Asked<T> {
  value: T | undefined
  wrong: string
  again: () => Promise<void>
}

/** What the server says, asked again when `about` changes or the server is back. A late answer is dropped. */
export function useAsked<T>(ask: () => Promise<T>, about: readonly unknown[]): Asked<T> {
  const store = useStore()
  const online = store.link.value === 'online'
  const [value, set] = useState<T | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  const asked = useRef(0)
  const again = async () => {
    const mine = ++asked.current
    try {
      const told = await ask()
      if (mine !== asked.current) return
      set(() => told)
      setWrong('')
    } catch (e) {
      if (mine === asked.current) setWrong(explain(e))
    }
  }
  useEffect(() => {
    void again()
    return () => {
      asked.current++
    }
  }, [...about, online])
  return { value, wrong, again }
}

/** Does something, and says that it is done or what went wrong. Answers whether it was done. */
export function useDeed(): (f: () => Promise<unknown>, done: string) => Promise<boolean> {
  const { client } = useShell()
  return async (f, done) => {
    try {
      await f()
      client.notice(done)
      return true
    } catch (e) {
      client.notice(explain(e), 'error')
      return false
    }
  }
}

/** What an address asks for behind its question mark, so that what is seen can be shared, and how to change it. */
export function useQuery(): [(name: string) => string, (changes: Record<string, string>) => void] {
  const shell = useShell()
  const { place, asks } = useDesk()
  const read = (name: string) => new URLSearchParams(asks).get(name) ?? ''
  const write = (changes: Record<string, string>) => {
    const query = new URLSearchParams(asks)
    for (const [k, v] of Object.entries(changes)) {
      if (v) query.set(k, v)
      else query.delete(k)
    }
    const text = query.toString()
    shell.go(text ? `${place}?${text}` : place, true)
  }
  return [read, write]
}

/** A link inside the client; pressed with a key that opens windows, it is the browser's. */
export function Go({
  to,
  class: cls,
  current = false,
  children,
}: {
  to: string
  class?: string
  current?: boolean
  children: ComponentChildren
}) {
  const shell = useShell()
  return (
    <a
      class={cls}
      href={to}
      aria-current={current ? 'page' : undefined}
      onClick={e => {
        if (e.ctrlKey || e.metaKey || e.shiftKey) return
        e.preventDefault()
        shell.go(to)
      }}
    >
      {children}
    </a>
  )
}

export function Head({
  title,
  lead,
  up,
  children,
}: {
  title: string
  lead?: string | undefined
  /** The list that this is one of. */
  up?: { to: string; text: string }
  children?: ComponentChildren
}) {
  return (
    <header>
      <div class="grow">
        {up && (
          <Go class="up" to={up.to}>
            <Icon name="back" /> {up.text}
          </Go>
        )}
        <h1>{title}</h1>
        {lead && <p>{lead}</p>}
      </div>
      {children}
    </header>
  )
}

/** What is not here yet, or cannot be had. */
export function Waiting({ of }: { of: Asked<unknown> }) {
  if (of.wrong)
    return (
      <p class="trouble" role="alert">
        <Icon name="warn" /> <span class="grow">{of.wrong}</span>
        <Button onClick={() => void of.again()}>{t('list.again')}</Button>
      </p>
    )
  return of.value === undefined ? <span class="spin" role="status" aria-label={t('list.loading')} /> : null
}

export function Part({
  title,
  lead,
  children,
}: {
  title: string
  lead?: string | undefined
  children: ComponentChildren
}) {
  const id = useId()
  return (
    <section class="part" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {lead && <p>{lead}</p>}
      {children}
    </section>
  )
}

export function Search({
  label,
  value,
  onInput,
}: {
  label: string
  value: string
  onInput: (text: string) => void
}) {
  return (
    <input
      class="input grow"
      type="search"
      aria-label={label}
      placeholder={label}
      value={value}
      autocapitalize="none"
      spellcheck={false}
      onInput={e => onInput(e.currentTarget.value)}
    />
  )
}

export function Select<T extends string>({
  label,
  value,
  options,
  onPick,
  seen = false,
  disabled = false,
}: {
  label: string
  value: T
  options: readonly { value: T; text: string }[]
  onPick: (value: T) => void
  /** Whether the label stands above it. */
  seen?: boolean
  disabled?: boolean
}) {
  const id = useId()
  return (
    <div class="field pick">
      <label for={id} class={seen ? '' : 'vh'}>
        {label}
      </label>
      <select
        id={id}
        class="input"
        disabled={disabled}
        value={value}
        onChange={e => onPick(e.currentTarget.value as T)}
      >
        {options.map(o => (
          <option key={o.value} value={o.value}>
            {o.text}
          </option>
        ))}
      </select>
    </div>
  )
}

export function Pager({
  page,
  more,
  onPage,
}: {
  page: number
  more: boolean
  onPage: (page: number) => void
}) {
  if (page === 0 && !more) return null
  return (
    <nav class="pager" aria-label={t('list.pages')}>
      <Button disabled={page === 0} onClick={() => onPage(page - 1)}>
        {t('list.previous')}
      </Button>
      <span role="status">{t('list.page', { page: page + 1 })}</span>
      <Button disabled={!more} onClick={() => onPage(page + 1)}>
        {t('list.next')}
      </Button>
    </nav>
  )
}

export function Nothing({ icon, text }: { icon: IconName; text: string }) {
  return (
    <div class="empty" role="status">
      <Icon name={icon} />
      <p>{text}</p>
    </div>
  )
}

export const Chip = ({ text, look = '' }: { text: string; look?: 'on' | 'off' | '' }) => (
  <span class={`chip ${look}`}>{text}</span>
)

/** Puts a text into a file of the reader's. */
export function download(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }))
  const a = document.createElement('a')
  a.href = url
  a.download = name
  a.click()
  URL.revokeObjectURL(url)
}
