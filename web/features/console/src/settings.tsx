/** The settings that hold, and what each does. They are the file's and the environment's: nothing here changes them. */
import { sizeText } from '@fieldpost/core'
import { explain, useStore } from '@fieldpost/parts'
import { Button } from '@fieldpost/ui'
import { LANGUAGES, languageOf } from '@fieldpost/words'
import { useState } from 'preact/hooks'
import { Head, Nothing, Part, Search, useDesk, useQuery } from './desk.tsx'
import { inEnvironment, SETTINGS } from './settings-list.ts'
import { t } from './words.ts'

type One = (typeof SETTINGS)[number]

function valueText(s: One, told: string | undefined): string {
  if (told === undefined) return t('settings.untold')
  if (s.kind === 'switch') return told === 'true' ? t('settings.on') : t('settings.off')
  if (s.kind === 'size') return sizeText(Number(told))
  const language = s.kind === 'language' ? languageOf(told) : undefined
  return (language ? LANGUAGES[language] : told) || t('settings.empty')
}

function MailTest() {
  const { rest } = useDesk()
  const store = useStore()
  const [busy, setBusy] = useState(false)
  const [said, say] = useState<{ ok: boolean; text: string } | undefined>(undefined)
  const email = store.me.value?.email ?? ''
  const test = async () => {
    if (busy) return
    setBusy(true)
    say(undefined)
    try {
      await rest.testMail()
      say({ ok: true, text: t('mail.sent', { address: email }) })
    } catch (e) {
      say({ ok: false, text: explain(e) })
    } finally {
      setBusy(false)
    }
  }
  return (
    <Part title={t('mail.title')} lead={t('mail.lead', { address: email })}>
      {said && (
        <p class={said.ok ? 'say' : 'trouble'} role={said.ok ? 'status' : 'alert'}>
          {said.text}
        </p>
      )}
      <div class="row">
        <Button busy={busy} onClick={() => void test()}>
          {t('mail.test')}
        </Button>
      </div>
    </Part>
  )
}

export function Settings() {
  const store = useStore()
  const [query, setQuery] = useQuery()
  const term = query('q').trim().toLowerCase()
  const config = store.config.value
  const shown = SETTINGS.filter(s =>
    [s.key, inEnvironment(s.key), t(`set.${s.key}`)].join(' ').toLowerCase().includes(term),
  )
  return (
    <>
      <Head title={t('settings.title')} lead={t('settings.lead')} />
      <MailTest />
      <div class="row" role="search">
        <Search label={t('settings.find')} value={query('q')} onInput={q => setQuery({ q })} />
      </div>
      {shown.length === 0 ? (
        <Nothing icon="console" text={t('settings.none')} />
      ) : (
        <ul class="rows settings" aria-label={t('settings.title')}>
          {shown.map(s => (
            <li key={s.key}>
              <span class="grow">
                <span>{t(`set.${s.key}`)}</span>
                <small>
                  <code>{s.key}</code> · <code>{inEnvironment(s.key)}</code>
                </small>
              </span>
              <b>{valueText(s, config[s.told])}</b>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
