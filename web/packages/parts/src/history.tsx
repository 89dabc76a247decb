/** What a message said before it was edited, what each edit changed, and the way back. */

import { MessagesRest, type Post } from '@fieldpost/api'
import { momentText, type Version, versions } from '@fieldpost/core'
import { Button, Dialog } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useState } from 'preact/hooks'
import { useShell, useStore } from './context.tsx'
import { explain } from './explain.ts'
import './post-extras.css'

function Changes({ version }: { version: Version }) {
  return (
    <p class="changes">
      {version.pieces.map((p, i) =>
        p.kind === 'same' ? (
          <span key={i}>{p.text}</span>
        ) : p.kind === 'gone' ? (
          <del key={i}>{p.text}</del>
        ) : (
          <ins key={i}>{p.text}</ins>
        ),
      )}
    </p>
  )
}

export default function History({ post, onClose }: { post: Post; onClose: () => void }) {
  const { client } = useShell()
  const store = useStore()
  const [rest] = useState(() => new MessagesRest(client.rest))
  const [before, setBefore] = useState<readonly Post[] | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState('')
  useEffect(() => {
    rest.history(post.id).then(setBefore, (e: unknown) => setWrong(explain(e)))
  }, [rest, post.id])
  const restore = async (version: string) => {
    if (busy) return
    setBusy(version)
    try {
      store.putPosts([await rest.restore(post.id, version)])
      client.notice(t('history.back'))
      onClose()
    } catch (e) {
      setWrong(explain(e))
      setBusy('')
    }
  }
  return (
    <Dialog title={t('history.title')} onClose={onClose}>
      {wrong && (
        <p class="trouble" role="alert">
          {wrong}
        </p>
      )}
      {!before && !wrong && <span class="spin" role="status" aria-label={t('common.loading')} />}
      {before && (
        <ol class="versions">
          {versions(post, before).map((v, i, all) => (
            <li key={v.id}>
              <header>
                <b>
                  {i === 0
                    ? t('history.now')
                    : i === all.length - 1
                      ? t('history.first')
                      : t('history.earlier')}
                </b>
                <time class="grow" dateTime={new Date(v.at).toISOString()}>
                  {momentText(v.at)}
                </time>
                {v.id && (
                  <Button busy={busy === v.id} onClick={() => void restore(v.id)}>
                    {t('history.restore')}
                  </Button>
                )}
              </header>
              <Changes version={v} />
            </li>
          ))}
        </ol>
      )}
    </Dialog>
  )
}
