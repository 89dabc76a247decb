/** What is done about a link: asked where it matters, carried out, told, and seen at once. */

import type { LinkRest, Shareable } from '@fieldpost/api'
import { ACTIONS, type LinkAction, type LinkBook, type LinkView, type OfferView } from '@fieldpost/core/links'
import { explain, type Shell } from '@fieldpost/parts'
import { t } from '@fieldpost/words/far'

const DONE = {
  pause: 'links.didPause',
  silence: 'links.didSilence',
  resume: 'links.didResume',
  remove: 'links.didRemove',
} as const satisfies Record<LinkAction, string>

export class Deeds {
  constructor(
    private readonly rest: LinkRest,
    private readonly book: LinkBook,
    private readonly shell: Shell,
  ) {}

  async change(v: LinkView, action: LinkAction): Promise<void> {
    if (action === 'remove') {
      const sure = await this.shell.confirm({
        title: t('links.removeTitle', { site: v.site }),
        text: t(ACTIONS.remove.explain, { site: v.site }),
        action: t(ACTIONS.remove.label),
        danger: true,
      })
      if (!sure) return
    }
    await this.run(() => this.rest[action](v.id), t(DONE[action], { site: v.site }))
  }

  /** Answers what went wrong, or nothing. */
  async share(v: LinkView, what: Shareable, channel: string): Promise<string> {
    try {
      await this.rest.share(v.id, what)
    } catch (e) {
      return explain(e)
    }
    this.shell.client.notice(
      channel ? t('links.isShared', { channel, site: v.site }) : t('links.allShared', { site: v.site }),
    )
    await this.book.refresh()
    return ''
  }

  accept(v: LinkView, o: OfferView): Promise<void> {
    return this.run(
      () => this.rest.acceptOffer(v.id, o.id),
      t('links.isShared', { channel: o.channel, site: v.site }),
    )
  }

  async decline(v: LinkView, o: OfferView): Promise<void> {
    const sure = await this.shell.confirm({
      title: t('links.declineTitle', { site: v.site }),
      text: t('links.declineText', { channel: o.channel, site: v.site }),
      action: t('links.decline'),
    })
    if (sure)
      await this.run(() => this.rest.declineOffer(v.id, o.id), t('links.declined', { channel: o.channel }))
  }

  async unshare(v: LinkView, channel: string): Promise<void> {
    const sure = await this.shell.confirm({
      title: t('links.stopTitle', { channel }),
      text: t('links.stopText', { site: v.site }),
      action: t('links.stop'),
    })
    if (sure) await this.run(() => this.rest.unshare(v.id, { channel }), t('links.stopped', { channel }))
  }

  async unshareAll(v: LinkView): Promise<void> {
    const sure = await this.shell.confirm({
      title: t('links.stopAllTitle', { site: v.site }),
      text: t('links.stopAllText'),
      action: t('links.stopAll'),
    })
    if (sure)
      await this.run(() => this.rest.unshare(v.id, { all: true }), t('links.stoppedAll', { site: v.site }))
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
