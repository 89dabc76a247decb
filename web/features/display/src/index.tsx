/** How the client looks and speaks to its reader. */

import { momentOf, THEMES, type ThemeName, timeText, wallOf } from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { LANGUAGES, type Language, languageOf, t, tongue } from '@fieldpost/words'
import { useState } from 'preact/hooks'
import { Choice, Section } from './choice.tsx'
import { Editor } from './editor.tsx'
import { TimeZone } from './zone.tsx'
import './display.css'

export { Habits } from './habits.tsx'

const HINTS: Partial<Record<ThemeName, () => string>> = {
  system: () => t('look.systemHint'),
  night: () => t('look.nightHint'),
  contrast: () => t('look.contrastHint'),
  custom: () => t('look.customHint'),
}

function Theme() {
  const shell = useShell()
  const { looks } = shell.client
  const { settled, colours } = looks.look.value
  const [editing, edit] = useState(false)
  const chosen = editing ? 'custom' : shell.look.theme()
  if (settled.theme)
    return (
      <Section title={t('look.theme')}>
        <p>{t('look.managed')}</p>
      </Section>
    )
  const choose = (theme: ThemeName) => {
    edit(theme === 'custom')
    // Without colours there is nothing to put on yet: they are chosen below.
    if (theme !== 'custom' || colours) shell.look.setTheme(theme)
  }
  return (
    <>
      <Section title={t('look.theme')}>
        <Choice
          name="theme"
          label={t('look.theme')}
          value={chosen}
          onPick={choose}
          options={THEMES.filter(x => x !== 'custom' || !settled.colours).map(x => ({
            id: x,
            title: t(`look.${x}`),
            hint: HINTS[x]?.(),
            swatch: x,
          }))}
        />
        <label class="tick">
          <input
            type="checkbox"
            checked={shell.look.here.value !== undefined}
            onChange={e => shell.look.setHere(e.currentTarget.checked ? shell.look.theme() : undefined)}
          />
          <span>
            {t('look.thisDevice')}
            <small>{t('look.thisDeviceHint')}</small>
          </span>
        </label>
      </Section>
      {chosen === 'custom' && <Editor />}
    </>
  )
}

/** A quarter past three in the afternoon: which clock it is can be seen at once. */
const afternoon = (): number => momentOf({ ...wallOf(Date.now()), hour: 15, minute: 15 })

function Speech() {
  const shell = useShell()
  const store = useStore()
  const offline = store.link.value === 'offline'
  const [wrong, setWrong] = useState('')
  const offered = (store.config.value['AvailableLocales'] ?? '').split(',').filter(Boolean)
  const choose = async (language: string) => {
    setWrong('')
    try {
      await shell.client.looks.setLanguage(language)
    } catch (e) {
      setWrong(explain(e))
    }
  }
  return (
    <Section title={t('look.language')}>
      <select
        class="input"
        aria-label={t('look.language')}
        aria-describedby="language-hint"
        disabled={offline}
        value={languageOf(store.me.value?.locale) ?? tongue.value.language}
        onChange={e => void choose(e.currentTarget.value)}
      >
        {(Object.keys(LANGUAGES) as Language[])
          .filter(x => offered.length === 0 || offered.includes(x))
          .map(x => (
            <option key={x} value={x} lang={x}>
              {LANGUAGES[x]}
            </option>
          ))}
      </select>
      <p id="language-hint">{offline ? t('look.languageOffline') : t('look.languageHint')}</p>
      {wrong && (
        <p class="trouble" role="alert">
          {wrong}
        </p>
      )}
    </Section>
  )
}

export default function Display() {
  const shell = useShell()
  const store = useStore()
  const { looks } = shell.client
  const look = looks.look.value
  return (
    <div class="display">
      <p>{store.link.value === 'offline' ? t('look.waiting') : t('look.lead')}</p>
      <Theme />
      <Section title={t('look.density')}>
        <Choice
          name="density"
          label={t('look.density')}
          value={look.density}
          onPick={x => void looks.set('density', x === 'compact' ? 'compact' : 'clean')}
          options={[
            { id: 'comfortable', title: t('look.comfortable'), hint: t('look.comfortableHint') },
            { id: 'compact', title: t('look.compact'), hint: t('look.compactHint') },
          ]}
        />
      </Section>
      <Section title={t('look.clock')}>
        <Choice
          name="clock"
          label={t('look.clock')}
          value={look.clock}
          onPick={x => void looks.set('clock', x === '24' ? 'true' : x === '12' ? 'false' : '')}
          options={[
            { id: 'auto', title: t('look.clockAuto') },
            { id: '12', title: t('look.clock12') },
            { id: '24', title: t('look.clock24') },
          ]}
        />
        <p>{t('look.example', { example: timeText(afternoon()) })}</p>
      </Section>
      <TimeZone />
      <Section title={t('look.names')}>
        {look.settled.names ? (
          <p>{t('look.namesLocked')}</p>
        ) : (
          <Choice
            name="names"
            label={t('look.names')}
            value={look.names}
            onPick={x => void looks.set('names', x)}
            options={[
              { id: 'nickname_full_name', title: t('look.nameNick') },
              { id: 'full_name', title: t('look.nameFull') },
              { id: 'username', title: t('look.nameUser') },
            ]}
          />
        )}
      </Section>
      <Section title={t('look.motion')}>
        <Choice
          name="motion"
          label={t('look.motion')}
          value={look.motion}
          onPick={x => void looks.set('motion', x)}
          options={[
            { id: 'system', title: t('look.motionSystem') },
            { id: 'reduce', title: t('look.motionLess') },
          ]}
        />
      </Section>
      <Speech />
    </div>
  )
}
