/** Says that there are new messages above the view, and where they begin. */
import { timeText } from '@fieldpost/core'
import { Icon, IconButton } from '@fieldpost/ui'

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
        <span>
          {count === 1 ? '1 new message' : `${count} new messages`} since {timeText(since)}
        </span>
      </button>
      <IconButton small icon="close" label="Stay here" onClick={onDismiss} />
    </div>
  )
}
