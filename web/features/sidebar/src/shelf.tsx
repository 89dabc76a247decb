import { draftPlaces } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { Badge, Icon } from '@fieldpost/ui'
import { useComputed } from '@preact/signals'

/** The lists above the channels; those that are empty are not there. */
export function Shelf({ teamId, onGo }: { teamId: string; onGo: () => void }) {
  const shell = useShell()
  const store = useStore()
  const { threads, scheduled } = shell.client
  const news = threads.of(teamId).totals.value
  const drafts = useComputed(
    // What is being written right now is no draft yet.
    () => draftPlaces(store, teamId).filter(d => d.key !== store.current.value).length,
  ).value
  const planned = scheduled.items.value.length
  const entries = [
    { page: 'threads', title: 'Threads', icon: 'threads', unread: news.threads > 0, note: '' },
    ...(drafts > 0
      ? [{ page: 'drafts', title: 'Drafts', icon: 'pen', unread: false, note: String(drafts) } as const]
      : []),
    { page: 'saved', title: 'Saved', icon: 'bookmark', unread: false, note: '' },
    ...(planned > 0
      ? [
          {
            page: 'scheduled_posts',
            title: 'Scheduled',
            icon: 'calendar',
            unread: false,
            note: String(planned),
          } as const,
        ]
      : []),
  ] as const
  return (
    <ul class="shelf" aria-label="Lists">
      {entries.map(x => {
        const path = `/${shell.team()}/${x.page}`
        return (
          <li key={x.page}>
            <a
              class={x.unread ? 'chan unread' : 'chan'}
              href={path}
              aria-current={shell.page() === x.page ? 'page' : undefined}
              onClick={e => {
                if (e.ctrlKey || e.metaKey || e.shiftKey) return
                e.preventDefault()
                shell.go(path)
                onGo()
              }}
            >
              <Icon name={x.icon} />
              <span class="grow cut">{x.title}</span>
              {x.unread && <span class="vh">, unread</span>}
              {x.note && <small>{x.note}</small>}
              {x.page === 'threads' && (
                <Badge count={news.mentions} label={`${news.mentions} mentions in threads`} />
              )}
            </a>
          </li>
        )
      })}
    </ul>
  )
}
