/** Writing: the outbox and its retries, edits, reactions. */
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
import { batch } from '@preact/signals-core'
import type { AttachmentAction } from './attachments.ts'
import type { Dialogs } from './dialogs.ts'
import { applyAcknowledgement, applyReaction, markRead } from './events.ts'
import { Outbox } from './outbox.ts'
import type { Context } from './platform.ts'

export class Writing {
  readonly outbox: Outbox
  private flushTimer = 0
  private flushPause = 2_000
  private typedAt = 0
  private lastPending = 0
  /** Commands by team, as they were when first asked for. */
  private readonly known = new Map<Id, readonly Command[]>()

  constructor(
    private readonly c: Context,
    onSessionLost: () => void,
    private readonly dialogs: Dialogs,
  ) {
    const { store, p } = c
    this.outbox = new Outbox({
      db: p.db,
      create: post => p.rest.createPost(post),
      lock: p.lock,
      onChange: entries => {
        store.outbox.value = entries
      },
      onSent: (entry, post) =>
        batch(() => {
          store.alias(post.id, entry.pending_post_id)
          this.takeOwn(post)
        }),
      onSessionLost,
    })
  }

  get unsent(): number {
    return this.c.store.outbox.peek().length
  }

  async send(
    channel: Id,
    message: string,
    root: Id | '' = '',
    { files = [], priority }: { files?: FileInfo[]; priority?: Priority | undefined } = {},
  ): Promise<void> {
    const me = this.c.store.me.peek()
    if (!me) return
    const at = Math.max(this.c.p.now(), this.lastPending + 1)
    this.lastPending = at
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
    const offline = () =>
      this.c.notice(
        'Commands need the server. What you typed is still here: try again when it is back.',
        'error',
      )
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
    const known = store.post(post.id).peek() !== undefined
    store.putPosts([post])
    const log = store.log(post.channel_id)
    if (!post.root_id && log.window.peek()?.atEnd) store.place(post.channel_id, [post])
    if (!known && post.root_id)
      store.changePost(post.root_id, r => ({
        reply_count: r.reply_count + 1,
        last_reply_at: post.create_at,
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
    markRead(store, post.channel_id, post.create_at)
  }

  flushSoon(ms: number): void {
    this.c.p.clearTimeout(this.flushTimer)
    this.flushTimer = this.c.p.setTimeout(() => {
      void this.outbox.flush().then(result => {
        if (result === 'empty') {
          this.flushPause = 2_000
          return
        }
        this.flushPause = Math.min(this.flushPause * 2, 60_000)
        this.flushSoon(this.flushPause)
      })
    }, ms)
  }

  async edit(id: Id, message: string): Promise<void> {
    this.c.store.putPosts([await this.c.p.rest.patchPost(id, { message })])
  }

  async remove(id: Id): Promise<void> {
    const post = this.c.store.post(id).peek()
    await this.c.p.rest.deletePost(id)
    if (post) this.c.store.forget(post)
  }

  async toggleReaction(post: Id, emoji: string): Promise<void> {
    const me = this.c.store.me.peek()?.id
    const p = this.c.store.post(post).peek()
    if (!me || !p) return
    const has = p.metadata?.reactions?.some(r => r.user_id === me && r.emoji_name === emoji) ?? false
    const r = { user_id: me, post_id: post, emoji_name: emoji, create_at: this.c.p.now() }
    applyReaction(this.c.store, r, !has)
    try {
      await (has ? this.c.p.rest.unreact(me, post, emoji) : this.c.p.rest.react(me, post, emoji))
    } catch (error) {
      applyReaction(this.c.store, r, has)
      if (error instanceof ApiError)
        this.c.notice(
          error.kind === 'offline' ? 'You are offline: the reaction was not sent.' : error.message,
          'error',
        )
      else throw error
    }
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
