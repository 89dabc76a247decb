/** The administration console: a frame with a page for each subject. */
import { isAdmin } from '@fieldpost/core'
import { Links } from '@fieldpost/links'
import { useShell, useStore } from '@fieldpost/parts'
import { Button, Icon, type IconName } from '@fieldpost/ui'
import type { ComponentType } from 'preact'
import './console.css'

interface Page {
  path: string
  title: string
  icon: IconName
  Body: ComponentType
}

const PAGES: readonly [Page, ...Page[]] = [
  { path: '/admin_console/links', title: 'Links to other sites', icon: 'sites', Body: Links },
]

export default function Console() {
  const shell = useShell()
  const store = useStore()
  const offline = store.link.value === 'offline'
  const page = PAGES.find(p => p.path === location.pathname) ?? PAGES[0]
  if (!isAdmin(store.me.value))
    return (
      <main class="empty splash">
        <div class="empty">
          <Icon name="lock" />
          <h1>For system administrators</h1>
          <p>Your account does not administer this site.</p>
          <Button look="primary" onClick={() => shell.go('/', true)}>
            Back to the conversations
          </Button>
        </div>
      </main>
    )
  return (
    <div class="console">
      <nav aria-label="Administration">
        <a
          class="back"
          href="/"
          onClick={e => {
            if (e.ctrlKey || e.metaKey || e.shiftKey) return
            e.preventDefault()
            shell.go('/')
          }}
        >
          <Icon name="back" /> <span>Conversations</span>
        </a>
        <p class="title">Administration</p>
        <ul>
          {PAGES.map(p => (
            <li key={p.path}>
              <a
                class="entry"
                href={p.path}
                aria-current={p === page ? 'page' : undefined}
                onClick={e => {
                  if (e.ctrlKey || e.metaKey || e.shiftKey) return
                  e.preventDefault()
                  shell.go(p.path)
                }}
              >
                <Icon name={p.icon} /> <span class="cut">{p.title}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main class="scroll">
        {offline && (
          <p class="away" role="status">
            <Icon name="offline" /> The server is out of reach. This is what it said last.
          </p>
        )}
        <page.Body />
      </main>
    </div>
  )
}
