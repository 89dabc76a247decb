/** How the reader reads and writes: what is shown to them, and which keys do what. */
import { type Sending, type Start, SWITCHES, type Switch } from '@fieldpost/core'
import { strokeNames, useShell, useStore } from '@fieldpost/parts'
import { t } from '@fieldpost/words/far'
import type { ComponentChildren } from 'preact'
import { Choice, Section } from './choice.tsx'
import './display.css'

const COMMANDS = { collapse: '/collapse', expand: '/expand' } as const
const FACES = { smile: ':)', heart: '<3' } as const

const WORDS: Record<Switch, () => { title: string; hint: string }> = {
  comings: () => ({ title: t('habit.comings'), hint: t('habit.comingsHint') }),
  previews: () => ({ title: t('habit.previews'), hint: t('habit.previewsHint') }),
  folded: () => ({ title: t('habit.folded'), hint: t('habit.foldedHint', COMMANDS) }),
  emoticons: () => ({ title: t('habit.emoticons'), hint: t('habit.emoticonsHint', FACES) }),
  reactions: () => ({ title: t('habit.reactions'), hint: t('habit.reactionsHint') }),
}
const isSwitch = (name: string): name is Switch => name in WORDS

function Tick({ of, settled }: { of: Switch; settled: boolean }) {
  const { habits } = useShell().client
  const { title, hint } = WORDS[of]()
  const note: ComponentChildren = settled ? t('look.namesLocked') : hint
  return (
    <label class="tick">
      <input
        type="checkbox"
        checked={!settled && habits.has(of)}
        disabled={settled}
        onChange={e => void habits.turn(of, e.currentTarget.checked)}
      />
      <span>
        {title}
        <small>{note}</small>
      </span>
    </label>
  )
}

export function Habits() {
  const { habits } = useShell().client
  const store = useStore()
  const enter = strokeNames('Enter').join(' ')
  const keys = strokeNames('Mod+Enter').join(' ')
  const line = strokeNames('Shift+Enter').join(' ')
  const noPreviews = store.config.value['EnableLinkPreviews'] === 'false'
  return (
    <div class="display">
      <p>{store.link.value === 'offline' ? t('look.waiting') : t('look.lead')}</p>
      <Section title={t('habit.sending')}>
        <Choice<Sending>
          name="sending"
          label={t('habit.sending')}
          value={habits.sending.value}
          onPick={by => void habits.setSending(by)}
          options={[
            { id: 'code', title: t('habit.code', { enter }), hint: t('habit.codeHint', { enter, keys }) },
            { id: 'ctrl', title: keys, hint: t('habit.ctrlHint', { enter }) },
            { id: 'enter', title: t('habit.enter', { enter }), hint: t('habit.enterHint', { keys: line }) },
          ]}
        />
        <p>{t('habit.sendingHint')}</p>
      </Section>
      <Section title={t('habit.start')}>
        <Choice<Start>
          name="start"
          label={t('habit.start')}
          value={habits.start.value}
          onPick={at => void habits.setStart(at)}
          options={[
            { id: 'left', title: t('habit.startLeft'), hint: t('habit.startLeftHint') },
            { id: 'newest', title: t('habit.startNewest'), hint: t('habit.startNewestHint') },
          ]}
        />
      </Section>
      <Section title={t('habit.shown')}>
        {Object.keys(SWITCHES)
          .filter(isSwitch)
          .map(s => (
            <Tick key={s} of={s} settled={s === 'previews' && noPreviews} />
          ))}
      </Section>
    </div>
  )
}
