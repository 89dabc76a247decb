/** What is done about a link: asked where it matters, carried out, told, and seen at once. */

import type { Budget, FilePolicy, LinkCurve, LinkRest, LinkSpan, Shareable } from '@fieldpost/api'
import { sizeText } from '@fieldpost/core'
import { ACTIONS, type LinkAction, type LinkBook, type LinkView, type OfferView } from '@fieldpost/core/links'
import { explain, type Shell } from '@fieldpost/parts'
import { numberText } from '@fieldpost/words'
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

  /** How a link was. */
  curve = (v: LinkView, span: LinkSpan): Promise<LinkCurve> => this.rest.curve(v.id, span)

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

  /** Lets a site only read a channel, or write in it again. */
  async setWrites(v: LinkView, channel: string, writes: boolean): Promise<void> {
    if (writes)
      return this.run(() => this.rest.letWrite(v.id, channel), t('links.writes', { channel, site: v.site }))
    const sure = await this.shell.confirm({
      title: t('links.letReadTitle', { channel, site: v.site }),
      text: t('links.letReadText'),
      action: t('links.letRead'),
    })
    if (sure)
      await this.run(() => this.rest.letRead(v.id, channel), t('links.onlyReads', { channel, site: v.site }))
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

  /** Answers what went wrong, or nothing. */
  async setBudget(v: LinkView, budget: Budget): Promise<string> {
    try {
      await this.rest.setBudget(v.id, budget)
    } catch (e) {
      return explain(e)
    }
    this.shell.client.notice(t('links.budgetSet', { site: v.site }))
    await this.book.refresh()
    return ''
  }

  /** Answers what went wrong, or nothing. */
  async setFiles(v: LinkView, policy: FilePolicy): Promise<string> {
    try {
      await this.rest.setFiles(v.id, policy)
    } catch (e) {
      return explain(e)
    }
    this.shell.client.notice(t('links.filesSet', { site: v.site }))
    await this.book.refresh()
    return ''
  }

  allowDirect(v: LinkView): Promise<void> {
    return this.run(() => this.rest.allowDirect(v.id), t('links.directAllowed', { site: v.site }))
  }

  async endDirect(v: LinkView): Promise<void> {
    const sure = await this.shell.confirm({
      title: t('links.directEndTitle', { site: v.site }),
      text: t('links.directEndText'),
      action: t('links.directEnd'),
    })
    if (sure) await this.run(() => this.rest.endDirect(v.id), t('links.directEnded', { site: v.site }))
  }

  /** Has a bundle written, and gives it to the reader as a file. */
  async writeBundle(v: LinkView): Promise<void> {
    try {
      const bundle = await this.rest.writeBundle(v.id)
      save(bundle, `${v.site}-${new Date().toISOString().slice(0, 16).replaceAll(/[-:]/g, '')}.fpbundle`)
      this.shell.client.notice(t('links.bundleWritten', { site: v.site, size: sizeText(bundle.size) }))
    } catch (e) {
      this.shell.client.notice(explain(e), 'error')
    }
    await this.book.refresh()
  }

  async takeBundle(file: File, onSent: (fraction: number) => void): Promise<void> {
    try {
      const taken = await this.rest.takeBundle(file, sent => onSent(file.size ? sent / file.size : 1))
      if (taken) {
        const said = { site: taken.site, fresh: numberText(taken.new_changes) }
        const isNew = taken.new_changes + taken.files > 0
        this.shell.client.notice(t(taken.again && !isNew ? 'links.bundleAgain' : 'links.bundleTaken', said))
      }
    } catch (e) {
      this.shell.client.notice(explain(e), 'error')
    }
    await this.book.refresh()
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

/** Gives the reader a file under a name. */
function save(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
