/** What the pages outside have in common. */

import { ApiError } from '@fieldpost/api'
import type { Client } from '@fieldpost/core'
import { explain } from '@fieldpost/parts'
import { t } from '@fieldpost/words'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import './entry.css'

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--accent)" />
      <path
        d="M11 25V7M11 8h11l-3 4 3 4H11"
        fill="none"
        stroke="var(--on-accent)"
        stroke-width="2.600"
        stroke-linejoin="round"
        stroke-linecap="round"
      />
    </svg>
  )
}

export function Door({
  client,
  title,
  lead,
  children,
  foot,
}: {
  client: Client
  title: string
  lead?: string
  children: ComponentChildren
  foot?: ComponentChildren
}) {
  return (
    <div class="door">
      <main>
        <div class="mark">
          <Logo /> {client.store.config.value['SiteName'] || 'Fieldpost'}
        </div>
        <div class="card">
          <h1>{title}</h1>
          {lead && <p class="lead">{lead}</p>}
          {client.store.link.value === 'offline' && (
            <p class="note" role="status">
              {t('entry.noAnswer')}
            </p>
          )}
          {children}
        </div>
        {foot && <div class="foot">{foot}</div>}
      </main>
    </div>
  )
}

export function useTask(): [boolean, string, (f: () => Promise<void>) => void] {
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState('')
  const run = (f: () => Promise<void>) => {
    if (busy) return
    setBusy(true)
    setWrong('')
    f()
      .catch((e: unknown) => {
        const needless = e instanceof ApiError && e.kind === 'offline'
        setWrong(needless ? t('entry.tryAgain') : explain(e))
      })
      .finally(() => setBusy(false))
  }
  return [busy, wrong, run]
}

export const Wrong = ({ text }: { text: string }) =>
  text ? (
    <p class="note bad" role="alert">
      {text}
    </p>
  ) : null

/** A link to another place of the client. */
export const Link = ({
  to,
  go,
  children,
}: {
  to: string
  go: (path: string) => void
  children: ComponentChildren
}) => (
  <a
    href={to}
    onClick={e => {
      e.preventDefault()
      go(to)
    }}
  >
    {children}
  </a>
)

export const Form = ({ onSubmit, children }: { onSubmit: () => void; children: ComponentChildren }) => (
  <form
    style={{ display: 'grid', gap: 'var(--s4)' }}
    onSubmit={e => {
      e.preventDefault()
      onSubmit()
    }}
  >
    {children}
  </form>
)
