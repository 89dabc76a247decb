/** What went wrong, in words for whoever sits before it. */

import { ApiError } from '@fieldpost/api'
import { t } from '@fieldpost/words'

export const explain = (e: unknown): string => {
  if (!(e instanceof ApiError)) return t('common.wrong')
  if (e.kind === 'offline') return t('common.offlineTry')
  return e.notBuilt ? t('common.notOffered') : e.message
}
