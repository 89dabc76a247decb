import { teamBadge } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { Avatar, Badge } from '@fieldpost/ui'
import { t } from '@fieldpost/words'

/** The teams side by side, for those who are in several. */
export function Rail({ teamId }: { teamId: string }) {
  const shell = useShell()
  const store = useStore()
  const teams = [...store.teams.value.values()]
  return (
    <div class="rail">
      {teams.map(x => {
        const b = teamBadge(store, x.id)
        const mentions = t('side.mentions', { count: b.mentions })
        return (
          <a
            key={x.id}
            href={`/${x.name}`}
            title={x.display_name}
            aria-current={x.id === teamId}
            onClick={e => {
              e.preventDefault()
              shell.go(`/${x.name}`)
            }}
          >
            <Avatar name={x.display_name} seed={x.id} size="2.4rem" />
            <span class="vh">
              {x.display_name}
              {b.mentions > 0 ? ', ' : b.unread ? `, ${t('side.unread')}` : ''}
            </span>
            {b.mentions > 0 ? (
              <Badge count={b.mentions} label={mentions} />
            ) : b.unread && x.id !== teamId ? (
              <i class="dot" />
            ) : null}
          </a>
        )
      })}
    </div>
  )
}
