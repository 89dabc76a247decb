/** What was begun and not sent. */

import { channelPath, channelTitle, displayName, draftPlaces, plain } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { Icon, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useComputed } from '@preact/signals'
import { Kinds } from './kinds.tsx'
import { stepThrough } from './step.ts'

export function Drafts({ teamId }: { teamId: string }) {
  const shell = useShell()
  const store = useStore()
  const places = useComputed(() => draftPlaces(store, teamId)).value
  const discard = async (key: string, text: string) => {
    const sure = await shell.confirm({
      title: t('inbox.discardTitle'),
      text: plain(text).slice(0, 160),
      action: t('common.discard'),
      danger: true,
    })
    if (sure) shell.client.drafts.clear(key)
  }
  return (
    <div class="inbox">
      <Kinds at="drafts" />
      <div class="scroll" tabIndex={-1} onKeyDown={stepThrough}>
        {places.length === 0 ? (
          <div class="empty">
            <Icon name="pen" />
            <h2>{t('inbox.noDrafts')}</h2>
            <p>{t('inbox.draftsText')}</p>
          </div>
        ) : (
          <ul aria-label={t('side.drafts')}>
            {places.map(d => {
              const path = channelPath(store, shell.team(), d.channel) + (d.root ? `?thread=${d.root}` : '')
              const root = d.root ? store.post(d.root).value : undefined
              return (
                <li key={d.key} class="with-deeds">
                  <a
                    class="entry"
                    href={path}
                    onClick={e => {
                      if (e.ctrlKey || e.metaKey || e.shiftKey) return
                      e.preventDefault()
                      shell.go(path)
                    }}
                  >
                    <span class="grow">
                      <span class="line">
                        <b class="cut">{channelTitle(store, d.channel)}</b>
                        {d.root && (
                          <small class="cut">
                            {root
                              ? t('inbox.inThreadOf', { name: displayName(store.user(root.user_id).value) })
                              : t('inbox.inThread')}
                          </small>
                        )}
                      </span>
                      <span class="excerpt">{d.text.slice(0, 240)}</span>
                    </span>
                  </a>
                  <IconButton
                    icon="trash"
                    label={t('inbox.discardIn', { name: channelTitle(store, d.channel) })}
                    onClick={() => void discard(d.key, d.text)}
                  />
                </li>
              )
            })}
          </ul>
        )}
      </div>
    </div>
  )
}
