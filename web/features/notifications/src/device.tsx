/** Whether this browser may show notifications: asked for by a press, never by itself. */
import { explain, useShell } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
import { useEffect, useState } from 'preact/hooks'
import { Check } from './choices.tsx'

/** Where this device keeps that it is to stay silent. */
const SILENT = 'fieldpost.silent'

type Permission = 'default' | 'granted' | 'denied' | 'none'

const permission = (): Permission =>
  'Notification' in globalThis && isSecureContext ? Notification.permission : 'none'

function words(p: Permission): string {
  if (p === 'granted') return 'This browser may show notifications of Fieldpost.'
  if (p === 'denied')
    return 'This browser refuses notifications of this address. Only you can change that: open what the browser says about this site, beside the address, and allow them there.'
  if (p === 'default') return 'This browser asks you once whether Fieldpost may show notifications.'
  return isSecureContext
    ? 'This browser shows no notifications. New messages are counted in the title of the window.'
    : 'Notifications need an encrypted address (https). New messages are counted in the title of the window.'
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
      () => client.notice('The server writes to you now. Look at another conversation to see it told.'),
      (e: unknown) => client.notice(explain(e), 'error'),
    )
  return (
    <section aria-labelledby="device">
      <h2 id="device">
        This device{' '}
        <span class={may === 'granted' && !silent ? 'chip on' : 'chip'}>
          {may === 'granted' && !silent ? 'on' : 'off'}
        </span>
      </h2>
      <p class={may === 'denied' ? 'demand' : ''} role="status">
        {may === 'denied' && <Icon name="bellOff" />}
        <span>{words(may)}</span>
      </p>
      {may === 'default' && (
        <div class="row">
          <Button look="primary" onClick={() => void ask()}>
            <Icon name="bell" /> Allow notifications
          </Button>
        </div>
      )}
      {may === 'granted' && (
        <>
          <Check label="Show them on this device" checked={!silent} onChange={yes => quiet(!yes)} />
          <p>
            They are shown while this page is in the background, or another conversation is open. A press on
            one opens the message.
          </p>
          <div class="row">
            <Button onClick={() => void tryOut()}>Send one to try</Button>
          </div>
        </>
      )}
    </section>
  )
}
