import { TONES } from '@fieldpost/core'
import { emojiFor, Named, parseGroup, toned, useShell } from '@fieldpost/parts'
import { alongLine, Icon, Pop } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useState } from 'preact/hooks'
import { groups } from '../../packages/parts/src/emoji-data.ts'
import './emoji-picker.css'

const all = groups.map(g => ({ word: g.title, items: parseGroup(g.list) }))

const TONE_WORDS = {
  '': 'emoji.noTone',
  light: 'emoji.light',
  medium_light: 'emoji.mediumLight',
  medium: 'emoji.medium',
  medium_dark: 'emoji.mediumDark',
  dark: 'emoji.dark',
} as const

export default function EmojiPicker({
  anchor,
  onPick,
  onClose,
  onManage,
}: {
  anchor: Element
  onPick: (name: string) => void
  onClose: () => void
  onManage: () => void
}) {
  const { client } = useShell()
  const [text, setText] = useState('')
  useEffect(() => void client.emojis.load(), [client])
  const q = text.trim().toLowerCase().replace(/\s+/g, '_')
  const shown = all
    .map(g => ({ ...g, items: g.items.filter(([n]) => n.includes(q)) }))
    .filter(g => g.items.length > 0)
  const own = client.emojis.all().filter(e => e.name.includes(q))
  const tone = client.emojiUse.tone.value
  const recent = q ? [] : client.emojiUse.recent.value
  const pick = (name: string) => {
    client.emojiUse.used(name)
    onClose()
    onPick(name)
  }
  return (
    <Pop anchor={anchor} label={t('emoji.title')} onClose={onClose}>
      <div
        class="emoji"
        onKeyDown={e => {
          const buttons = [...e.currentTarget.querySelectorAll('button')]
          const i = buttons.indexOf(document.activeElement as HTMLButtonElement)
          const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 9, ArrowUp: -9 }[alongLine(e.key)]
          if (by === undefined || (i < 0 && e.key !== 'ArrowDown')) return
          e.preventDefault()
          if (i < 0) buttons[0]?.focus()
          else if (i + by < 0) e.currentTarget.querySelector('input')?.focus()
          else buttons[Math.min(buttons.length - 1, i + by)]?.focus()
        }}
      >
        <input
          class="input"
          autofocus
          placeholder={t('emoji.find')}
          aria-label={t('emoji.find')}
          value={text}
          onInput={e => setText(e.currentTarget.value)}
          onKeyDown={e => {
            const first = shown[0]?.items[0] ?? (own[0] && [own[0].name])
            if (e.key !== 'Enter') return
            // Or the key would also press the button that gets the focus back.
            e.preventDefault()
            if (first) pick(toned(first[0], tone))
          }}
        />
        <div class="scroll" tabIndex={-1}>
          {recent.length > 0 && (
            <section>
              <h3>{t('emoji.lastUsed')}</h3>
              <div class="grid">
                {recent.map(n => (
                  <button
                    key={n}
                    type="button"
                    title={`:${n}:`}
                    aria-label={n.replaceAll('_', ' ')}
                    onClick={() => pick(n)}
                  >
                    <Named name={n} picture={x => client.emojis.picture(x)} />
                  </button>
                ))}
              </div>
            </section>
          )}
          {shown.map(g => (
            <section key={g.word}>
              <h3>{t(g.word)}</h3>
              <div class="grid">
                {g.items.map(([n, ch]) => (
                  <button
                    key={n}
                    type="button"
                    title={`:${n}:`}
                    aria-label={n.replaceAll('_', ' ')}
                    onClick={() => pick(toned(n, tone))}
                  >
                    {emojiFor(toned(n, tone)) ?? ch}
                  </button>
                ))}
              </div>
            </section>
          ))}
          {own.length > 0 && (
            <section>
              <h3>{t('emoji.madeHere')}</h3>
              <div class="grid">
                {own.map(e => (
                  <button
                    key={e.id}
                    type="button"
                    title={`:${e.name}:`}
                    aria-label={e.name.replaceAll('_', ' ')}
                    onClick={() => pick(e.name)}
                  >
                    <img src={client.rest.emojiUrl(e.id)} alt="" loading="lazy" />
                  </button>
                ))}
              </div>
            </section>
          )}
          {shown.length === 0 && own.length === 0 && <p>{t('emoji.none')}</p>}
        </div>
        <div class="tones" role="group" aria-label={t('emoji.hands')}>
          {TONES.map(x => (
            <button
              key={x}
              type="button"
              aria-pressed={x === tone}
              aria-label={t(TONE_WORDS[x])}
              title={t(TONE_WORDS[x])}
              onClick={() => client.emojiUse.choose(x)}
            >
              {emojiFor(toned('wave', x))}
            </button>
          ))}
        </div>
        <button
          type="button"
          class="manage"
          onClick={() => {
            onClose()
            onManage()
          }}
        >
          <Icon name="plus" /> {t('emoji.own')}
        </button>
      </div>
    </Pop>
  )
}
