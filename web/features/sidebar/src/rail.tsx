import { teamBadge } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { Avatar, Badge } from '@fieldpost/ui'

/** The teams side by side, for those who are in several. */
export function Rail({ teamId }: { teamId: string }) {
  const shell = useShell()
  const store = useStore()
  const teams = [...store.teams.value.values()]
  return (
    <div class="rail">
      {teams.map(t => {
        const b = teamBadge(store, t.id)
        return (
          <a
            key={t.id}
            href={`/${t.name}`}
            title={t.display_name}
            aria-current={t.id === teamId}
            onClick={e => {
              e.preventDefault()
              shell.go(`/${t.name}`)
            }}
          >
            <Avatar name={t.display_name} seed={t.id} size="2.4rem" />
            <span class="vh">
              {t.display_name}
              {b.mentions > 0 ? ', ' : b.unread ? ', unread' : ''}
            </span>
            {b.mentions > 0 ? (
              <Badge count={b.mentions} label={`${b.mentions} mentions`} />
            ) : b.unread && t.id !== teamId ? (
              <i class="dot" />
            ) : null}
          </a>
        )
      })}
    </div>
  )
}
