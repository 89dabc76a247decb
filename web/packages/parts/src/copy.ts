import { t } from '@fieldpost/words'
import type { Shell } from './context.tsx'

/** Copies, and says whether it worked. Without encryption browsers offer nothing but the old way. */
export async function copyText(shell: Shell, text: string): Promise<void> {
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(text)
    else {
      const area = document.createElement('textarea')
      area.value = text
      ;(document.querySelector('dialog[open]') ?? document.body).append(area)
      area.select()
      const done = document.execCommand('copy')
      area.remove()
      if (!done) throw new Error('not allowed')
    }
    shell.client.notice(t('common.copied'))
  } catch {
    shell.client.notice(t('common.notCopied'), 'error')
  }
}
