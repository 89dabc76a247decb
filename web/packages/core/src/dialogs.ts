/** Dialogs that integrations open: which of them this tab asked for, and whether they are filled in. */

import type { DialogElement, OpenDialog, Submission } from '@fieldpost/api'
import { t } from '@fieldpost/words'
import { signal } from '@preact/signals-core'

const KEPT = 20

/**
 * A dialog is told to every tab and device of a person; it is shown where the command was typed or the button
 * pressed. Its event may come before or after the answer that names the trigger.
 */
export class Dialogs {
  readonly open = signal<OpenDialog | undefined>(undefined)
  private readonly mine = new Set<string>()
  private readonly early = new Map<string, OpenDialog>()

  /** This tab gave an integration a trigger. */
  started(trigger: string | undefined): void {
    if (!trigger) return
    const waiting = this.early.get(trigger)
    if (waiting) this.show(waiting)
    else keep(this.mine, trigger)
  }

  arrived(d: OpenDialog): void {
    if (this.mine.has(d.trigger_id)) return this.show(d)
    this.early.set(d.trigger_id, d)
    const [oldest] = this.early.keys()
    if (this.early.size > KEPT && oldest !== undefined) this.early.delete(oldest)
  }

  private show(d: OpenDialog): void {
    this.mine.delete(d.trigger_id)
    this.early.delete(d.trigger_id)
    this.open.value = d
  }

  close(): void {
    this.open.value = undefined
  }

  reset(): void {
    this.close()
    this.mine.clear()
    this.early.clear()
  }
}

function keep(set: Set<string>, x: string): void {
  set.add(x)
  const [oldest] = set
  if (set.size > KEPT && oldest !== undefined) set.delete(oldest)
}

/** What a dialog begins with. */
export function beginning(elements: readonly DialogElement[]): Submission {
  const out: Submission = {}
  for (const e of elements) {
    const given = e.default ?? ''
    if (e.type === 'bool') out[e.name] = given === 'true'
    else if (e.multiselect) out[e.name] = given ? given.split(',').map(x => x.trim()) : []
    else out[e.name] = given
  }
  return out
}

const EMAIL = /^[^\s@]+@[^\s@]+$/

/** What is missing or wrong, by the name of its element; nothing at all if it may be sent. */
export function unfit(elements: readonly DialogElement[], values: Submission): Record<string, string> {
  const out: Record<string, string> = {}
  for (const e of elements) {
    const why = wrongIn(e, values[e.name])
    if (why) out[e.name] = why
  }
  return out
}

function wrongIn(e: DialogElement, value: Submission[string] | undefined): string {
  if (typeof value === 'boolean') return ''
  if (!value || value.length === 0) return e.optional || e.type === 'bool' ? '' : t('form.answer')
  if (typeof value !== 'string' || (e.type !== 'text' && e.type !== 'textarea')) return ''
  if (e.min_length && value.length < e.min_length) return t('form.least', { count: e.min_length })
  if (e.max_length && value.length > e.max_length) return t('form.most', { count: e.max_length })
  if (e.subtype === 'email' && !EMAIL.test(value)) return t('form.noMail')
  if (e.subtype === 'number' && !Number.isFinite(Number(value))) return t('form.noNumber')
  if (e.subtype === 'url' && !/^https?:\/\/\S+$/i.test(value)) return t('form.noAddress')
  return ''
}
