/** Marks of what comes from another site. */

import type { Post, User } from '@fieldpost/api'
import { arrivalText, fromText, isGuest, siteOf } from '@fieldpost/core'
import { Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useEffect } from 'preact/hooks'
import { useShell } from './context.tsx'

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

/**
 * Whether a message of this site is at the sites that share its channel. Of other people's it is only said while it is
 * not.
 */
export function ArrivalMark({ post, mine }: { post: Post; mine: boolean }) {
  const { client } = useShell()
  const shared = client.news.of(post.channel_id).value.length > 0
  useEffect(() => (shared ? client.arrivals.follow(post) : undefined), [client, post.id, shared])
  const sites = client.arrivals.of(post.id).value
  const arrived = sites.every(s => s.there)
  if (!shared || sites.length === 0 || (arrived && !mine)) return null
  const text = arrivalText(sites)
  return (
    <span class={arrived ? 'arrival there' : 'arrival'} role="img" aria-label={text} title={text}>
      <Icon name={arrived ? 'checks' : 'check'} />
    </span>
  )
}
