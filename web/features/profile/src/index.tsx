import { channelPath, displayName, siteOf } from '@fieldpost/core'
import { explain, SiteMark, useShell, useStore } from '@fieldpost/parts'
import { Avatar, Button, Icon, Pop } from '@fieldpost/ui'
import './profile.css'

const WORDS = { online: 'Online', away: 'Away', dnd: 'Do not disturb', offline: 'Offline' } as const

export function Profile({ user, anchor, onClose }: { user: string; anchor: Element; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const u = store.user(user).value
  const status = store.status(user).value
  const name = displayName(u)
  const write = async () => {
    try {
      const c = await shell.client.places.openDirect(user)
      onClose()
      shell.go(channelPath(store, shell.team(), c))
    } catch (e) {
      shell.client.notice(explain(e), 'error')
    }
  }
  return (
    <Pop anchor={anchor} label={`Profile of ${name}`} onClose={onClose}>
      <div class="profile">
        <div class="top">
          <Avatar name={name} seed={user} size="3.5rem" presence={status} />
          <div class="grow">
            <h3 class="cut">{name}</h3> <SiteMark user={u} />
            <small>{u ? `@${u.username}` : 'Not on this device'}</small>
          </div>
        </div>
        <dl>
          <dt>Status</dt>
          <dd>{WORDS[status]}</dd>
          {u?.position && (
            <>
              <dt>Position</dt>
              <dd>{u.position}</dd>
            </>
          )}
          {u?.email && (
            <>
              <dt>Email</dt>
              <dd>{u.email}</dd>
            </>
          )}
          {u?.remote_id && (
            <>
              <dt>Site</dt>
              <dd>{siteOf(u)}, over a link</dd>
            </>
          )}
        </dl>
        <Button look="primary" onClick={() => void write()}>
          <Icon name="reply" /> Message
        </Button>
      </div>
    </Pop>
  )
}
