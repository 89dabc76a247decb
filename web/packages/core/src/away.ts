/** Files of other sites that are not here yet: what is known of them, and how they are asked for. */

import {
  ApiError,
  type FilePlace,
  type FileWhere,
  type Freshness,
  fetchFiles,
  type Id,
  whereFiles,
} from '@fieldpost/api'
import { t } from '@fieldpost/words/far'
import { type Signal, signal } from '@preact/signals-core'
import { airSeconds, lengthText } from './air.ts'
import type { Platform } from './platform.ts'
import { cannotLink } from './remote.ts'
import type { Store } from './store.ts'

/** What of a file is meant: all of it, or the preview of a picture. */
export type Part = 'whole' | 'preview'

/** What is lacking to look at a file; nothing if it can be looked at, or if nothing is known. */
export function lacking(w: FileWhere | undefined, isPicture: boolean): Part | undefined {
  if (!w || w.state === 'here') return undefined
  if (!isPicture || w.preview === '') return 'whole'
  return w.preview === 'here' ? undefined : 'preview'
}

export interface AwayView {
  /** Why it waits, or how far it has come. */
  text: string
  /** Which share of it is here; nothing unless it comes and that is known. */
  share: number | undefined
  /** What somebody can do: ask for it, or take that back. */
  deed: 'fetch' | 'stop' | undefined
}

/** Previews come over any line but the radio, so one that waits is of a type that does not, or has no other line. */
function whyText(w: FileWhere, part: Part): string {
  if (w.why === 'held') return t('away.held', { site: w.site })
  if (w.why === 'type') return t('away.type')
  if (part === 'preview' || w.why === 'thin') return t('away.thin')
  return w.why === 'size' ? t('away.size') : t('away.waits')
}

function comesView(w: FileWhere, part: Part): Pick<AwayView, 'text' | 'share'> {
  if (part === 'preview' || w.size <= 0) return { text: t('away.coming'), share: undefined }
  const share = Math.min(1, w.received / w.size)
  return { text: t('away.comes', { percent: `${Math.floor(share * 100)} %` }), share }
}

/** What is said of a file that is not here, or of its preview. */
export function awayView(w: FileWhere, part: Part): AwayView {
  const [place, asked] = part === 'preview' ? [w.preview, w.preview_asked] : [w.state, w.asked]
  const deed = asked ? 'stop' : 'fetch'
  if (place === 'comes') return { ...comesView(w, part), deed: asked ? deed : undefined }
  if (place === 'waits' && w.why === 'held')
    return { text: whyText(w, part), share: undefined, deed: asked ? deed : undefined }
  if (place === 'waits') return { text: asked ? t('away.asked') : whyText(w, part), share: undefined, deed }
  return { text: t('away.missing'), share: undefined, deed: undefined }
}

/** How long what is missing of a file is on the air, in words; empty where a better line leads to its site. */
export function fetchAirText(list: readonly Freshness[], w: FileWhere): string {
  const rate = list.find(f => f.site === w.site)?.rate
  const left = Math.max(0, w.size - w.received)
  return rate ? t('away.onAir', { time: lengthText(airSeconds(rate, '', left)) }) : ''
}

/** Of so many files a server tells at once. */
const MOST = 200
/** Files that come on screen together are asked for together. */
const GATHER_MS = 150
const EVERY_MS = 10_000
/** Over a good line it is here a moment after somebody asked for it. */
const SOON_MS = 1_000

const moves = (place: FilePlace | ''): boolean => place === 'comes' || place === 'waits'

/** Whether more will be known of a file. A preview is not missed once all of it is here. */
const isOpen = (w: FileWhere | undefined): boolean =>
  w !== undefined && w.state !== 'here' && (moves(w.state) || moves(w.preview))

/**
 * Asked for files on screen alone, all of them together, and only for such as may be of another site: whoever follows one
 * knows that it is, or was refused it. Not again for those that are here.
 */
export class AwayFiles {
  private readonly known = new Map<Id, Signal<FileWhere | undefined>>()
  /** The files on screen that are not here as far as is known, and how often each is. */
  private readonly open = new Map<Id, number>()
  private timer = 0
  /** Whether they are asked for after a while anyway. */
  private due = false
  private pause = EVERY_MS
  /** How often somebody asked for a file: what was told before that may be no more. */
  private deeds = 0
  private missing = false

  constructor(
    private readonly p: Pick<Platform, 'rest' | 'visible' | 'setTimeout' | 'clearTimeout'>,
    private readonly store: Store,
  ) {}

  /** Where a file is; nothing while that is not known. */
  of(file: Id): Signal<FileWhere | undefined> {
    let s = this.known.get(file)
    if (!s) {
      s = signal(undefined)
      this.known.set(file, s)
    }
    return s
  }

  /** Keeps it known where a file is, until what is answered is called. */
  follow(file: Id): () => void {
    if (this.missing || !file || this.of(file).peek()?.state === 'here') return () => {}
    const times = this.open.get(file) ?? 0
    this.open.set(file, times + 1)
    if (times === 0) this.soon(GATHER_MS)
    return () => {
      const left = (this.open.get(file) ?? 0) - 1
      if (left > 0) this.open.set(file, left)
      else this.open.delete(file)
    }
  }

  /** Asks for a file that waits, or for its preview; if it is not wanted, takes that back. Throws if it cannot be. */
  async ask(file: Id, part: Part, wanted: boolean): Promise<void> {
    const told = await fetchFiles(this.p.rest, [file], { preview: part === 'preview', wanted })
    this.deeds++
    this.hear(told)
    this.pause = SOON_MS
    if (this.open.size > 0) this.soon(this.pause)
  }

  heard(): void {}

  /** Forgets everything: another person may sit down here. */
  reset(): void {
    this.p.clearTimeout(this.timer)
    this.due = false
    this.known.clear()
    this.open.clear()
    this.pause = EVERY_MS
    this.missing = false
  }

  private soon(pause: number): void {
    this.p.clearTimeout(this.timer)
    this.due = true
    this.timer = this.p.setTimeout(() => void this.look(), pause)
  }

  private async look(): Promise<void> {
    this.due = false
    if (this.open.size === 0) return
    if (this.p.visible() && this.store.link.peek() === 'online') await this.tell()
    this.pause = Math.min(this.pause * 2, EVERY_MS)
    if (this.open.size > 0 && !this.due) this.soon(this.pause)
  }

  private async tell(): Promise<void> {
    // The last that came on screen first.
    const ids = [...this.open.keys()].slice(-MOST)
    const deeds = this.deeds
    try {
      const told = await whereFiles(this.p.rest, ids)
      if (deeds === this.deeds) this.hear(told, ids)
    } catch (e) {
      if (!(e instanceof ApiError)) throw e
      if (!cannotLink(e)) return
      this.missing = true
      this.open.clear()
    }
  }

  /** `asked`: of those that are not told the reader may know nothing. */
  private hear(told: readonly FileWhere[], asked: readonly Id[] = []): void {
    const by = new Map(told.map(w => [w.file_id, w]))
    for (const w of told) this.of(w.file_id).value = w
    for (const id of [...asked, ...by.keys()]) if (!isOpen(by.get(id))) this.open.delete(id)
  }
}
