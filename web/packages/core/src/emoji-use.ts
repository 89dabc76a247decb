/** Which emoji a person used last, and of which colour their hands are: the same on every device. */
import { ApiError, type Preference, type SocketEvent } from '@fieldpost/api'
import { signal } from '@preact/signals-core'
import type { Context } from './platform.ts'

export const TONES = ['', 'light', 'medium_light', 'medium', 'medium_dark', 'dark'] as const
export type Tone = (typeof TONES)[number]

const CATEGORY = 'fieldpost_emoji'
const NOTE = 'emoji-use'
const KEPT = 18
const TELL_MS = 2_000

interface Kept {
  recent: readonly string[]
  tone: Tone
  /** The server does not know it yet. */
  owed: boolean
}

const isTone = (x: unknown): x is Tone => TONES.some(t => t === x)
const names = (x: unknown): string[] =>
  Array.isArray(x) ? x.filter((n): n is string => typeof n === 'string').slice(0, KEPT) : []

export class EmojiUse {
  /** The one that was used last first. */
  readonly recent = signal<readonly string[]>([])
  readonly tone = signal<Tone>('')
  private owed = false
  private timer = 0

  constructor(private readonly c: Context) {}

  /** What is offered first: what was used last, then what everybody uses. */
  offered(others: readonly string[], n: number): string[] {
    return [...new Set([...this.recent.value, ...others])].slice(0, n)
  }

  used(name: string): void {
    if (this.recent.peek()[0] === name) return
    this.recent.value = [name, ...this.recent.peek().filter(x => x !== name)].slice(0, KEPT)
    this.changed()
  }

  choose(tone: Tone): void {
    this.tone.value = tone
    this.changed()
  }

  async load(): Promise<void> {
    if (!this.owed && this.recent.peek().length === 0) await this.fromDevice()
    if (this.owed) return this.tell()
    await this.c.quietly(async () => {
      try {
        this.take(await this.c.p.rest.ask<Preference[]>('GET', `/users/me/preferences/${CATEGORY}`))
      } catch (e) {
        // Somebody who chose nothing yet has no such preferences.
        if (!(e instanceof ApiError && e.kind === 'refused' && !e.sessionLost)) throw e
      }
    })
  }

  heard(e: SocketEvent): void {
    if (e.event !== 'preferences_changed' || this.owed) return
    const raw = e.data['preferences']
    if (typeof raw === 'string') this.take(JSON.parse(raw) as Preference[])
  }

  reset(): void {
    this.c.p.clearTimeout(this.timer)
    this.recent.value = []
    this.tone.value = ''
    this.owed = false
  }

  private async fromDevice(): Promise<void> {
    const kept = (await this.c.p.db.note(NOTE).catch(() => undefined)) as Partial<Kept> | undefined
    if (!kept) return
    this.recent.value = names(kept.recent)
    if (isTone(kept.tone)) this.tone.value = kept.tone
    this.owed = kept.owed === true
  }

  private take(list: readonly Preference[]): void {
    for (const p of list) {
      if (p.category !== CATEGORY) continue
      if (p.name === 'tone' && isTone(p.value)) this.tone.value = p.value
      if (p.name === 'recent') this.recent.value = names(parsed(p.value))
    }
    this.keep()
  }

  private changed(): void {
    this.owed = true
    this.keep()
    this.c.p.clearTimeout(this.timer)
    this.timer = this.c.p.setTimeout(() => void this.tell(), TELL_MS)
  }

  private keep(): void {
    const kept: Kept = { recent: this.recent.peek(), tone: this.tone.peek(), owed: this.owed }
    void this.c.p.db.putNote(NOTE, kept)
  }

  private async tell(): Promise<void> {
    const user_id = this.c.store.me.peek()?.id
    if (!user_id || this.c.store.link.peek() !== 'online') return
    const preference = (name: string, value: string): Preference => ({
      user_id,
      category: CATEGORY,
      name,
      value,
    })
    const recent = this.recent.peek()
    await this.c.quietly(async () => {
      await this.c.p.rest.savePreferences([
        preference('tone', this.tone.peek()),
        preference('recent', JSON.stringify(recent)),
      ])
      this.owed = recent !== this.recent.peek()
      this.keep()
    })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
