/** Who reacted to a message, by name. */

import type { Post } from '@fieldpost/api'
import { displayName, reactionGroups } from '@fieldpost/core'
import { Dialog } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useShell, useStore } from './context.tsx'
import { Face } from './face.tsx'
import { Named } from './markdown-view.tsx'
import { SiteMark } from './site.tsx'
import './post-extras.css'

export default function Reacted({ post, onClose }: { post: Post; onClose: () => void }) {
  const { client } = useShell()
  const store = useStore()
  const groups = reactionGroups(post, store.me.value?.id ?? '')
  return (
    <Dialog title={t('post.reactions')} onClose={onClose}>
      <div class="reacted">
        {groups.map(g => (
          <section key={g.emoji} aria-label={g.emoji.replaceAll('_', ' ')}>
            <h3>
              <Named name={g.emoji} picture={n => client.emojis.picture(n)} />
              <span>
                {g.emoji.replaceAll('_', ' ')} · {g.count}
              </span>
            </h3>
            <ul>
              {g.users.map(u => (
                <li key={u}>
                  <Face user={u} size="1.6rem" />
                  <span class="cut">{displayName(store.user(u).value)}</span>
                  <SiteMark user={store.user(u).value} />
                </li>
              ))}
            </ul>
          </section>
        ))}
        {groups.length === 0 && <p>{t('post.noReactions')}</p>}
      </div>
    </Dialog>
  )
}
