/**
 * Edits, deletions, reactions, pins, saved messages and read marks: seen at once, kept on this device, and sent when the
 * server is there. Each is harmless when it is sent twice, so a lost answer is no trouble.
 */

import { ApiError, type Id, MarksRest, type Rest } from '@fieldpost/api'
import { t } from '@fieldpost/words'
import { batch } from '@preact/signals-core'
import type { Db } from './db.ts'
import { type Act, type Deed, deedKey, postOf, refusalText } from './deed.ts'
import { applyReaction, markRead } from './events.ts'
import type { FlushResult } from './outbox.ts'
import type { Notice } from './platform.ts'
import type { Store } from './store.ts'

export interface DeedPorts {
  rest: Rest
  store: Store
  db: Pick<Db, 'deeds' | 'deed' | 'putDeed' | 'dropDeed'>
  /** A moment later than all that was written before it, whatever the clock says. */
  moment: () => number
  lock: (name: string, f: () => Promise<void>) => Promise<void>
  /** Runs a write of what must not be lost. False if this device has no room for it. */
  keep: (write: () => Promise<void>) => Promise<boolean>
  notice: (text: string, tone: Notice['tone']) => void
  /** Keeps a text for its author where the place it was meant for is gone. */
  rescue: (channel: Id, text: string) => void
  /** The server holds a channel for read up to then, before it is told more. */
  onReadUpTo: (channel: Id, at: number) => void
  isSaved: (post: Id) => boolean
  onSaved: (post: Id, on: boolean) => void
  /** Something is to be sent. */
  onPut: () => void
  onChange: () => void
  onSessionLost: () => void
}

/** The server has no such thing any more, so nothing is left to undo. */
const isMoot = (a: Act, e: ApiError): boolean => {
  if (a.do === 'read') return true
  // Of a message that is gone nothing can be wanted but the text that was written for it.
  return a.do !== 'edit' && e.status === 404
}

export class Deeds {
  private readonly marks: MarksRest
  /** What is on its way, and may be there already. */
  private sending = ''

  constructor(private readonly p: DeedPorts) {
    this.marks = new MarksRest(p.rest)
  }

  private get all(): readonly Deed[] {
    return this.p.store.deeds.peek()
  }

  private set(deeds: readonly Deed[]): void {
    this.p.store.deeds.value = deeds
  }

  async load(user: Id): Promise<void> {
    const kept = (await this.p.db.deeds()).filter(d => d.user_id === user)
    // What this device has no room for lives here alone.
    this.set([...kept, ...this.all.filter(d => d.unsaved && kept.every(k => k.key !== d.key))])
  }

  async put(act: Act): Promise<void> {
    const { store } = this.p
    const key = deedKey(act)
    const user_id = store.me.peek()?.id
    if (!user_id) return
    if (act.do === 'delete') await this.forget(postOf(act), key)
    // On and off again is nothing. While the server hears, the first of them may be on its way.
    if (store.link.peek() === 'offline' && this.sending !== key && this.isSo(act)) return this.drop(key)
    const deed: Deed = { key, user_id, written_at: this.p.moment(), act }
    this.set([...this.all.filter(d => d.key !== key), { ...deed, unsaved: true }])
    const kept = await this.p.keep(() => this.p.db.putDeed(deed))
    const now: Deed = kept ? deed : { ...deed, unsaved: true, unkept: true }
    const here = (d: Deed) => d.key === key && d.written_at === deed.written_at
    // Taken back while it was being kept.
    if (!this.all.some(here)) return this.p.db.dropDeed(key, deed.written_at)
    this.set(this.all.map(d => (here(d) ? now : d)))
    this.p.onChange()
    this.p.onPut()
  }

  /** Takes a deed back, or gives up one that was refused. Whoever sees that it is gone may leave the page. */
  async drop(key: string): Promise<void> {
    const deed = this.all.find(d => d.key === key)
    if (!deed) return
    await this.p.db.dropDeed(key, deed.written_at)
    this.settle(deed)
    this.p.onChange()
  }

  /** Whoever deletes a message wants nothing else of it any more. */
  private async forget(post: Id, but: string): Promise<void> {
    for (const d of this.all) if (postOf(d.act) === post && d.key !== but) await this.drop(d.key)
  }

  private isSo(a: Act): boolean {
    if (a.do === 'save') return this.p.isSaved(a.post) === a.on
    const p = this.p.store.known(postOf(a))
    if (!p) return false
    if (a.do === 'edit') return p.message === a.message
    if (a.do === 'pin') return p.is_pinned === a.on
    if (a.do !== 'react') return false
    const me = this.p.store.me.peek()?.id
    const has = p.metadata?.reactions?.some(r => r.user_id === me && r.emoji_name === a.emoji) ?? false
    return has === a.on
  }

  /** What was read here and the server does not know yet stays read, whatever the server counts. */
  stayRead(): void {
    const { store } = this.p
    for (const { act } of this.all) {
      const c = act.do === 'read' ? store.channels.peek().get(act.channel) : undefined
      if (c && act.do === 'read' && c.last_post_at <= act.at) markRead(store, c.id, act.at)
    }
  }

  async flush(): Promise<FlushResult> {
    let result: FlushResult = 'empty'
    if (this.all.some(d => !d.refused))
      await this.p.lock('fieldpost-outbox', async () => {
        result = await this.round()
      })
    return result
  }

  private async round(): Promise<FlushResult> {
    let result: FlushResult = 'empty'
    for (const { key } of this.all.filter(d => !d.refused)) {
      const mine = this.all.find(d => d.key === key)
      if (!mine || (mine.unsaved && !mine.unkept)) continue // until it is kept
      const deed = mine.unkept ? mine : await this.p.db.deed(key)
      if (!deed || deed.refused) {
        // Another tab has seen to it.
        const others = this.all.filter(d => d !== mine)
        this.set(deed ? [...others, deed] : others)
        continue
      }
      this.sending = key
      try {
        const learn = await this.carry(deed.act)
        batch(() => {
          learn()
          this.settle(deed)
        })
        await this.p.db.dropDeed(key, deed.written_at)
        this.p.onChange()
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        if (error.kind === 'offline') return 'offline'
        if (error.sessionLost) {
          this.p.onSessionLost()
          return 'offline'
        }
        if (error.kind === 'server') result = 'busy'
        else await this.refused(deed, error)
      } finally {
        this.sending = ''
      }
    }
    return result
  }

  /** It is done. A later one of the same key stays. */
  private settle(deed: Deed): void {
    this.set(this.all.filter(d => d.key !== deed.key || d.written_at !== deed.written_at))
  }

  /** Tells the server. What is known afterwards is returned as a function, to be seen in one step. */
  private async carry(a: Act): Promise<() => void> {
    const { rest, store } = this.p
    const me = store.me.peek()?.id ?? ''
    switch (a.do) {
      case 'edit': {
        const p = await rest.patchPost(a.post, { message: a.message })
        return () => store.putPosts([p])
      }
      case 'delete': {
        await rest.deletePost(a.post)
        const p = store.known(a.post)
        return () => p && store.forget(p, false)
      }
      case 'react': {
        const r = { user_id: me, post_id: a.post, emoji_name: a.emoji, create_at: 0 }
        const made = a.on ? await rest.react(me, a.post, a.emoji) : await rest.unreact(me, a.post, a.emoji)
        return () => applyReaction(store, a.on ? { ...r, ...(made as object) } : r, a.on)
      }
      case 'pin':
        await this.marks.pin(a.post, a.on)
        return () => store.changePost(a.post, () => ({ is_pinned: a.on }))
      case 'save':
        await this.marks.save(me, a.post, a.on)
        return () => this.p.onSaved(a.post, a.on)
      case 'read':
        return this.carryRead(a.channel, a.at, me)
    }
  }

  /** The server marks a whole channel as read; what came after the reader left it must stay unread. */
  private async carryRead(channel: Id, at: number, me: Id): Promise<() => void> {
    const { rest, store } = this.p
    const [member, since] = await Promise.all([rest.myMember(channel), rest.posts(channel, { since: at })])
    this.p.onReadUpTo(channel, member.last_viewed_at)
    // Another device has read further.
    if (member.last_viewed_at >= at) return () => store.changeMember(channel, () => member)
    const unseen = Object.values(since.posts)
      .filter(p => p.create_at > at && !p.delete_at && p.user_id !== me && !p.root_id)
      .sort((a, b) => a.create_at - b.create_at)[0]
    if (unseen) {
      const left = await this.marks.unreadFrom(me, unseen.id)
      return () => store.changeMember(channel, () => left)
    }
    await rest.view(channel)
    return () => markRead(store, channel, at)
  }

  private async refused(deed: Deed, error: ApiError): Promise<void> {
    const { act, key } = deed
    if (isMoot(act, error)) {
      this.settle(deed)
      return this.p.db.dropDeed(key, deed.written_at)
    }
    const why = error.notBuilt ? t('wait.notOffered') : error.message
    const refused: Deed = { ...deed, refused: why }
    if (act.do === 'edit' && error.status === 404 && act.channel) {
      const post = this.p.store.known(act.post)
      // The message is gone, and its row with it: the text must not go too.
      this.settle(deed)
      await this.p.db.dropDeed(key, deed.written_at)
      this.p.rescue(act.channel, act.message)
      if (post) this.p.store.forget(post)
      this.p.notice(t('wait.editGone'), 'error')
      return
    }
    this.set(this.all.map(d => (d.key === key && d.written_at === deed.written_at ? refused : d)))
    await this.p.keep(() => this.p.db.putDeed(refused))
    this.p.onChange()
    this.p.notice(refusalText(refused), 'error')
  }
}
