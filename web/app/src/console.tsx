/** The administration console: a frame with a page for each subject. */

import { isAdmin } from '@fieldpost/core'
import { Links } from '@fieldpost/links'
import { useShell, useStore } from '@fieldpost/parts'
import { Button, Icon, type IconName } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import type { ComponentType } from 'preact'
import './console.css'

interface Page {
  path: string
  title: 'links.title'
  icon: IconName
  Body: ComponentType
}

const PAGES: readonly [Page, ...Page[]] = [
  { path: '/admin_console/links', title: 'links.title', icon: 'sites', Body: Links },
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
          <h1>{t('links.forAdmins')}</h1>
          <p>{t('links.forAdminsText')}</p>
          <Button look="primary" onClick={() => shell.go('/', true)}>
            {t('links.back')}
          </Button>
        </div>
      </main>
    )
  return (
    <div class="console">
      <nav aria-label={t('app.administration')}>
        <a
          class="back"
          href="/"
          onClick={e => {
            if (e.ctrlKey || e.metaKey || e.shiftKey) return
            e.preventDefault()
            shell.go('/')
          }}
        >
          <Icon name="back" /> <span>{t('common.back')}</span>
        </a>
        <p class="title">{t('app.administration')}</p>
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
                <Icon name={p.icon} /> <span class="cut">{t(p.title)}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main class="scroll">
        {offline && (
          <p class="away" role="status">
            <Icon name="offline" /> {t('links.away')}
          </p>
        )}
        <page.Body />
      </main>
    </div>
  )
}
