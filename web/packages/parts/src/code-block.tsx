/** A block of code in a message: coloured, to be copied, and folded when it is long. */

import { IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useState } from 'preact/hooks'
import { Coloured } from './coloured.tsx'

/** More lines than this are folded to begin with. */
const LINES = 18

export default function CodeBlock({
  code,
  language,
  copy,
}: {
  code: string
  language: string
  copy?: ((text: string) => void) | undefined
}) {
  const [whole, setWhole] = useState(false)
  const lines = code.split('\n').length
  const long = lines > LINES
  return (
    <div class={long && !whole ? 'code folded' : 'code'}>
      <pre tabIndex={0}>
        <Coloured code={code} language={language} />
      </pre>
      <div class="over">
        {language && <small>{language}</small>}
        {copy && <IconButton small icon="copy" label={t('out.copyCode')} onClick={() => copy(code)} />}
      </div>
      {long && (
        <button type="button" class="textlink" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? t('common.showLess') : t('out.allLines', { count: lines })}
        </button>
      )}
    </div>
  )
}
