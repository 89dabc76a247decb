import { AroundRest } from '@fieldpost/api'
import {
  channelPath,
  displayName,
  isAdmin,
  isGuest,
  localTime,
  presenceText,
  readerZone,
  siteOf,
  statusEnd,
  untilText,
} from '@fieldpost/core'
import {
  explain,
  Face,
  GuestMark,
  SayingEmoji,
  SiteMark,
  useSaying,
  useShell,
  useStore,
} from '@fieldpost/parts'
import { Button, Icon, Pop } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { useEffect } from 'preact/hooks'
import { AddTo } from './join.tsx'
import './profile.css'

export { GroupCard } from './group.tsx'

export function Profile({ user, anchor, onClose }: { user: string; anchor: Element; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const u = store.user(user).value
  const status = store.status(user).value
  const name = displayName(u)
  const { now } = shell.client.presence
  const saying = useSaying(u)
  const own = user === store.me.value?.id
  useEffect(() => void shell.client.presence.look(user), [user])
  const clock = localTime(u, now.value, readerZone())
  const write = async () => {
    try {
      const c = await shell.client.places.openDirect(user)
      onClose()
      shell.go(channelPath(store, shell.team(), c))
    } catch (e) {
      shell.client.notice(explain(e), 'error')
    }
  }
  const guest = isGuest(u)
  // People of other sites are administered there.
  const mayTurn =
    isAdmin(store.me.value) &&
    store.config.value['EnableGuestAccounts'] === 'true' &&
    u !== undefined &&
    !u.is_bot &&
    !u.remote_id &&
    !own
  const turn = async () => {
    const sure = await shell.confirm(
      guest
        ? {
            title: t('card.memberTitle', { name }),
            text: t('card.memberText'),
            action: t('card.member'),
          }
        : {
            title: t('card.guestTitle', { name }),
            text: t('card.guestText'),
            action: t('card.guest'),
          },
    )
    if (!sure) return
    const rest = new AroundRest(shell.client.rest)
    try {
      await (guest ? rest.makeMember(user) : rest.makeGuest(user))
      store.putUsers(await shell.client.rest.usersByIds([user]))
    } catch (e) {
      shell.client.notice(explain(e), 'error')
    }
  }
  return (
    <Pop anchor={anchor} label={t('card.profileOf', { name })} onClose={onClose}>
      <div class="profile">
        <div class="top">
          <Face user={user} size="3.5rem" presence={status} />
          <div class="grow">
            <div class="named">
              <h3 class="cut">{name}</h3>
              <SiteMark user={u} />
              <GuestMark user={u} />
            </div>
            <small>{u ? <bdi>@{u.username}</bdi> : t('card.notHere')}</small>
          </div>
        </div>
        {saying && (
          <p class="says">
            <SayingEmoji name={saying.emoji} />
            <span class="grow">
              {saying.text}
              {statusEnd(saying) > 0 && <small> {untilText(statusEnd(saying), now.value)}</small>}
            </span>
          </p>
        )}
        <dl>
          <dt>{t('card.status')}</dt>
          <dd>{presenceText(status)}</dd>
          {clock && (
            <>
              <dt>{t('card.localTime')}</dt>
              <dd>{clock}</dd>
            </>
          )}
          {u?.position && (
            <>
              <dt>{t('card.position')}</dt>
              <dd>{u.position}</dd>
            </>
          )}
          {u?.email && (
            <>
              <dt>{t('card.email')}</dt>
              <dd>{u.email}</dd>
            </>
          )}
          {u?.remote_id && (
            <>
              <dt>{t('card.site')}</dt>
              <dd>{t('card.overLink', { site: siteOf(u) })}</dd>
            </>
          )}
        </dl>
        {mayTurn && (
          <Button onClick={() => void turn()}>
            <Icon name="user" /> {guest ? t('card.member') : t('card.guest')}
          </Button>
        )}
        {own && (
          <>
            <Button
              onClick={() => {
                onClose()
                shell.askStatus('saying')
              }}
            >
              <Icon name="smile" /> {saying ? t('card.changeStatus') : t('card.setStatus')}
            </Button>
            <Button
              onClick={() => {
                onClose()
                shell.go('/account_settings/profile')
              }}
            >
              <Icon name="edit" /> {t('card.edit')}
            </Button>
          </>
        )}
        {!own && u && u.delete_at === 0 && <AddTo user={user} name={name} onDone={onClose} />}
        <Button look="primary" onClick={() => void write()}>
          <Icon name="reply" /> {t('card.message')}
        </Button>
      </div>
    </Pop>
  )
}
