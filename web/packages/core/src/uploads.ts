/**
 * Files on their way to the server, by the draft that they belong to. They go on while another conversation is looked
 * at, and after a broken connection from where it broke. What arrived is the draft's.
 */

import { ApiError, type FileInfo, type Id, UploadsRest } from '@fieldpost/api'
import { t } from '@fieldpost/words'
import { type Signal, signal } from '@preact/signals-core'
import type { Drafts } from './drafts.ts'
import type { Context } from './platform.ts'
import { sizeText } from './time.ts'

/** `cut`: goes on by itself once the server is there. */
export type UploadState = 'queued' | 'going' | 'cut' | 'paused' | 'failed'

export interface Upload {
  readonly key: number
  readonly name: string
  readonly size: number
  /** An address of this page under which the picture is seen, or empty. */
  readonly picture: string
  readonly state: UploadState
  /** How many bytes are there. */
  readonly sent: number
  /** Why it failed, in words; or empty. */
  readonly why: string
}

/** A file as the browser gives it. */
export interface Chosen {
  readonly file: Blob & { readonly name: string }
  readonly picture: string
}

interface Job {
  readonly draft: string
  readonly file: Chosen['file']
  session: Id
  stop: AbortController
  timer: number
  failures: number
}

export const MOST_FILES = 10
const AT_ONCE = 2
const RETRY_MS = 2_000
const MOST_RETRY_MS = 60_000

/** What the server says while the request before, which broke, has not ended for it. */
const TRANSIENT = new Set([
  'app.upload.upload_data.concurrent.app_error',
  'api.upload.upload_data.invalid_content_length',
])

export class Uploads {
  /** Lets go of the address of a picture. */
  release: (picture: string) => void = () => {}
  private readonly lists = new Map<string, Signal<readonly Upload[]>>()
  private readonly holds = new Map<string, Signal<boolean>>()
  private readonly jobs = new Map<number, Job>()
  /** Pictures of files that arrived, by their ids. */
  private readonly pictures = new Map<Id, string>()
  private readonly rest: UploadsRest
  private keys = 0

  constructor(
    private readonly c: Context,
    private readonly drafts: Drafts,
    private readonly send: (draft: string) => void,
    rest?: UploadsRest,
  ) {
    this.rest = rest ?? new UploadsRest(c.p.rest)
  }

  of(draft: string): Signal<readonly Upload[]> {
    return own<readonly Upload[]>(this.lists, draft, [])
  }

  /** Whether the message is sent as soon as its files are there. */
  held(draft: string): Signal<boolean> {
    return own(this.holds, draft, false)
  }

  pictureOf(file: Id): string {
    return this.pictures.get(file) ?? ''
  }

  /** Whether leaving the page would lose something. */
  get busy(): boolean {
    return this.jobs.size > 0
  }

  add(draft: string, chosen: readonly Chosen[]): void {
    const { notice, store } = this.c
    if (store.config.peek()['EnableFileAttachments'] === 'false') return notice(t('write.noFiles'), 'error')
    const room = MOST_FILES - this.of(draft).peek().length - this.drafts.of(draft).peek().files.length
    const fitting = chosen.filter(c => this.fits(c))
    const taken = fitting.slice(0, Math.max(0, room))
    for (const c of fitting.slice(taken.length)) this.release(c.picture)
    const left = fitting.length - taken.length
    if (left > 0) notice(t('write.leftOut', { count: left, most: MOST_FILES }), 'error')
    this.of(draft).value = [...this.of(draft).peek(), ...taken.map(c => this.queue(draft, c))]
    this.next()
  }

  pause(key: number): void {
    this.halt(key)
    this.change(key, { state: 'paused' })
    this.next()
  }

  /** Goes on with what was paused, or tries again what failed. */
  resume(key: number): void {
    const job = this.jobs.get(key)
    if (!job) return
    job.failures = 0
    this.change(key, { state: 'queued', why: '' })
    this.next()
  }

  cancel(key: number): void {
    const job = this.jobs.get(key)
    if (!job) return
    this.halt(key)
    const gone = this.find(key)
    if (gone) this.release(gone.picture)
    this.drop(key)
    if (this.of(job.draft).peek().length === 0) this.hold(job.draft, false)
    this.next()
  }

  /** Takes a file that arrived out of the draft again. */
  detach(draft: string, file: Id): void {
    this.forget(file)
    const files = this.drafts
      .of(draft)
      .peek()
      .files.filter(f => f.id !== file)
    this.drafts.write(draft, { files })
  }

  /** Sends the message once all its files are there, or no longer does. */
  hold(draft: string, yes: boolean): void {
    this.held(draft).value = yes && this.of(draft).peek().length > 0
  }

  /** Its pictures are not looked at any more. */
  sent(files: readonly FileInfo[]): void {
    for (const f of files) this.forget(f.id)
  }

  /** The server is there: what was cut off goes on. */
  goOn(): void {
    for (const [key, job] of this.jobs)
      if (this.find(key)?.state === 'cut') {
        this.c.p.clearTimeout(job.timer)
        this.change(key, { state: 'queued' })
      }
    this.next()
  }

  reset(): void {
    for (const key of this.jobs.keys()) this.halt(key)
    this.jobs.clear()
    for (const p of this.pictures.values()) this.release(p)
    this.pictures.clear()
    this.lists.clear()
    this.holds.clear()
  }

  heard(): void {}

  private fits({ file, picture }: Chosen): boolean {
    const most = Number(this.c.store.config.peek()['MaxFileSize']) || Number.MAX_SAFE_INTEGER
    if (file.size > 0 && file.size <= most) return true
    this.release(picture)
    const why =
      file.size === 0
        ? t('write.emptyFile', { name: file.name })
        : t('write.tooLarge', { name: file.name, size: sizeText(file.size), most: sizeText(most) })
    this.c.notice(why, 'error')
    return false
  }

  private queue(draft: string, { file, picture }: Chosen): Upload {
    const key = ++this.keys
    this.jobs.set(key, { draft, file, session: '', stop: new AbortController(), timer: 0, failures: 0 })
    return { key, name: file.name, size: file.size, picture, state: 'queued', sent: 0, why: '' }
  }

  /** Starts what is first in line, a few at a time. */
  private next(): void {
    const all = [...this.jobs.keys()].flatMap(k => this.find(k) ?? [])
    const going = all.filter(u => u.state === 'going').length
    for (const u of all.filter(x => x.state === 'queued').slice(0, AT_ONCE - going)) void this.run(u.key)
  }

  private async run(key: number): Promise<void> {
    const job = this.jobs.get(key)
    if (!job) return
    const stop = new AbortController()
    job.stop = stop
    this.change(key, { state: 'going' })
    try {
      const info = await this.transfer(key, job, stop.signal)
      if (!stop.signal.aborted) this.arrived(key, job, info)
    } catch (e) {
      if (!(e instanceof ApiError)) throw e
      if (!stop.signal.aborted) this.failed(key, job, e)
    }
    this.next()
  }

  private async transfer(key: number, job: Job, signal: AbortSignal): Promise<FileInfo> {
    const { file } = job
    const channel = job.draft.split(':')[0] ?? ''
    const s = job.session
      ? await this.rest.session(job.session)
      : await this.rest.begin(channel, file.name, file.size)
    job.session = s.id
    let at = s.file_offset
    for (;;) {
      if (signal.aborted) throw new ApiError('offline', 0, 'offline', 'stopped')
      const from = at
      this.change(key, { sent: from })
      const onSent = (n: number) => {
        if (!signal.aborted) this.change(key, { sent: Math.min(file.size, from + n) })
      }
      const info = await this.rest.send(job.session, file.slice(from), onSent, signal)
      if (info) return info
      at = (await this.rest.session(job.session)).file_offset
    }
  }

  private arrived(key: number, job: Job, info: FileInfo): void {
    const picture = this.find(key)?.picture
    if (picture) this.pictures.set(info.id, picture)
    this.drop(key)
    this.drafts.write(job.draft, { files: [...this.drafts.of(job.draft).peek().files, info] })
    if (this.of(job.draft).peek().length > 0 || !this.held(job.draft).peek()) return
    this.hold(job.draft, false)
    this.send(job.draft)
  }

  private failed(key: number, job: Job, e: ApiError): void {
    // The server gave it up: it begins anew.
    if (e.status === 404 && job.session) job.session = ''
    else if (e.kind === 'refused' && !TRANSIENT.has(e.id)) {
      this.change(key, { state: 'failed', why: e.message })
      if (this.held(job.draft).peek()) this.c.notice(t('write.fileMissing'), 'error')
      return this.hold(job.draft, false)
    }
    this.change(key, { state: 'cut' })
    const pause = Math.min(MOST_RETRY_MS, RETRY_MS * 2 ** job.failures++)
    job.timer = this.c.p.setTimeout(() => {
      if (this.find(key)?.state === 'cut') this.change(key, { state: 'queued' })
      this.next()
    }, pause)
  }

  private halt(key: number): void {
    const job = this.jobs.get(key)
    if (!job) return
    this.c.p.clearTimeout(job.timer)
    job.stop.abort()
  }

  private forget(file: Id): void {
    const picture = this.pictures.get(file)
    if (picture) this.release(picture)
    this.pictures.delete(file)
  }

  private listOf(key: number): Signal<readonly Upload[]> | undefined {
    const job = this.jobs.get(key)
    return job && this.of(job.draft)
  }

  private find(key: number): Upload | undefined {
    return this.listOf(key)
      ?.peek()
      .find(u => u.key === key)
  }

  private change(key: number, change: Partial<Upload>): void {
    const list = this.listOf(key)
    if (list) list.value = list.peek().map(u => (u.key === key ? { ...u, ...change } : u))
  }

  private drop(key: number): void {
    const list = this.listOf(key)
    if (list) list.value = list.peek().filter(u => u.key !== key)
    this.jobs.delete(key)
  }
}

function own<V>(all: Map<string, Signal<V>>, key: string, first: V): Signal<V> {
  let s = all.get(key)
  if (!s) {
    s = signal<V>(first)
    all.set(key, s)
  }
  return s
}
