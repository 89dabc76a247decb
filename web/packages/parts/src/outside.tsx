/** Says beneath a message of one's own who was named in it and is not in the channel, and offers to add them. */

import type { Id } from '@fieldpost/api'
import { channelRights, type Outside } from '@fieldpost/core'
import { Icon } from '@fieldpost/ui'
import { listText } from '@fieldpost/words'
import { t } from '@fieldpost/words/far'
import { useRef } from 'preact/hooks'
import { attempt } from './channel.ts'
import { useShell, useStore } from './context.tsx'
import './outside.css'

export default function OutsideNote({ post, outside }: { post: Id; outside: Outside }) {
  const shell = useShell()
  const store = useStore()
  const { outsiders, permissions } = shell.client
  const adding = useRef(false)
  const { near, far } = outside
  const channel = store.channels.value.get(outside.channel)
  const rights = channel && channelRights(permissions.inChannel(channel.team_id, channel.id), channel)
  const namesOf = (ids: readonly Id[]) => listText(ids.map(id => `@${store.user(id).value?.username ?? ''}`))

  const add = async () => {
    if (adding.current) return
    adding.current = true
    await attempt(shell, () => outsiders.add(post))
    adding.current = false
  }

  const dismiss = (
    <button type="button" class="textlink" onClick={() => outsiders.dismiss(post)}>
      {t('common.dismiss')}
    </button>
  )
  return (
    <div class="outside" role="status">
      <Icon name="people" />
      <div>
        {near.length > 0 && (
          <p>
            {t('post.outside', { names: namesOf(near), count: near.length })}{' '}
            {rights?.members && (
              <button type="button" class="textlink" onClick={() => void add()}>
                {t('post.bringIn')}
              </button>
            )}{' '}
            {far.length === 0 && dismiss}
          </p>
        )}
        {far.length > 0 && (
          <p>
            {t('post.outsideTeam', { names: namesOf(far), count: far.length })} {dismiss}
          </p>
        )}
      </div>
    </div>
  )
}
