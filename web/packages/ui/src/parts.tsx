import { t } from '@fieldpost/words'
import type { ButtonHTMLAttributes, ComponentChildren, TargetedKeyboardEvent } from 'preact'
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useFault } from './fault.ts'
import { giveBack, holdFocus } from './focus.ts'
import { Icon, type IconName } from './icons.tsx'

type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'icon'>

export function Button({
  look = '',
  busy = false,
  children,
  ...rest
}: ButtonProps & {
  look?: 'primary' | 'quiet' | 'danger' | 'primary wide' | 'tolatest' | ''
  busy?: boolean
}) {
  return (
    <button type="button" {...rest} class={`btn ${look}`} aria-disabled={busy || undefined}>
      {busy && <span class="spin" />}
      {children}
    </button>
  )
}

export function IconButton({
  icon,
  label,
  small = false,
  extra = '',
  ...rest
}: ButtonProps & { icon: IconName; label: string; small?: boolean; extra?: string }) {
  return (
    <button
      type="button"
      title={label}
      {...rest}
      class={`ibtn ${small ? 'small ' : ''}${extra}`}
      aria-label={label}
    >
      <Icon name={icon} />
    </button>
  )
}

const hueOf = (s: string): number => {
  let h = 7
  for (let i = 0; i < s.length; i++) h = (h * 31 + s.charCodeAt(i)) % 360
  return h
}
const initials = (name: string): string => {
  const words = name.split(/[\s._-]+/).filter(Boolean)
  const [a = '', b = ''] = words
  return (b ? (a[0] ?? '') + (b[0] ?? '') : a.slice(0, 2)).toUpperCase()
}

export type Presence = 'online' | 'away' | 'dnd' | 'offline'

export function Avatar({
  name,
  seed,
  size = '2.25rem',
  presence,
  picture,
}: {
  name: string
  seed: string
  size?: string
  presence?: Presence | undefined
  /** The address of a picture; without one, or where it cannot be had, initials stand for it. */
  picture?: string | undefined
}) {
  const show = (yes: boolean) => (e: { currentTarget: HTMLImageElement }) => {
    e.currentTarget.hidden = !yes
  }
  return (
    <span class="avatar" style={{ '--hue': String(hueOf(seed)), '--av': size }} aria-hidden="true">
      {initials(name)}
      {picture && <img src={picture} alt="" loading="lazy" onError={show(false)} onLoad={show(true)} />}
      {presence && <i class={`presence ${presence}`} />}
    </span>
  )
}

export function Badge({ count, label }: { count: number; label: string }) {
  return count > 0 ? (
    <span class="badge">
      <span aria-hidden="true">{count > 99 ? '99+' : count}</span>
      <span class="vh">{label}</span>
    </span>
  ) : null
}

export function Field({
  label,
  hint,
  wrong: own,
  reveal = false,
  value,
  onInput,
  type = 'text',
  name,
  autoComplete,
  autoFocus = false,
  required = true,
  readOnly = false,
}: {
  label: string
  value: string
  onInput: (value: string) => void
  hint?: ComponentChildren
  wrong?: string
  reveal?: boolean
  type?: 'text' | 'email'
  /** By it a fault of the form says that it is about this field. */
  name?: string
  autoComplete?: string
  autoFocus?: boolean
  required?: boolean
  readOnly?: boolean
}) {
  const id = useId()
  const [shown, show] = useState(false)
  const fault = useFault(name)
  const wrong = own || fault
  const describe = [hint ? `${id}h` : '', wrong ? `${id}w` : ''].join(' ').trim()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class={reveal ? 'with-end' : ''}>
        <input
          {...(reveal && !shown
            ? { type: 'password' as const }
            : type === 'email'
              ? { type: 'email' as const }
              : {})}
          id={id}
          class="input"
          name={name}
          value={value}
          autocomplete={autoComplete}
          autofocus={autoFocus}
          required={required}
          readOnly={readOnly}
          spellcheck={false}
          autocapitalize="none"
          onInput={e => onInput(e.currentTarget.value)}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={describe || undefined}
        />
        {reveal && (
          <IconButton
            icon="eye"
            label={shown ? t('common.hidePassword') : t('common.showPassword')}
            aria-pressed={shown}
            onClick={() => show(!shown)}
          />
        )}
      </div>
      {hint && (
        <span class="hint" id={`${id}h`}>
          {hint}
        </span>
      )}
      {wrong && (
        <span class="wrong" id={`${id}w`} role="alert">
          {wrong}
        </span>
      )}
    </div>
  )
}

export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string
  onClose: () => void
  children: ComponentChildren
}) {
  const ref = useRef<HTMLDialogElement>(null)
  const leaving = useRef(false)
  const id = useId()
  useLayoutEffect(() => {
    const d = ref.current
    const leaveFocus = holdFocus()
    d?.showModal()
    d?.querySelector<HTMLElement>('[autofocus]')?.focus()
    return () => {
      // While it is open nothing else can have the focus.
      leaving.current = true
      d?.close()
      leaveFocus()
    }
  }, [])
  return (
    <dialog
      ref={ref}
      class="dialog"
      aria-labelledby={id}
      onClose={() => {
        if (!leaving.current) onClose()
      }}
      onClick={e => {
        if (e.target === ref.current) onClose()
      }}
      onKeyDown={e => e.stopPropagation()}
    >
      <div class="inside">
        <header>
          <h2 id={id}>{title}</h2>
          <IconButton icon="close" label={t('common.close')} onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  )
}

/** Places a popover beside its button, inside the window. */
export function placeBeside(pop: HTMLElement, anchor: Element, gap = 4): void {
  const a = anchor.getBoundingClientRect()
  const w = pop.offsetWidth
  const h = pop.offsetHeight
  const below = a.bottom + gap + h <= innerHeight - 8
  const top = below ? a.bottom + gap : Math.max(8, a.top - gap - h)
  const start = getComputedStyle(pop).direction === 'rtl' ? a.right - w : a.left
  const left = Math.min(Math.max(8, start), innerWidth - w - 8)
  pop.style.top = `${top}px`
  pop.style.left = `${left}px`
}

/** A popover that is open while it exists: Esc or a press outside ends it, and focus goes back. */
export function Pop({
  anchor,
  label,
  onClose,
  children,
  role = 'dialog',
  class: cls = 'pop',
}: {
  anchor: Element
  label: string
  onClose: () => void
  children: ComponentChildren
  role?: 'dialog' | 'menu'
  class?: string
}) {
  const ref = useRef<HTMLDivElement>(null)
  const close = useRef(onClose)
  close.current = onClose
  useLayoutEffect(() => {
    const el = ref.current
    if (!el) return
    const back = document.activeElement
    el.showPopover()
    placeBeside(el, anchor)
    const place = () => placeBeside(el, anchor)
    const ro = new ResizeObserver(place)
    ro.observe(el)
    // A tablet is turned.
    addEventListener('resize', place)
    const first = el.querySelector<HTMLElement>('[autofocus],[role^=menuitem],button,a,input')
    ;(first ?? el).focus({ preventScroll: true })
    const onToggle = (e: Event) => {
      if ((e as ToggleEvent).newState === 'closed') close.current()
    }
    el.addEventListener('toggle', onToggle)
    return () => {
      el.removeEventListener('toggle', onToggle)
      removeEventListener('resize', place)
      ro.disconnect()
      const lost =
        !document.activeElement ||
        document.activeElement === document.body ||
        el.contains(document.activeElement)
      if (lost) giveBack(back)
    }
  }, [anchor])
  return (
    <div
      ref={ref}
      popover="auto"
      class={cls}
      role={role}
      aria-label={label}
      tabIndex={-1}
      onKeyDown={e => e.stopPropagation()}
    >
      {children}
    </div>
  )
}

export type MenuItem =
  | {
      kind?: 'item'
      id: string
      label: string
      icon?: IconName
      bad?: boolean
      hint?: string
      checked?: boolean
    }
  | { kind: 'line'; id: string }
  | { kind: 'head'; id: string; label: string }

export function Menu({
  label,
  items,
  onPick,
  children,
  class: cls = 'ibtn',
  named = false,
}: {
  label: string
  /** Whether what is on the button names it, and the label only what opens. */
  named?: boolean
  /** What is in it; a function of it is asked while it is open. */
  items: readonly MenuItem[] | (() => readonly MenuItem[])
  onPick: (id: string) => void
  children: ComponentChildren
  class?: string
}) {
  const [anchor, open] = useState<Element | undefined>(undefined)
  const typed = useRef({ text: '', at: 0 })
  const onKeyDown = (e: TargetedKeyboardEvent<HTMLDivElement>) => {
    const all = [...e.currentTarget.querySelectorAll<HTMLElement>('[role^=menuitem]')]
    const i = all.indexOf(document.activeElement as HTMLElement)
    const go = (n: number) => all[(n + all.length) % all.length]?.focus()
    if (e.key === 'ArrowDown') go(i + 1)
    else if (e.key === 'ArrowUp') go(i - 1)
    else if (e.key === 'Home') go(0)
    else if (e.key === 'End') go(-1)
    else if (e.key === 'Tab') open(undefined)
    else if (e.key.length === 1 && e.key !== ' ' && !e.ctrlKey && !e.metaKey) {
      const now = e.timeStamp
      typed.current = {
        text: (now - typed.current.at < 600 ? typed.current.text : '') + e.key.toLowerCase(),
        at: now,
      }
      all.find(x => x.textContent?.trim().toLowerCase().startsWith(typed.current.text))?.focus()
    } else return
    e.preventDefault()
  }
  return (
    <>
      <button
        type="button"
        class={cls}
        aria-label={named ? undefined : label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={anchor !== undefined}
        onClick={e => open(anchor ? undefined : e.currentTarget)}
        onKeyDown={e => {
          if (e.key === 'ArrowDown') {
            e.preventDefault()
            open(e.currentTarget)
          }
        }}
      >
        {children}
      </button>
      {anchor && (
        <Pop anchor={anchor} label={label} role="menu" class="menu" onClose={() => open(undefined)}>
          <div onKeyDown={onKeyDown} role="presentation">
            {(typeof items === 'function' ? items() : items).map(x =>
              x.kind === 'line' ? (
                <hr key={x.id} />
              ) : x.kind === 'head' ? (
                <div key={x.id} class="head" role="presentation">
                  {x.label}
                </div>
              ) : (
                <button
                  key={x.id}
                  type="button"
                  role={x.checked === undefined ? 'menuitem' : 'menuitemradio'}
                  aria-checked={x.checked}
                  class={x.bad ? 'bad' : ''}
                  tabIndex={-1}
                  onClick={() => {
                    open(undefined)
                    onPick(x.id)
                  }}
                >
                  {x.icon && <Icon name={x.icon} />}
                  <span class="grow">{x.label}</span>
                  {x.checked && <Icon name="check" />}
                  {x.hint && <kbd>{x.hint}</kbd>}
                </button>
              ),
            )}
          </div>
        </Pop>
      )}
    </>
  )
}

export function Toasts({
  items,
  onDismiss,
}: {
  items: readonly { id: number; text: string }[]
  onDismiss: (id: number) => void
}) {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {items.map(x => (
        <div class="toast" key={x.id}>
          <span class="grow">{x.text}</span>
          <IconButton small icon="close" label={t('common.dismiss')} onClick={() => onDismiss(x.id)} />
        </div>
      ))}
    </div>
  )
}
