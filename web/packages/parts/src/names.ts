/** Who and what is meant by the names in a message. */
import { channelPath } from '@fieldpost/core'
import { useMemo } from 'preact/hooks'
import { useShell } from './context.tsx'
import { copyText } from './copy.ts'
import type { Names } from './markdown-view.tsx'

export function useNames(): Names {
  const shell = useShell()
  const { store } = shell.client
  return useMemo(() => {
    return {
      me: store.me.peek()?.username ?? '',
      user: name => store.knownUsers().find(u => u.username === name.toLowerCase())?.id,
      channel: name => {
        const team = shell.teamId()
        const c = [...store.channels.peek().values()].find(x => x.name === name && x.team_id === team)
        return c && { path: channelPath(store, shell.team(), c), title: c.display_name }
      },
      showUser: shell.showProfile,
      group: name => shell.client.groups.of(name.toLowerCase())?.id,
      showGroup: shell.showGroup,
      emoji: name => shell.client.emojis.picture(name),
      tag: tag => {
        const enough = Number(store.config.peek()['MinimumHashtagLength'] ?? 3)
        return tag.length > enough ? `/${shell.team()}/search?q=${encodeURIComponent(tag)}` : ''
      },
      copy: text => void copyText(shell, text),
      get latex() {
        const { EnableLatex, EnableInlineLatex } = store.config.value
        const block = EnableLatex === 'true'
        return { block, inline: block && EnableInlineLatex === 'true' }
      },
      get emoticons() {
        return shell.client.habits.has('emoticons')
      },
      go: shell.go,
    }
  }, [store, shell])
}
