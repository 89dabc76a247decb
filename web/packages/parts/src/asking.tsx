/** What every dialog with a form is made of: fields, what is wrong, and two buttons; it closes when it was done. */
import { Button, Dialog, Fault, FormFault, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { explain } from './explain.ts'

/** One deed at a time, and what kept the last one from being done. */
export interface Attempt {
  busy: boolean
  fault: Fault | undefined
  /** Begins a deed, unless one is under way. What it throws is the fault, in words if it is not a `Fault`. */
  run: (deed: () => unknown) => Promise<void>
  /** Forgets the fault, because what it was about has changed. */
  forget: () => void
}

/** The attempts of a dialog that has more deeds than the one its form is for; it hands them to the form. */
export function useAttempt(): Attempt {
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<Fault | undefined>(undefined)
  // What is drawn is late: a second press may come before it.
  const running = useRef(false)
  const run = async (deed: () => unknown) => {
    if (running.current) return
    running.current = true
    setBusy(true)
    setFault(undefined)
    try {
      await deed()
    } catch (e) {
      setFault(e instanceof Fault ? e : new Fault(explain(e)))
    } finally {
      running.current = false
      setBusy(false)
    }
  }
  return { busy, fault, run, forget: () => setFault(undefined) }
}

interface FormProps {
  /** What the button says that does it. */
  act: string
  /** How that button looks. */
  look?: 'primary' | 'danger'
  /** What the other button says; to cancel, where nothing else is said. */
  leave?: string
  /** Whether it can be done with what is filled in. */
  ready?: boolean
  /** The field that whatever goes wrong is about, in a form that has but one. */
  about?: string
  /** What is wrong already, without anybody having tried. */
  trouble?: string
  /** Does it, and closes the dialog. If it throws, the dialog stays, and says why. */
  onDo: () => unknown
  onClose: () => void
  /** A class for what is within. */
  class?: string
  /** Whether the fields are checked by `onDo` and not by the browser, whose words are not ours. */
  unchecked?: boolean
  /** The attempts of the whole dialog, where the form is not all that is tried in it. */
  attempt?: Attempt
  /** Whether its first field has the focus to begin with, unless something else in it asks for that. */
  takesFocus?: boolean
  /** A button beside the two. */
  beside?: ComponentChildren
  children: ComponentChildren
}

const FIELDS = ':is(input:not([hidden]), textarea, select, button:not(.textlink)):not(footer *)'
const FAULTY = '[aria-invalid=true], [data-invalid]'

/** A form for a dialog that has something else beside it. */
export function AskingForm({ act, look = 'primary', ready = true, onDo, onClose, ...rest }: FormProps) {
  const own = useAttempt()
  const { busy, fault: of, run, forget } = rest.attempt ?? own
  const { about } = rest
  const fault = useMemo(() => (of && about && !of.field ? new Fault(of.message, about) : of), [of, about])
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (fault) form.current?.querySelector<HTMLElement>(FAULTY)?.focus()
  }, [fault])
  useEffect(() => {
    const el = form.current
    if (rest.takesFocus && el && !el.contains(document.activeElement))
      el.querySelector<HTMLElement>(FIELDS)?.focus()
  }, [])
  const told = fault && !fault.field ? fault.message : (rest.trouble ?? '')
  return (
    <form
      ref={form}
      class={`asking ${rest.class ?? ''}`}
      noValidate={rest.unchecked}
      aria-busy={busy || undefined}
      onInput={forget}
      onSubmit={e => {
        e.preventDefault()
        if (ready) void run(onDo)
      }}
    >
      <FormFault.Provider value={fault}>{rest.children}</FormFault.Provider>
      {told && (
        <p class="trouble" role="alert">
          <Icon name="warn" /> {told}
        </p>
      )}
      <footer>
        {rest.beside}
        <Button look="quiet" onClick={onClose}>
          {rest.leave ?? t('common.cancel')}
        </Button>
        <Button type="submit" look={look} busy={busy} disabled={!ready}>
          {act}
        </Button>
      </footer>
    </form>
  )
}

/** A dialog that asks for something and does it. */
export function Asking({ title, ...form }: FormProps & { title: string }) {
  return (
    <Dialog title={title} onClose={form.onClose}>
      <AskingForm takesFocus {...form} />
    </Dialog>
  )
}
