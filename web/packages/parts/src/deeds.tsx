/** What was done to a message and the server has not heard, or would not hear. */

import { refusalText } from '@fieldpost/core'
import { Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useShell, useStore } from './context.tsx'
import './deeds.css'

/** `onEdit` opens the editor with a text that was refused. */
export function Deeds({ post, onEdit }: { post: string; onEdit: (text: string) => void }) {
  const { client } = useShell()
  const store = useStore()
  const offline = store.link.value === 'offline'
  const drop = (key: string) => void client.deeds.drop(key)
  return (
    <>
      {store.deedsOf(post).map(d => {
        const { act } = d
        if (d.refused)
          return (
            <div key={d.key} class="unsent bad" role="alert">
              <Icon name="warn" /> {refusalText(d)}
              {act.do === 'edit' && (
                <>
                  <q>{act.message}</q>
                  <button type="button" class="textlink" onClick={() => onEdit(act.message)}>
                    {t('post.editAgain')}
                  </button>
                </>
              )}
              <button type="button" class="textlink" onClick={() => drop(d.key)}>
                {t('common.dismiss')}
              </button>
            </div>
          )
        if (act.do !== 'edit' || !offline) return null
        return (
          <div key={d.key} class="unsent">
            <Icon name="clock" /> {t('post.editedHere')}
            <button type="button" class="textlink" onClick={() => drop(d.key)}>
              {t('common.undo')}
            </button>
          </div>
        )
      })}
    </>
  )
}
