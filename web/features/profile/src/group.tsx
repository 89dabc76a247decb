/** Who is mentioned by a group's name. */

import type { User } from '@fieldpost/api'
import { displayName } from '@fieldpost/core'
import { explain, Face, GuestMark, useShell } from '@fieldpost/parts'
import { Button, Icon, Pop } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useEffect, useState } from 'preact/hooks'

export function GroupCard({ name, anchor, onClose }: { name: string; anchor: Element; onClose: () => void }) {
  const shell = useShell()
  const { client } = shell
  const group = client.groups.of(name.toLowerCase())
  const [people, setPeople] = useState<readonly User[] | undefined>(undefined)
  const [count, setCount] = useState(group?.member_count ?? 0)
  const [wrong, setWrong] = useState('')
  useEffect(() => {
    if (!group) return
    client.groups.members(group.id).then(
      m => {
        setPeople(m.people)
        setCount(m.count)
      },
      (e: unknown) => setWrong(explain(e)),
    )
  }, [group?.id])
  if (!group) return null
  return (
    <Pop anchor={anchor} label={t('card.group', { name: group.display_name })} onClose={onClose}>
      <div class="profile">
        <div class="top">
          <span class="groupface">
            <Icon name="people" />
          </span>
          <div class="grow">
            <h3 class="cut">{group.display_name}</h3>
            <small>
              <bdi>@{group.name}</bdi> · {t('card.people', { count })}
            </small>
          </div>
        </div>
        {group.description && <p>{group.description}</p>}
        {wrong && <p role="alert">{wrong}</p>}
        {!people && !wrong && <span class="spin" role="status" aria-label={t('common.loading')} />}
        {people && (
          <ul class="members scroll" aria-label={t('card.inGroup')} tabIndex={0}>
            {people.map(u => (
              <li key={u.id}>
                <Face user={u.id} size="1.6rem" />
                <span class="grow cut">
                  {displayName(u)} <small>@{u.username}</small>
                </span>
                <GuestMark user={u} />
              </li>
            ))}
          </ul>
        )}
        <Button
          onClick={() => {
            onClose()
            shell.go(`/${shell.team()}/groups?q=${group.id}`)
          }}
        >
          <Icon name="people" /> {t('card.openGroup')}
        </Button>
      </div>
    </Pop>
  )
}
