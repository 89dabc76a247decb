/** People in lists: who they are, and what is special about their accounts. */
import type { User } from '@fieldpost/api'
import { displayName, isGuestAccount, officeOf, siteOf } from '@fieldpost/core'
import { useShell } from '@fieldpost/parts'
import { Avatar } from '@fieldpost/ui'
import type { ComponentChildren } from 'preact'
import { Chip, Go } from './desk.tsx'
import { t } from './words.ts'

export function Marks({ user }: { user: User }) {
  const office = officeOf(user)
  const site = siteOf(user)
  return (
    <>
      {user.delete_at > 0 && <Chip look="off" text={t('people.deactivated')} />}
      {office && <Chip look="on" text={t(`role.${office}`)} />}
      {isGuestAccount(user) && <Chip text={t('people.guest')} />}
      {user.is_bot && <Chip text={t('people.bot')} />}
      {site && <Chip text={t('people.ofSite', { site })} />}
    </>
  )
}

export function PersonRow({ user, children }: { user: User; children?: ComponentChildren }) {
  const { client } = useShell()
  const name = displayName(user)
  return (
    <li>
      <Avatar name={name} seed={user.id} size="2rem" picture={client.rest.faceUrl(user)} />
      <span class="grow">
        <Go class="name" to={`/admin/users/${user.id}`}>
          {name}
        </Go>
        <small>
          <bdi>@{user.username}</bdi>
          {user.email && (
            <>
              {' · '}
              <bdi>{user.email}</bdi>
            </>
          )}
        </small>
      </span>
      <span class="marks">
        <Marks user={user} />
      </span>
      {children}
    </li>
  )
}
