/** Files that carry what a link would: written for a site, and taken in. */
import type { LinkView } from '@fieldpost/core/links'
import { Button, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useId, useRef, useState } from 'preact/hooks'
import type { Deeds } from './deeds.ts'

/** The bundles of one link, and a way to write another. */
export function Bundles({ view, deeds }: { view: LinkView; deeds: Deeds }) {
  const id = useId()
  const [busy, setBusy] = useState(false)
  const write = async () => {
    setBusy(true)
    await deeds.writeBundle(view)
    setBusy(false)
  }
  return (
    <section aria-labelledby={id}>
      <div class="sharing">
        <h3 id={id} class="grow">
          {t('links.bundles')}
        </h3>
        <Button disabled={busy} onClick={() => void write()}>
          <Icon name="down" /> {busy ? t('links.writingBundle') : t('links.writeBundle')}
          <span class="vh"> {t('links.with', { site: view.site })}</span>
        </Button>
      </div>
      <p class="hint">{t('links.bundlesText', { site: view.site })}</p>
      {view.bundles.length > 0 && (
        <ul class="shares">
          {view.bundles.map(b => (
            <li key={b.key} data-bundle={b.key}>
              <span class="grow">
                {b.title} <small>{b.detail}</small>
              </span>
              <span class="step">
                <Icon name={b.arrived ? 'check' : 'clock'} /> {b.state}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** Takes in a bundle of whichever site. */
export function TakeBundle({ deeds }: { deeds: Deeds }) {
  const input = useRef<HTMLInputElement>(null)
  const [sent, setSent] = useState<number>()
  const take = async (file: File | undefined) => {
    if (!file) return
    setSent(0)
    await deeds.takeBundle(file, setSent)
    setSent(undefined)
  }
  const busy = sent !== undefined
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".fpbundle,application/octet-stream"
        hidden
        aria-label={t('links.takeBundle')}
        onChange={e => {
          const file = e.currentTarget.files?.[0]
          e.currentTarget.value = ''
          void take(file)
        }}
      />
      <Button disabled={busy} onClick={() => input.current?.click()}>
        <Icon name="file" />{' '}
        {busy ? t('links.takingBundle', { percent: `${Math.round(sent * 100)} %` }) : t('links.takeBundle')}
      </Button>
    </>
  )
}
