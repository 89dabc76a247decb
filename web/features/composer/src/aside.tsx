/** What was put aside where two devices wrote apart: it is taken back, or thrown away, by whoever wrote it. */
import { useShell } from '@fieldpost/parts'
import { Icon } from '@fieldpost/ui'

export function Aside({ draft, texts }: { draft: string; texts: readonly string[] }) {
  const { client } = useShell()
  if (texts.length === 0) return null
  return (
    <ul class="aside" aria-label="Also begun">
      {texts.map(t => (
        <li key={t}>
          <Icon name="pen" />
          <span class="grow cut" title={t}>
            Also begun: {t}
          </span>
          <button type="button" class="textlink" onClick={() => client.drafts.resolve(draft, t, true)}>
            Add it here
          </button>
          <button type="button" class="textlink" onClick={() => client.drafts.resolve(draft, t, false)}>
            Discard it
          </button>
        </li>
      ))}
    </ul>
  )
}
