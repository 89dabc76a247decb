/** Whether this browser may show notifications: asked for by a press, never by itself. */

import { explain, useShell } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useState } from 'preact/hooks'
import { Check } from './choices.tsx'

/** Where this device keeps that it is to stay silent. */
const SILENT = 'fieldpost.silent'

type Permission = 'default' | 'granted' | 'denied' | 'none'

const permission = (): Permission =>
  'Notification' in globalThis && isSecureContext ? Notification.permission : 'none'

function words(p: Permission): string {
  if (p === 'granted') return t('notify.allowed')
  if (p === 'denied') return t('notify.denied')
  if (p === 'default') return t('notify.asks')
  return isSecureContext ? t('notify.cannot') : t('notify.insecure')
}

export function ThisDevice() {
  const { client } = useShell()
  const [may, setMay] = useState(permission())
  const [silent, setSilent] = useState(localStorage.getItem(SILENT) === 'yes')
  useEffect(() => {
    const look = () => setMay(permission())
    // It is changed in the browser's own settings, in another place than this page.
    addEventListener('focus', look)
    let status: PermissionStatus | undefined
    navigator.permissions?.query({ name: 'notifications' }).then(
      s => {
        status = s
        s.addEventListener('change', look)
      },
      () => {},
    )
    return () => {
      removeEventListener('focus', look)
      status?.removeEventListener('change', look)
    }
  }, [])
  const ask = async () => {
    await Notification.requestPermission()
    setMay(permission())
  }
  const quiet = (yes: boolean) => {
    setSilent(yes)
    if (yes) localStorage.setItem(SILENT, 'yes')
    else localStorage.removeItem(SILENT)
  }
  const tryOut = () =>
    client.self.tryOut().then(
      () => client.notice(t('notify.tried')),
      (e: unknown) => client.notice(explain(e), 'error'),
    )
  return (
    <section aria-labelledby="device">
      <h2 id="device">
        {t('notify.thisDevice')}{' '}
        <span class={may === 'granted' && !silent ? 'chip on' : 'chip'}>
          {may === 'granted' && !silent ? t('notify.on') : t('notify.off')}
        </span>
      </h2>
      <p class={may === 'denied' ? 'demand' : ''} role="status">
        {may === 'denied' && <Icon name="bellOff" />}
        <span>{words(may)}</span>
      </p>
      {may === 'default' && (
        <div class="row">
          <Button look="primary" onClick={() => void ask()}>
            <Icon name="bell" /> {t('notify.allow')}
          </Button>
        </div>
      )}
      {may === 'granted' && (
        <>
          <Check label={t('notify.showHere')} checked={!silent} onChange={yes => quiet(!yes)} />
          <p>{t('notify.howShown')}</p>
          <div class="row">
            <Button onClick={() => void tryOut()}>{t('notify.try')}</Button>
          </div>
        </>
      )}
    </section>
  )
}
