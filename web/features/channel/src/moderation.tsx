/** What the members and guests of a channel may do in it. */

import type { Channel, Leave } from '@fieldpost/api'
import { Moderations, type Switch, type Whose } from '@fieldpost/core/moderation'
import { attempt, explain, useShell, useStore } from '@fieldpost/parts'
import { Button } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useMemo, useState } from 'preact/hooks'

const NAMES = {
  create_post: { name: 'chan.modPost', hint: 'chan.modPostHint' },
  create_reactions: { name: 'chan.modReact', hint: 'chan.modReactHint' },
  manage_members: { name: 'chan.modMembers', hint: 'chan.modMembersHint' },
  use_channel_mentions: { name: 'chan.modMention', hint: 'chan.modMentionHint' },
  manage_bookmarks: { name: 'chan.modMarks', hint: 'chan.modMarksHint' },
} as const satisfies Record<Switch, object>

function Tick({
  moderations,
  of,
  whose,
  leave,
  off,
}: {
  moderations: Moderations
  of: Switch
  whose: Whose
  leave: Leave | null
  off: boolean
}) {
  const shell = useShell()
  const who = whose === 'members' ? t('common.members') : t('chan.modGuests')
  if (!leave)
    return (
      <span class="never" title={t('chan.modNever')}>
        <span aria-hidden="true">–</span>
        <span class="vh">{t('chan.modNever')}</span>
      </span>
    )
  const set = async (box: HTMLInputElement) => {
    const value = box.checked
    const done = await attempt(shell, () => moderations.set(of, whose, value))
    if (!done) box.checked = !value
  }
  return (
    <input
      type="checkbox"
      aria-label={`${who}: ${t(NAMES[of].name)}`}
      title={leave.enabled ? undefined : t('chan.modOff')}
      checked={leave.value}
      disabled={off || !leave.enabled}
      onChange={e => void set(e.currentTarget)}
    />
  )
}

export function Moderation({ channel }: { channel: Channel }) {
  const { client } = useShell()
  const store = useStore()
  const moderations = useMemo(() => new Moderations(client.rest), [client])
  const online = store.link.value === 'online'
  const [wrong, setWrong] = useState('')
  const [tries, again] = useState(0)
  useEffect(() => {
    if (!online) return
    setWrong('')
    moderations.open(channel.id).catch((e: unknown) => setWrong(explain(e)))
  }, [moderations, channel.id, online, tries])
  useEffect(() => {
    client.visitors.add(moderations)
    return () => void client.visitors.delete(moderations)
  }, [client, moderations])
  const list = moderations.list.value
  const guests = store.config.value['EnableGuestAccounts'] === 'true'
  return (
    <div class="scroll" tabIndex={online ? -1 : 0}>
      <p class="none">{t('chan.modText')}</p>
      {!online && (
        <p class="none" role="status">
          {t('chan.modNeeds')}
        </p>
      )}
      {wrong && (
        <div class="empty" role="alert">
          <p>{wrong}</p>
          <Button onClick={() => again(tries + 1)}>{t('common.tryAgain')}</Button>
        </div>
      )}
      {!list && !wrong && online && (
        <span class="spin page-wait" role="status" aria-label={t('common.loading')} />
      )}
      {list && (
        <table class="leaves">
          <thead>
            <tr>
              <td />
              <th scope="col">{t('common.members')}</th>
              {guests && <th scope="col">{t('chan.modGuests')}</th>}
            </tr>
          </thead>
          <tbody>
            {list.map(m => (
              <tr key={m.name}>
                <th scope="row">
                  {t(NAMES[m.name].name)}
                  <small>{t(NAMES[m.name].hint)}</small>
                </th>
                <td>
                  <Tick
                    moderations={moderations}
                    of={m.name}
                    whose="members"
                    leave={m.roles.members}
                    off={!online}
                  />
                </td>
                {guests && (
                  <td>
                    <Tick
                      moderations={moderations}
                      of={m.name}
                      whose="guests"
                      leave={m.roles.guests}
                      off={!online}
                    />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}
