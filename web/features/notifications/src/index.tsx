/** How one is told of messages, everywhere and of each channel. */

import {
  desktopWords,
  keyList,
  keyTrouble,
  LEVELS,
  mailWords,
  mentionWords,
  PHONE_WHEN,
  phoneWords,
} from '@fieldpost/core/notify-words'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Field } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useState } from 'preact/hooks'
import { Check, Choices } from './choices.tsx'
import { ThisDevice } from './device.tsx'
import './notifications.css'

export { ChannelNotifications } from './channel.tsx'

function Words({ keys, save }: { keys: string; save: (keys: string) => Promise<void> }) {
  const [typed, type] = useState<string | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const list = keyList(typed ?? keys)
  const changed = list.join() !== keyList(keys).join()
  const submit = async () => {
    const trouble = keyTrouble(list)
    setWrong(trouble)
    if (trouble || busy || !changed) return
    setBusy(true)
    try {
      await save(list.join(','))
      type(undefined)
    } catch (e) {
      setWrong(explain(e))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      class="words"
      noValidate
      onSubmit={e => {
        e.preventDefault()
        void submit()
      }}
    >
      <Field
        label={t('notify.words')}
        hint={t('notify.wordsHint')}
        required={false}
        value={typed ?? keys.split(',').filter(Boolean).join(', ')}
        onInput={v => {
          type(v)
          setWrong('')
        }}
        wrong={wrong}
      />
      <Button type="submit" busy={busy} disabled={!changed}>
        {t('common.save')}
      </Button>
    </form>
  )
}

export function NotificationSettings() {
  const { client } = useShell()
  const store = useStore()
  const me = store.me.value
  const config = store.config.value
  if (!me) return null
  const props = me.notify_props ?? {}
  const is = (name: string, otherwise: string) => props[name] || otherwise
  const set = (change: Record<string, string>) =>
    client.self.setNotify(change).catch((e: unknown) => client.notice(explain(e), 'error'))
  const threads = (name: string) => (
    <Check
      label={t('notify.alsoThreads')}
      checked={is(name, 'all') === 'all'}
      onChange={yes => void set({ [name]: yes ? 'all' : 'mention' })}
    />
  )
  return (
    <>
      <ThisDevice />
      <section aria-labelledby="desktop">
        <h2 id="desktop">{t('notify.computer')}</h2>
        <p class="outcome" aria-live="polite">
          {desktopWords(props)}
        </p>
        <Choices
          title={t('notify.tell')}
          ways={LEVELS}
          chosen={is('desktop', 'mention')}
          onChoose={desktop => void set({ desktop })}
        />
        {is('desktop', 'mention') === 'mention' && threads('desktop_threads')}
        {is('desktop', 'mention') !== 'none' && (
          <Check
            label={t('notify.sound')}
            checked={is('desktop_sound', 'true') === 'true'}
            onChange={yes => void set({ desktop_sound: String(yes) })}
          />
        )}
      </section>
      <section aria-labelledby="phone">
        <h2 id="phone">{t('notify.phone')}</h2>
        <p class="outcome" aria-live="polite">
          {phoneWords(props, config)}
        </p>
        {config['SendPushNotifications'] === 'true' && (
          <>
            <Choices
              title={t('notify.tellPhone')}
              ways={LEVELS}
              chosen={is('push', 'mention')}
              onChoose={push => void set({ push })}
            />
            {is('push', 'mention') === 'mention' && threads('push_threads')}
            {is('push', 'mention') !== 'none' && (
              <Choices
                title={t('notify.when')}
                ways={PHONE_WHEN}
                chosen={is('push_status', 'online')}
                onChoose={push_status => void set({ push_status })}
              />
            )}
          </>
        )}
      </section>
      <section aria-labelledby="mail">
        <h2 id="mail">{t('notify.byMail')}</h2>
        <p class="outcome" aria-live="polite">
          {mailWords(props, config, me.email ?? '')}
        </p>
        {config['SendEmailNotifications'] === 'true' && (
          <>
            <Check
              label={t('notify.writeMail')}
              checked={is('email', 'true') !== 'false'}
              onChange={yes => void set({ email: String(yes) })}
            />
            {is('email', 'true') !== 'false' && threads('email_threads')}
          </>
        )}
      </section>
      <section aria-labelledby="mentions">
        <h2 id="mentions">{t('notify.mentions')}</h2>
        <p class="outcome" aria-live="polite">
          {mentionWords(me)}
        </p>
        {me.first_name && (
          <Check
            label={t('notify.firstName', { name: me.first_name })}
            checked={is('first_name', 'false') === 'true'}
            onChange={yes => void set({ first_name: String(yes) })}
          />
        )}
        <Check
          label={t('notify.everyoneWords')}
          checked={is('channel', 'true') === 'true'}
          onChange={yes => void set({ channel: String(yes) })}
        />
        <Words keys={is('mention_keys', '')} save={mention_keys => client.self.setNotify({ mention_keys })} />
      </section>
    </>
  )
}
