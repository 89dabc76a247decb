/** Files that are dropped or pasted anywhere on a conversation. */

import type { Chosen } from '@fieldpost/core'
import { useShell } from '@fieldpost/parts'
import { t } from '@fieldpost/words'
import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'

const carriesFiles = (e: DragEvent): boolean => e.dataTransfer?.types.includes('Files') ?? false

const chosen = (file: File): Chosen => ({
  file,
  picture: file.type.startsWith('image/') && file.type !== 'image/svg+xml' ? URL.createObjectURL(file) : '',
})

/** Files that stand for themselves, not the picture that some programs add to a text. */
function pastedFiles(e: ClipboardEvent): readonly File[] {
  const data = e.clipboardData
  return !data || data.types.includes('text/plain') ? [] : [...data.files]
}

/** Whether a paste is meant for this conversation: nothing else that takes text has the focus. */
function meant(target: EventTarget | null, place: Element, main: boolean): boolean {
  if (!(target instanceof Element)) return main
  if (target.closest('dialog, [popover]')) return false
  return place.contains(target) || (main && target === document.body)
}

/** Takes what is dropped or pasted on the conversation around `inside`. Answers how files are added by hand. */
export function useFiles(
  draft: string,
  inside: RefObject<HTMLElement | null>,
): (files: Iterable<File>) => void {
  const { uploads } = useShell().client
  const add = (files: Iterable<File>) => uploads.add(draft, [...files].map(chosen))

  useEffect(() => {
    const place = inside.current?.closest<HTMLElement>('main, aside')
    if (!place) return
    // Going from one element to the next, one is entered before the other is left.
    let depth = 0
    const mark = () => {
      if (depth > 0) place.dataset['drop'] = t('write.drop')
      else delete place.dataset['drop']
    }
    const onEnter = (e: DragEvent) => {
      if (!carriesFiles(e)) return
      depth++
      mark()
    }
    const onLeave = (e: DragEvent) => {
      if (!carriesFiles(e)) return
      depth = Math.max(0, depth - 1)
      mark()
    }
    const onOver = (e: DragEvent) => {
      if (carriesFiles(e)) e.preventDefault()
    }
    const onDrop = (e: DragEvent) => {
      depth = 0
      mark()
      if (!carriesFiles(e)) return
      e.preventDefault()
      add(e.dataTransfer?.files ?? [])
    }
    const onPaste = (e: ClipboardEvent) => {
      const files = pastedFiles(e)
      if (files.length === 0 || !meant(e.target, place, place.localName === 'main')) return
      e.preventDefault()
      add(files)
    }
    place.addEventListener('dragenter', onEnter)
    place.addEventListener('dragleave', onLeave)
    place.addEventListener('dragover', onOver)
    place.addEventListener('drop', onDrop)
    document.addEventListener('paste', onPaste)
    return () => {
      depth = 0
      mark()
      place.removeEventListener('dragenter', onEnter)
      place.removeEventListener('dragleave', onLeave)
      place.removeEventListener('dragover', onOver)
      place.removeEventListener('drop', onDrop)
      document.removeEventListener('paste', onPaste)
    }
  }, [draft])

  return add
}
