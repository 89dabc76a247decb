/** One's own account: what others see, how one is told, who gets in and by what. */
import { mayHaveTokens } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
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

export type AccountPage = 'profile' | 'notifications' | 'security'

const PAGES: readonly { id: AccountPage; title: string; path: string }[] = [
  { id: 'profile', title: 'Profile', path: '/account_settings/profile' },
  { id: 'notifications', title: 'Notifications', path: '/account_settings/notifications' },
  { id: 'security', title: 'Account and security', path: '/account_settings' },
]

/** `children` is what the page of notifications shows, which is a feature of its own. */
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
  const offline = store.link.value === 'offline' && !forced
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
              <Icon name="out" /> Log out
            </Button>
          ) : (
            <a class="back" href="/" onClick={link('/')}>
              <Icon name="back" /> Conversations
            </a>
          )}
          <h1>{PAGES.find(x => x.id === at)?.title}</h1>
          <p>Signed in as @{me?.username}</p>
        </header>
        {!forced && (
          <nav class="tabs" aria-label="Settings">
            {PAGES.map(x => (
              <a
                key={x.id}
                href={x.path}
                aria-current={x.id === at ? 'page' : undefined}
                onClick={link(x.path)}
              >
                {x.title}
              </a>
            ))}
          </nav>
        )}
        {forced && (
          <p class="demand" role="status">
            <Icon name="shield" /> This server asks for a second factor. Set one up to go on.
          </p>
        )}
        {offline && (
          <p class="demand" role="status">
            <Icon name="offline" /> The server is out of reach. What is here can be changed once it is back.
          </p>
        )}
        {at === 'profile' && <OwnProfile />}
        {at === 'notifications' && children}
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
