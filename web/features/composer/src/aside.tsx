/** What was put aside where two devices wrote apart: it is taken back, or thrown away, by whoever wrote it. */

import { useShell } from '@fieldpost/parts'
import { Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words'

export function Aside({ draft, texts }: { draft: string; texts: readonly string[] }) {
  const { client } = useShell()
  if (texts.length === 0) return null
  return (
    <ul class="aside" aria-label={t('write.alsoBegun')}>
      {texts.map(text => (
        <li key={text}>
          <Icon name="pen" />
          <span class="grow cut" title={text}>
            {t('write.alsoBegunText', { text })}
          </span>
          <button type="button" class="textlink" onClick={() => client.drafts.resolve(draft, text, true)}>
            {t('write.addHere')}
          </button>
          <button type="button" class="textlink" onClick={() => client.drafts.resolve(draft, text, false)}>
            {t('write.discardIt')}
          </button>
        </li>
      ))}
    </ul>
  )
}
