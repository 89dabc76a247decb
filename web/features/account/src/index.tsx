/** One's own account: what others see, how one is told, who gets in and by what. */

import { mayHaveTokens } from '@fieldpost/core/account'
import { useShell, useStore } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
import type { Key } from '@fieldpost/words'
import { t } from '@fieldpost/words/far'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Apps } from './apps.tsx'
import { Device } from './device.tsx'
import { Factor } from './factor.tsx'
import { OwnProfile } from './profile.tsx'
import { Sessions } from './sessions.tsx'
import { Tokens } from './tokens.tsx'
import './account.css'

export { Consent } from './consent.tsx'
export { AskQuiet, SayStatus } from './status.tsx'

export type AccountPage = 'profile' | 'notifications' | 'display' | 'reading' | 'security'

const PAGES = [
  { id: 'profile', title: 'account.profile', path: '/account_settings/profile' },
  { id: 'notifications', title: 'me.notifications', path: '/account_settings/notifications' },
  { id: 'display', title: 'look.title', path: '/account_settings/display' },
  { id: 'reading', title: 'habit.title', path: '/account_settings/reading' },
  { id: 'security', title: 'do.account', path: '/account_settings' },
] as const satisfies readonly { id: AccountPage; title: Key; path: string }[]

/** `children` is what the pages of notifications, of the display and of reading show, which are features of their own. */
export default function Account({ page, children }: { page: AccountPage; children?: ComponentChildren }) {
  const shell = useShell()
  const store = useStore()
  const { client } = shell
  // What an app that was taken back held is no session any more.
  const [ended, setEnded] = useState(0)
  const forced = client.mustSetUp.value
  const at = forced ? 'security' : page
  const config = store.config.value
  const me = store.me.value
  const here = PAGES.find(x => x.id === at)
  // How it looks and reads can be changed without the server, and says so itself.
  const offline = store.link.value === 'offline' && !forced && at !== 'display' && at !== 'reading'
  const link = (path: string) => (e: MouseEvent) => {
    if (e.ctrlKey || e.metaKey || e.shiftKey) return
    e.preventDefault()
    shell.go(path)
  }
  return (
    <main class="account scroll">
      <div>
        <header>
          {forced ? (
            <Button look="quiet" onClick={() => void client.logout()}>
              <Icon name="out" /> {t('entry.logOut')}
            </Button>
          ) : (
            <a class="back" href="/" onClick={link('/')}>
              <Icon name="back" /> {t('common.back')}
            </a>
          )}
          <h1>{here && t(here.title)}</h1>
          <p>{t('account.signedInAs', { name: me?.username ?? '' })}</p>
        </header>
        {!forced && (
          <nav class="tabs" aria-label={t('side.settings')}>
            {PAGES.map(x => (
              <a
                key={x.id}
                href={x.path}
                aria-current={x.id === at ? 'page' : undefined}
                onClick={link(x.path)}
              >
                {t(x.title)}
              </a>
            ))}
          </nav>
        )}
        {forced && (
          <p class="demand" role="status">
            <Icon name="shield" /> {t('acc.demand')}
          </p>
        )}
        {offline && (
          <p class="demand" role="status">
            <Icon name="offline" /> {t('acc.offline')}
          </p>
        )}
        {at === 'profile' && <OwnProfile />}
        {(at === 'notifications' || at === 'display' || at === 'reading') && children}
        {at === 'security' && (
          <>
            {config['EnableMultifactorAuthentication'] !== 'false' && <Factor />}
            {!forced && <Device />}
            {!forced && <Sessions key={`sessions${ended}`} />}
            {!forced && config['EnableOAuthServiceProvider'] === 'true' && (
              <Apps onChange={() => setEnded(n => n + 1)} />
            )}
            {!forced && config['EnableUserAccessTokens'] === 'true' && mayHaveTokens(me) && <Tokens />}
          </>
        )}
      </div>
    </main>
  )
}
