/** A text with the numbers of its lines, in colours where its language is known. */

import { fileBytes } from '@fieldpost/api'
import { languageOf, type Shown, sizeText, TEXT_LIMIT, textOf } from '@fieldpost/core'
import { explain, useShell } from '@fieldpost/parts'
import { Coloured } from '@fieldpost/parts/coloured'
import { t } from '@fieldpost/words/far'
import type { VNode } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'

const numbers = (text: string): string => {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  return Array.from({ length: Math.max(1, lines) }, (_, i) => i + 1).join('\n')
}

export function Text({ s, unseen }: { s: Shown; unseen: (why: string) => VNode }) {
  const { client } = useShell()
  const [text, setText] = useState<string | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  const tooLong = s.file.size > TEXT_LIMIT
  useEffect(() => {
    if (tooLong) return
    const stop = new AbortController()
    fileBytes(client.rest, s.file.id, stop.signal).then(
      bytes => {
        const found = textOf(bytes)
        if (found === undefined) setWrong(t('view.noText'))
        else setText(found.replace(/\r\n?/g, '\n'))
      },
      (e: unknown) => {
        if (!stop.signal.aborted) setWrong(explain(e))
      },
    )
    return () => stop.abort()
  }, [client, s.file.id, tooLong])
  const lines = useMemo(() => (text === undefined ? '' : numbers(text)), [text])
  if (tooLong) return unseen(t('view.tooLong', { size: sizeText(TEXT_LIMIT) }))
  if (wrong) return unseen(wrong)
  if (text === undefined) return <span class="spin" role="status" aria-label={t('common.loading')} />
  return (
    <div class="paper" tabIndex={0} role="region" aria-label={t('view.textOf', { name: s.file.name })}>
      <pre class="numbers" aria-hidden="true">
        {lines}
      </pre>
      <pre>
        <Coloured code={text} language={languageOf(s.file)} />
      </pre>
    </div>
  )
}
