/** What a team has beside its conversations, each fetched when it is first opened. */
import { Composer } from '@fieldpost/composer'
import type { Client } from '@fieldpost/core'
import { later, type Shell } from '@fieldpost/parts'
import { ThreadPane } from '@fieldpost/thread'
import { IconButton } from '@fieldpost/ui'
import type { ComponentType } from 'preact'
import type { PageName } from './address.ts'
import { Connection } from './room.tsx'
import { route } from './router.ts'

interface PageProps {
  teamId: string
  /** What the address asks for. */
  query: string
  /** The thread that is open beside the page. */
  thread: string
}

const waiting = <span class="spin page-wait" role="status" aria-label="Loading" />
const inbox = () => import('@fieldpost/inbox')

const PAGES: Record<PageName, { title: string; Body: ComponentType<PageProps> }> = {
  threads: {
    title: 'Threads',
    Body: later<PageProps>(async () => ({ default: (await inbox()).Threads }), waiting),
  },
  drafts: {
    title: 'Drafts',
    Body: later<PageProps>(async () => ({ default: (await inbox()).Drafts }), waiting),
  },
  scheduled_posts: {
    title: 'Scheduled',
    Body: later<PageProps>(async () => ({ default: (await inbox()).ScheduledPosts }), waiting),
  },
  saved: { title: 'Saved messages', Body: later<PageProps>(() => import('@fieldpost/saved'), waiting) },
  search: { title: 'Search', Body: later<PageProps>(() => import('@fieldpost/search'), waiting) },
  integrations: {
    title: 'Integrations',
    Body: later<PageProps>(() => import('@fieldpost/integrations'), waiting),
  },
}

export const pageTitle = (name: PageName): string => PAGES[name].title

export function Page({ client, shell, onMenu }: { client: Client; shell: Shell; onMenu: () => void }) {
  const r = route.value
  if (r.at !== 'page') return null
  const { title, Body } = PAGES[r.page]
  return (
    <>
      <main class="room">
        <header>
          <IconButton extra="only-narrow" icon="menu" label="Channels" onClick={onMenu} />
          <h1 class="cut">{title}</h1>
        </header>
        <Connection client={client} />
        <Body key={r.page} teamId={shell.teamId()} query={r.query} thread={r.thread} />
      </main>
      {r.thread && (
        <ThreadPane
          key={r.thread}
          root={r.thread}
          composer={c => <Composer channel={c} root={r.thread} placeholder="Reply in this thread" />}
        />
      )}
    </>
  )
}
