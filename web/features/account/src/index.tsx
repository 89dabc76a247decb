/** One's own account: who gets in, and by what. */
import { mayHaveTokens } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
import { Factor } from './factor.tsx'
import { Sessions } from './sessions.tsx'
import { Tokens } from './tokens.tsx'
import './account.css'

export { AskQuiet, SayStatus } from './status.tsx'

export default function Account() {
  const shell = useShell()
  const store = useStore()
  const { client } = shell
  const forced = client.mustSetUp.value
  const config = store.config.value
  const me = store.me.value
  const offline = store.link.value === 'offline' && !forced
  return (
    <main class="account scroll">
      <div>
        <header>
          {forced ? (
            <Button look="quiet" onClick={() => void client.logout()}>
              <Icon name="out" /> Log out
            </Button>
          ) : (
            <a
              class="back"
              href="/"
              onClick={e => {
                if (e.ctrlKey || e.metaKey || e.shiftKey) return
                e.preventDefault()
                shell.go('/')
              }}
            >
              <Icon name="back" /> Conversations
            </a>
          )}
          <h1>Account and security</h1>
          <p>Signed in as @{me?.username}</p>
        </header>
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
        {config['EnableMultifactorAuthentication'] !== 'false' && <Factor />}
        {!forced && <Sessions />}
        {!forced && config['EnableUserAccessTokens'] === 'true' && mayHaveTokens(me) && <Tokens />}
      </div>
    </main>
  )
}
