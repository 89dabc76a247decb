/** What the features get from the application around them. */

import { Actions, type Client } from '@fieldpost/core'
import { loadEmoji, type Shell } from '@fieldpost/parts'
import { t } from '@fieldpost/words'
import { ask, converting, group, moving, Picker, picking, profile, status, viewing, when } from './asked.tsx'
import { lookOf } from './look.ts'
import { go, route, withPanel, withThread } from './router.ts'

export function makeShell(client: Client): Shell {
  const { store } = client
  const team = () =>
    'team' in route.value ? route.value.team : ([...store.teams.value.values()][0]?.name ?? '')
  const teamId = () => [...store.teams.value.values()].find(t => t.name === team())?.id ?? ''
  return {
    client,
    actions: new Actions(),
    go,
    team,
    teamId,
    page: () => (route.value.at === 'page' ? route.value.page : ''),
    openThread: root => go(withThread(root)),
    closeThread: () => go(withThread('')),
    openPanel: name => go(withPanel(name)),
    showProfile: (user, anchor) => {
      profile.value = { user, anchor }
    },
    showGroup: (name, anchor) => {
      group.value = { name, anchor }
    },
    viewFile: (from, all) => {
      viewing.value = { from, all }
    },
    moveThread: root => {
      moving.value = root
    },
    convertGroup: channel => {
      converting.value = channel
    },
    pickEmoji: (anchor, onPick) => {
      picking.value = { anchor, onPick }
      if (!Picker.value)
        Promise.all([import('./emoji-picker.tsx'), loadEmoji()]).then(
          ([m]) => {
            Picker.value = m.default
          },
          () => {
            picking.value = undefined
            client.notice(t('app.emojiFailed'), 'error')
          },
        )
    },
    askWhen: q =>
      new Promise(resolve => {
        when.value = {
          ...q,
          answer: at => {
            when.value = undefined
            resolve(at)
          },
        }
      }),
    look: lookOf(client),
    askStatus: what => {
      status.value = what
    },
    confirm: ask,
  }
}
