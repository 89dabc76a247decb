/** The page where a person is asked whether an app may act in their name. */

import { type OAuthApp, OAuthRest } from '@fieldpost/api'
import { appRequest, comesBack, deniedAddress, hostOf, isSettled } from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
import { pieces, t } from '@fieldpost/words/far'
import { useEffect, useMemo, useState } from 'preact/hooks'
import './consent.css'

/** Who answers for an app. */
function Maker({ app }: { app: OAuthApp }) {
  const { client } = useShell()
  const [name, setName] = useState('')
  useEffect(() => {
    if (!app.creator_id) return
    client.rest.usersByIds([app.creator_id]).then(
      ([user]) => setName(user?.username ?? ''),
      () => {},
    )
  }, [app.creator_id])
  if (app.is_dynamically_registered)
    return (
      <p class="warned">
        <Icon name="warn" /> {t('acc.registered')}
      </p>
    )
  return <p>{name ? t('acc.madeBy', { name }) : t('acc.madeByAdmin')}</p>
}

function Question({
  app,
  back,
  busy,
  onAnswer,
}: {
  app: OAuthApp
  back: string
  busy: boolean
  onAnswer: (yes: boolean) => void
}) {
  const { client } = useShell()
  const store = useStore()
  const me = store.me.value
  return (
    <>
      <h1>{t('acc.letTitle', { name: app.name })}</h1>
      {app.description && <p class="about">{app.description}</p>}
      <Maker app={app} />
      <dl>
        <dt>{t('acc.may')}</dt>
        <dd>{t('acc.mayText')}</dd>
        <dt>{t('acc.backTo')}</dt>
        <dd>{hostOf(back)}</dd>
        {app.homepage && (
          <>
            <dt>{t('acc.more')}</dt>
            <dd>
              <a href={app.homepage} target="_blank" rel="noreferrer noopener">
                {hostOf(app.homepage)}
              </a>
            </dd>
          </>
        )}
      </dl>
      <div class="answers">
        <Button onClick={() => onAnswer(false)}>{t('acc.deny')}</Button>
        <Button look="primary" busy={busy} onClick={() => onAnswer(true)}>
          {t('acc.allow')}
        </Button>
      </div>
      <p class="who">
        {pieces('acc.who', { name: me?.username ?? '', place: <em>{t('do.account')}</em> })}{' '}
        <button type="button" onClick={() => void client.logout()}>
          {t('acc.notMe')}
        </button>
      </p>
    </>
  )
}

export function Consent({ search }: { search: string }) {
  const { client } = useShell()
  const store = useStore()
  const rest = useMemo(() => new OAuthRest(client.rest), [client])
  const asked = useMemo(() => appRequest(search), [search])
  const [app, setApp] = useState<OAuthApp | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  const [going, setGoing] = useState(false)
  const online = store.link.value !== 'offline'
  const leave = (to: string) => {
    setGoing(true)
    location.assign(to)
  }
  const allow = async () => {
    setGoing(true)
    try {
      leave((await rest.allow(asked)).redirect)
    } catch (e) {
      setGoing(false)
      setWrong(explain(e))
    }
  }
  const look = async () => {
    if (!asked.client_id) return setWrong(t('acc.noApp'))
    try {
      const [found, known] = await Promise.all([rest.info(asked.client_id), rest.authorized()])
      setWrong('')
      if (!comesBack(asked, found)) return setWrong(t('acc.notSaid'))
      if (
        isSettled(
          found,
          known.map(a => a.id),
        )
      )
        return void allow()
      setApp(found)
    } catch (e) {
      setWrong(explain(e))
    }
  }
  useEffect(() => {
    if (online && !going) void look()
  }, [online, asked])
  return (
    <main class="consent scroll">
      <div class="card">
        {wrong && (
          <p class="trouble" role="alert">
            <Icon name="warn" /> {wrong}
          </p>
        )}
        {!wrong && !online && (
          <p role="status">
            <Icon name="offline" /> {t('acc.askedLater')}
          </p>
        )}
        {!wrong && online && !app && (
          <p role="status">
            <span class="spin" /> {t('acc.moment')}
          </p>
        )}
        {app && (
          <Question
            app={app}
            back={asked.redirect_uri}
            busy={going}
            onAnswer={yes => (yes ? void allow() : leave(deniedAddress(asked, app)))}
          />
        )}
        {wrong && !app && (
          <>
            <h1>{t('acc.nothing')}</h1>
            <a href="/">{t('acc.toConversations')}</a>
          </>
        )}
      </div>
    </main>
  )
}
