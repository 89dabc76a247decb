/** Says that there are new messages above the view, and where they begin. */

import { timeText } from '@fieldpost/core'
import { Icon, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words'

export function NewsToast({
  count,
  since,
  onJump,
  onDismiss,
}: {
  count: number
  since: number
  onJump: () => void
  onDismiss: () => void
}) {
  return (
    <div class="newstoast" role="status">
      <button type="button" onClick={onJump}>
        <Icon name="up" />
        <span>{t('line.newSince', { count, time: timeText(since) })}</span>
      </button>
      <IconButton small icon="close" label={t('line.stay')} onClick={onDismiss} />
    </div>
  )
}
