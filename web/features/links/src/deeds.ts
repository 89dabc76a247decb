/** What is done about a link: asked where it matters, carried out, told, and seen at once. */
import type { LinkRest, Shareable } from '@fieldpost/api'
import { ACTIONS, type LinkAction, type LinkBook, type LinkView, type OfferView } from '@fieldpost/core'
import { explain, type Shell } from '@fieldpost/parts'

const DONE: Record<LinkAction, (site: string) => string> = {
  pause: s => `The link with ${s} is paused.`,
  silence: s => `The link with ${s} is silent.`,
  resume: s => `The link with ${s} goes on.`,
  remove: s => `The link with ${s} is removed.`,
}

export class Deeds {
  constructor(
    private readonly rest: LinkRest,
    private readonly book: LinkBook,
    private readonly shell: Shell,
  ) {}

  async change(v: LinkView, action: LinkAction): Promise<void> {
    if (action === 'remove') {
      const sure = await this.shell.confirm({
        title: `Remove the link with ${v.site}?`,
        text: ACTIONS.remove.explain(v.site),
        action: ACTIONS.remove.label,
        danger: true,
      })
      if (!sure) return
    }
    await this.run(() => this.rest[action](v.id), DONE[action](v.site))
  }

  /** Answers what went wrong, or nothing. */
  async share(v: LinkView, what: Shareable, title: string): Promise<string> {
    try {
      await this.rest.share(v.id, what)
    } catch (e) {
      return explain(e)
    }
    this.shell.client.notice(`${title} shared with ${v.site}.`)
    await this.book.refresh()
    return ''
  }

  accept(v: LinkView, o: OfferView): Promise<void> {
    return this.run(() => this.rest.acceptOffer(v.id, o.id), `${o.channel} is shared with ${v.site}.`)
  }

  async decline(v: LinkView, o: OfferView): Promise<void> {
    const sure = await this.shell.confirm({
      title: `Decline what ${v.site} offers?`,
      text: `${o.channel} stays at ${v.site}, which may offer it again without anybody here being asked. To have it after all, run “fieldpost link share ${o.channel} --with ${v.site}” at this site.`,
      action: 'Decline',
    })
    if (sure) await this.run(() => this.rest.declineOffer(v.id, o.id), `${o.channel} is declined.`)
  }

  async unshare(v: LinkView, channel: string): Promise<void> {
    const sure = await this.shell.confirm({
      title: `Stop sharing ${channel}?`,
      text: `Nothing written in it from now on goes to ${v.site}, or comes from there. Both sides keep what they have.`,
      action: 'Stop sharing',
    })
    if (sure) await this.run(() => this.rest.unshare(v.id, { channel }), `${channel} is not shared any more.`)
  }

  async unshareAll(v: LinkView): Promise<void> {
    const sure = await this.shell.confirm({
      title: `Stop sharing everything with ${v.site}?`,
      text: `This ends the sharing of every channel, also of those made from now on. Both sides keep what they have.`,
      action: 'Stop sharing all',
    })
    if (sure)
      await this.run(
        () => this.rest.unshare(v.id, { all: true }),
        `Nothing is shared with ${v.site} any more.`,
      )
  }

  private async run(f: () => Promise<unknown>, done: string): Promise<void> {
    try {
      await f()
      this.shell.client.notice(done)
    } catch (e) {
      this.shell.client.notice(explain(e), 'error')
    }
    await this.book.refresh()
  }
}
