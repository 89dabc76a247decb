/** Colours of one's own: tried at once on the whole page, kept when one says so. */

import {
  BASES,
  type Base,
  baseOf,
  type Pair,
  parseTheme,
  type ThemeColours,
  themeText,
  type Warning,
  warningsOf,
  withAccent,
  withSidebar,
} from '@fieldpost/core'
import { copyText, useShell } from '@fieldpost/parts'
import { Badge, Button, Icon } from '@fieldpost/ui'
import { type Key, t, tongue } from '@fieldpost/words'
import { useEffect, useId, useState } from 'preact/hooks'
import { Choice } from './choice.tsx'

const PAIRS: Record<Pair, Key & `look.pair${string}`> = {
  text: 'look.pairText',
  link: 'look.pairLink',
  button: 'look.pairButton',
  side: 'look.pairSide',
  active: 'look.pairActive',
  mention: 'look.pairMention',
}

function Colour({
  label,
  value,
  onInput,
}: {
  label: string
  value: string
  onInput: (colour: string) => void
}) {
  const id = useId()
  return (
    <div class="colour">
      <input id={id} type="color" value={value} onInput={e => onInput(e.currentTarget.value)} />
      <label for={id}>{label}</label>
      <code>{value}</code>
    </div>
  )
}

/** A bit of the client in the colours that are on the page now. */
function Sample() {
  return (
    <div class="sample" role="img" aria-label={t('look.sample')}>
      <div class="side" aria-hidden="true">
        <span class="chan">
          <Icon name="hash" /> {t('side.channels')}
        </span>
        <span class="chan" aria-current="page">
          <Icon name="hash" /> <span class="cut">{t('look.sampleChannel')}</span>
        </span>
        <span class="chan unread">
          <Icon name="lock" /> <span class="grow cut">{t('side.unread')}</span>
          <Badge count={1} label={t('look.sampleMention')} />
        </span>
      </div>
      <div class="said" aria-hidden="true">
        <p>{t('look.sampleText')}</p>
        <p>
          <span class="like-link">{t('look.pairLink')}</span>
        </p>
        <span class="btn primary">{t('look.save')}</span>
      </div>
    </div>
  )
}

const Warnings = ({ list }: { list: readonly Warning[] }) => {
  const number = new Intl.NumberFormat(tongue.value.locale, { maximumFractionDigits: 1 })
  return (
    <div role="status">
      {list.length > 0 && (
        <div class="warnings">
          <b>
            <Icon name="warn" /> {t('look.warnings')}
          </b>
          <ul>
            {list.map(w => (
              <li key={w.pair}>
                {t('look.warning', {
                  what: t(PAIRS[w.pair]),
                  ratio: number.format(w.ratio),
                  least: number.format(w.least),
                })}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}

/** Taking a theme along as text, and bringing one. */
function Share({ draft, onTheme }: { draft: ThemeColours; onTheme: (t: ThemeColours) => void }) {
  const shell = useShell()
  const id = useId()
  const [text, setText] = useState('')
  const [wrong, setWrong] = useState(false)
  const use = () => {
    const theme = parseTheme(text)
    setWrong(!theme)
    if (!theme) return
    setText('')
    onTheme(theme)
  }
  return (
    <div class="share">
      <h3>{t('look.share')}</h3>
      <p id={`${id}h`}>{t('look.shareHint')}</p>
      <label for={id}>{t('look.json')}</label>
      <textarea
        id={id}
        class="input"
        rows={4}
        spellcheck={false}
        dir="ltr"
        value={text}
        placeholder={themeText(draft)}
        aria-invalid={wrong || undefined}
        aria-describedby={`${id}h`}
        onInput={e => setText(e.currentTarget.value)}
      />
      {wrong && (
        <p class="trouble" role="alert">
          {t('look.badJson')}
        </p>
      )}
      <div class="row">
        <Button disabled={!text.trim()} onClick={use}>
          {t('look.apply')}
        </Button>
        <Button look="quiet" onClick={() => void copyText(shell, themeText(draft))}>
          <Icon name="copy" /> {t('look.copy')}
        </Button>
      </div>
    </div>
  )
}

export function Editor() {
  const shell = useShell()
  const { looks } = shell.client
  const { trying } = shell.look
  const kept = looks.look.value.colours
  const draft = trying.value ?? kept ?? BASES.light
  const changed = trying.value !== undefined
  const attempt = (theme: ThemeColours) => {
    trying.value = theme
  }
  useEffect(() => {
    // Whoever has no colours yet begins with those they see.
    if (!kept) attempt(BASES[matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'])
    return () => {
      trying.value = undefined
    }
  }, [])
  const save = async () => {
    await looks.set('colours', themeText(draft))
    shell.look.setTheme('custom')
    trying.value = undefined
    shell.client.notice(t('look.saved'))
  }
  return (
    <section aria-labelledby="colours-title">
      <h2 id="colours-title">{t('look.editor')}</h2>
      <Sample />
      <div class="base">
        <span>{t('look.base')}</span>
        <Choice<Base>
          name="base"
          label={t('look.base')}
          value={baseOf(draft)}
          onPick={b => attempt(BASES[b])}
          options={[
            { id: 'light', title: t('look.light') },
            { id: 'dark', title: t('look.dark') },
          ]}
        />
      </div>
      <div class="colours">
        <Colour
          label={t('look.accent')}
          value={draft.buttonBg}
          onInput={c => attempt(withAccent(draft, c))}
        />
        <Colour
          label={t('look.sidebar')}
          value={draft.sidebarBg}
          onInput={c => attempt(withSidebar(draft, c, draft.sidebarText))}
        />
        <Colour
          label={t('look.sidebarText')}
          value={draft.sidebarText}
          onInput={c => attempt(withSidebar(draft, draft.sidebarBg, c))}
        />
      </div>
      <Warnings list={warningsOf(draft)} />
      <div class="row">
        <Button look="primary" disabled={!changed} onClick={() => void save()}>
          {t('look.save')}
        </Button>
        <Button
          look="quiet"
          disabled={!changed}
          onClick={() => {
            trying.value = undefined
          }}
        >
          {t('look.revert')}
        </Button>
      </div>
      <Share draft={draft} onTheme={attempt} />
    </section>
  )
}
