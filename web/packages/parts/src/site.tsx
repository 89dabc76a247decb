/** Marks of what comes from another site. */

import type { User } from '@fieldpost/api'
import { fromText, isGuest, siteOf } from '@fieldpost/core'
import { Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words'

/** The site that somebody is of, to stand beside their name; nothing for people of this site. */
export function SiteMark({ user }: { user: User | undefined }) {
  const site = siteOf(user)
  if (!site) return null
  return (
    <span class="chip site" title={fromText(site)}>
      <span aria-hidden="true">{site}</span>
      <span class="vh">, {fromText(site)}</span>
    </span>
  )
}

/** Says that somebody sees only the channels they were brought into. */
export function GuestMark({ user }: { user: User | undefined }) {
  return isGuest(user) ? <span class="chip guest">{t('post.guest')}</span> : null
}

/** Says that a post came after newer ones; where from, once its row is looked at. */
export function LateMark({ site }: { site: string }) {
  return (
    <span class="chip new late" title={t('post.lateWhy')}>
      <Icon name="clock" /> {t('post.arrivedLate')}
      {site && <span class="from">{fromText(site)}</span>}
    </span>
  )
}
