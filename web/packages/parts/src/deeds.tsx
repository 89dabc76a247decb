/** What was done to a message and the server has not heard, or would not hear. */
import { refusalText } from '@fieldpost/core'
import { Icon } from '@fieldpost/ui'
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
                    Edit again
                  </button>
                </>
              )}
              <button type="button" class="textlink" onClick={() => drop(d.key)}>
                Dismiss
              </button>
            </div>
          )
        if (act.do !== 'edit' || !offline) return null
        return (
          <div key={d.key} class="unsent">
            <Icon name="clock" /> Edited here. It goes out when the server is back.
            <button type="button" class="textlink" onClick={() => drop(d.key)}>
              Undo
            </button>
          </div>
        )
      })}
    </>
  )
}
