/** Writing: the outbox and its retries, and what is done to messages. */

import {
  ApiError,
  type Command,
  type CommandAnswer,
  type FileInfo,
  type Id,
  InboxRest,
  type Post,
  type Priority,
} from '@fieldpost/api'
import { t } from '@fieldpost/words'
import { batch } from '@preact/signals-core'
import type { AttachmentAction } from './attachments.ts'
import { Deeds } from './deeds.ts'
import type { Dialogs } from './dialogs.ts'
import type { Drafts } from './drafts.ts'
import { applyAcknowledgement, markRead } from './events.ts'
import { type FlushResult, Outbox } from './outbox.ts'
import type { Context } from './platform.ts'
import type { Saved } from './saved.ts'

export class Writing {
  readonly outbox: Outbox
  readonly deeds: Deeds
  private flushTimer = 0
  private flushPause = 2_000
  private typedAt = 0
  private last = 0
  /** Commands by team, as they were when first asked for. */
  private readonly known = new Map<Id, readonly Command[]>()

  /** The server holds a channel for read up to then, before it is told more. */
  onReadUpTo: (channel: Id, at: number) => void = () => {}

  /** A message of the reader's came to the server from here. */
  onSent: (post: Post) => void = () => {}

  constructor(
    private readonly c: Context,
    onSessionLost: () => void,
    private readonly dialogs: Dialogs,
    saved: Saved,
    private readonly drafts: Drafts,
  ) {
    const { store, p } = c
    this.outbox = new Outbox({
      db: p.db,
      create: post => p.rest.createPost(post),
      lock: p.lock,
      onChange: entries => {
        store.outbox.value = entries
      },
      keep: write => this.c.keep(write),
      onKept: () => c.tell({ say: 'outbox' }),
      onSent: (entry, post) => {
        batch(() => {
          store.alias(post.id, entry.pending_post_id)
          this.takeOwn(post)
        })
        this.onSent(post)
      },
      onSessionLost,
    })
    this.deeds = new Deeds({
      rest: p.rest,
      store,
      db: p.db,
      moment: () => this.moment(),
      lock: p.lock,
      keep: write => this.c.keep(write),
      notice: c.notice,
      rescue: (channel, text) => this.rescue(channel, text),
      onReadUpTo: (channel, at) => this.onReadUpTo(channel, at),
      isSaved: post => saved.isTold(post),
      onSaved: (post, on) => saved.put(post, on),
      onPut: () => this.flushSoon(0),
      onChange: () => c.tell({ say: 'outbox' }),
      onSessionLost,
    })
  }

  /** A moment later than all that was written before, whatever the clock says: it may have been set back. */
  private moment(): number {
    const { outbox, deeds } = this.c.store
    const before = [...outbox.peek(), ...deeds.peek()].reduce(
      (at, x) => Math.max(at, x.written_at),
      this.last,
    )
    this.last = Math.max(this.c.p.now(), before + 1)
    return this.last
  }

  private rescue(channel: Id, text: string): void {
    const draft = this.drafts.of(channel).peek().text.trim()
    this.drafts.write(channel, { text: draft ? `${draft}\n\n${text}` : text })
    this.drafts.settle(channel)
  }

  async load(user: Id): Promise<void> {
    await Promise.all([this.outbox.load(user), this.deeds.load(user)])
  }

  get unsent(): number {
    return this.c.store.outbox.peek().length + this.c.store.deeds.peek().length
  }

  async send(
    channel: Id,
    message: string,
    root: Id | '' = '',
    { files = [], priority }: { files?: FileInfo[]; priority?: Priority | undefined } = {},
  ): Promise<void> {
    const me = this.c.store.me.peek()
    if (!me) return
    const at = this.moment()
    await this.outbox.add({
      pending_post_id: `${me.id}:${at}`,
      written_at: at,
      user_id: me.id,
      channel_id: channel,
      root_id: root,
      message,
      files,
      ...(priority ? { priority } : {}),
    })
    this.flushSoon(0)
  }

  /**
   * Runs what was typed as a command. Only the server can, so nothing of it is kept for later: without
   * an answer the text stays where it was typed.
   */
  async command(text: string, channel: Id, root: Id | '', team: Id): Promise<CommandAnswer | undefined> {
    const offline = () => this.c.notice(t('write.commandOffline'), 'error')
    if (this.c.store.link.peek() === 'offline') {
      offline()
      return undefined
    }
    try {
      const answer = await this.c.p.rest.runCommand({
        command: text,
        channel_id: channel,
        root_id: root,
        team_id: team,
      })
      this.dialogs.started(answer.trigger_id)
      return answer
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.kind === 'offline') offline()
      else this.c.notice(error.message, 'error')
      return undefined
    }
  }

  /** Tells the integration behind a button or menu of a post, which may change the post or open a dialog. */
  async press(post: Id, action: AttachmentAction, chosen = ''): Promise<CommandAnswer> {
    const answer = await this.c.p.rest.press(post, action.id, {
      ...(chosen ? { selected_option: chosen } : {}),
      ...(action.cookie ? { cookie: action.cookie } : {}),
    })
    this.dialogs.started(answer.trigger_id)
    return answer
  }

  /** The commands that are suggested in a team; none while the server is away. */
  async commands(team: Id): Promise<readonly Command[]> {
    const known = this.known.get(team)
    if (known) return known
    try {
      const found = await this.c.p.rest.commands(team)
      this.known.set(team, found)
      return found
    } catch (error) {
      if (error instanceof ApiError) return []
      throw error
    }
  }

  async retry(pending: string): Promise<void> {
    await this.outbox.retry(pending)
    this.c.p.socket.hurry()
    this.flushSoon(0)
  }

  discard(pending: string): Promise<void> {
    return this.outbox.discard(pending)
  }

  private takeOwn(post: Post): void {
    const { store } = this.c
    if (store.isGone(post.id)) return
    const known = store.known(post.id) !== undefined
    store.putPosts([post])
    if (!post.root_id) store.arrive(post)
    if (!known && post.root_id)
      store.changeRoot(post.root_id, post.update_at, r => ({
        reply_count: r.reply_count + 1,
        last_reply_at: Math.max(r.last_reply_at, post.create_at),
        participants: r.participants?.some(u => u.id === post.user_id)
          ? r.participants
          : [...(r.participants ?? []), { id: post.user_id }],
      }))
    if (!known)
      store.changeChannel(post.channel_id, c => ({
        last_post_at: Math.max(c.last_post_at, post.create_at),
        total_msg_count: c.total_msg_count + 1,
        total_msg_count_root: c.total_msg_count_root + (post.root_id ? 0 : 1),
      }))
    // A reply is written beside the channel: what is new in it was not seen.
    if (!post.root_id) markRead(store, post.channel_id, post.create_at)
  }

  flushSoon(ms: number): void {
    this.c.p.clearTimeout(this.flushTimer)
    this.flushTimer = this.c.p.setTimeout(() => {
      void this.flush().then(result => {
        if (result === 'empty') {
          this.flushPause = 2_000
          return
        }
        this.flushPause = Math.min(this.flushPause * 2, 60_000)
        this.flushSoon(this.flushPause)
      })
    }, ms)
  }

  /** Messages first: what was done to others can wait for them, but not the other way round. */
  private async flush(): Promise<FlushResult> {
    const messages = await this.outbox.flush()
    if (messages === 'offline') return messages
    const deeds = await this.deeds.flush()
    return messages === 'empty' ? deeds : messages
  }

  edit(post: Id, message: string): Promise<void> {
    const channel = this.c.store.known(post)?.channel_id ?? ''
    return this.deeds.put({ do: 'edit', post, channel, message })
  }

  remove(post: Id): Promise<void> {
    return this.deeds.put({ do: 'delete', post })
  }

  /** At once or not at all: whether it is still here is the server's to say. */
  async withdraw(post: Id): Promise<void> {
    await this.c.p.rest.withdraw(post)
  }

  async toggleReaction(post: Id, emoji: string): Promise<void> {
    const me = this.c.store.me.peek()?.id
    const p = this.c.store.post(post).peek()
    if (!me || !p) return
    const has = p.metadata?.reactions?.some(r => r.user_id === me && r.emoji_name === emoji) ?? false
    await this.deeds.put({ do: 'react', post, emoji, on: !has })
  }

  /** Says that the reader has taken note, and stands by it. */
  async acknowledge(post: Id): Promise<void> {
    const me = this.c.store.me.peek()?.id
    if (!me) return
    applyAcknowledgement(this.c.store, await this.c.p.rest.acknowledge(me, post), true)
  }

  async remind(post: Id, at: number): Promise<void> {
    await new InboxRest(this.c.p.rest).remind(this.c.store.me.peek()?.id ?? 'me', post, at)
  }

  typed(channel: Id, root: Id | ''): void {
    const now = this.c.p.now()
    if (now - this.typedAt < 4_000) return
    this.typedAt = now
    this.c.p.socket.send('user_typing', { channel_id: channel, parent_id: root })
  }
}
