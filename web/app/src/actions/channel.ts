/** What can be done with the channel on screen as a whole. */

import { type Action, type Client, isFavourite, isMuted } from '@fieldpost/core'
import {
  attempt,
  closeConversation,
  isDirect,
  leaveChannel,
  mayConvert,
  mayLeave,
  type Shell,
  setFavourite,
} from '@fieldpost/parts'
import { t } from '@fieldpost/words'

export function channel(client: Client, shell: Shell): Action[] {
  const { store } = client
  const here = () => store.channels.value.get(store.current.value)
  const favourite = () => isFavourite(store, shell.teamId(), store.current.value)
  const muted = () => isMuted(store.members.value.get(store.current.value))
  const there = { group: 'channel', when: () => here() !== undefined } as const
  const panel = (
    id: string,
    key: 'do.info' | 'do.members' | 'do.pinned' | 'do.files',
    words: string,
  ): Action => ({
    ...there,
    id,
    name: () => t(key),
    words,
    run: () => shell.openPanel(id),
  })
  return [
    panel('info', 'do.info', 'channel info about header purpose'),
    panel('members', 'do.members', 'members of channel people'),
    panel('pinned', 'do.pinned', 'pinned messages'),
    panel('files', 'do.files', 'files of channel'),
    {
      ...there,
      id: 'favourite',
      name: () => (favourite() ? t('do.unfavourite') : t('do.favourite')),
      words: 'favourite star channel',
      run: () => {
        const c = here()
        if (c) void setFavourite(shell, c, !favourite())
      },
    },
    {
      ...there,
      id: 'mute',
      name: () => (muted() ? t('do.unmute') : t('do.mute')),
      words: 'mute unmute channel',
      run: () => void attempt(shell, () => client.self.mute(store.current.peek(), !muted())),
    },
    {
      ...there,
      id: 'leave',
      name: () => t('do.leave'),
      words: 'leave channel',
      when: () => {
        const c = here()
        return c !== undefined && mayLeave(c)
      },
      run: () => {
        const c = here()
        if (c) void leaveChannel(shell, c)
      },
    },
    {
      ...there,
      id: 'convert-group',
      name: () => t('do.convertGroup'),
      words: 'turn convert conversation group into channel',
      when: () => {
        const c = here()
        return c !== undefined && mayConvert(shell, c)
      },
      run: () => shell.convertGroup(store.current.peek()),
    },
    {
      ...there,
      id: 'close-conversation',
      name: () => t('do.closeConversation'),
      words: 'close hide conversation direct message',
      when: () => {
        const c = here()
        return c !== undefined && isDirect(c)
      },
      run: () => {
        const c = here()
        if (c) closeConversation(shell, c)
      },
    },
  ]
}
