/** What a team has beside its conversations, each fetched when it is first opened. */

import { Composer } from '@fieldpost/composer'
import type { Client } from '@fieldpost/core'
import { later, type Shell } from '@fieldpost/parts'
import { ThreadPane } from '@fieldpost/thread'
import { IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import type { ComponentType } from 'preact'
import type { PageName } from './address.ts'
import { Connection } from './room.tsx'
import { route } from './router.ts'
import { Writing } from './writing.tsx'

interface PageProps {
  teamId: string
  /** What the address asks for. */
  query: string
  /** The thread that is open beside the page. */
  thread: string
}

const Waiting = () => <span class="spin page-wait" role="status" aria-label={t('common.loading')} />
const waiting = <Waiting />
const inbox = () => import('@fieldpost/inbox')

type Title =
  | 'side.threads'
  | 'side.drafts'
  | 'side.scheduled'
  | 'app.savedMessages'
  | 'app.search'
  | 'app.integrations'
  | 'do.groups'

const PAGES: Record<PageName, { title: Title; Body: ComponentType<PageProps> }> = {
  threads: {
    title: 'side.threads',
    Body: later<PageProps>(async () => ({ default: (await inbox()).Threads }), waiting),
  },
  drafts: {
    title: 'side.drafts',
    Body: later<PageProps>(async () => ({ default: (await inbox()).Drafts }), waiting),
  },
  scheduled_posts: {
    title: 'side.scheduled',
    Body: later<PageProps>(async () => ({ default: (await inbox()).ScheduledPosts }), waiting),
  },
  saved: { title: 'app.savedMessages', Body: later<PageProps>(() => import('@fieldpost/saved'), waiting) },
  search: { title: 'app.search', Body: later<PageProps>(() => import('@fieldpost/search'), waiting) },
  integrations: {
    title: 'app.integrations',
    Body: later<PageProps>(() => import('@fieldpost/integrations'), waiting),
  },
  groups: {
    title: 'do.groups',
    Body: later<PageProps>(async () => {
      const part = await import('@fieldpost/user-groups')
      await part.ready()
      return part
    }, waiting),
  },
}

export const pageTitle = (name: PageName): string => t(PAGES[name].title)

export function Page({ client, shell, onMenu }: { client: Client; shell: Shell; onMenu: () => void }) {
  const r = route.value
  if (r.at !== 'page') return null
  const { title, Body } = PAGES[r.page]
  return (
    <>
      <main class="room">
        <header>
          <IconButton extra="only-narrow" icon="menu" label={t('side.channels')} onClick={onMenu} />
          <h1 class="cut">{t(title)}</h1>
        </header>
        <Connection client={client} />
        <Body key={r.page} teamId={shell.teamId()} query={r.query} thread={r.thread} />
      </main>
      {r.thread && (
        <ThreadPane
          key={r.thread}
          root={r.thread}
          composer={c => (
            <Writing channel={client.store.channels.value.get(c)} shell={shell}>
              <Composer channel={c} root={r.thread} placeholder={t('room.replyHere')} />
            </Writing>
          )}
        />
      )}
    </>
  )
}
