/** What may be meant by the name that is being typed, and choosing among it. */

import { emojiLoaded, Face, loadEmoji, type Shell, SiteMark, useShell, useStore } from '@fieldpost/parts'
import { t } from '@fieldpost/words'
import { useRef, useState } from 'preact/hooks'
import { type Suggestion, suggestions, wordAt } from './suggest.ts'

interface Found {
  from: number
  items: readonly Suggestion[]
  at: number
}

export interface Completion {
  found: Found | undefined
  /** Looks for what may be meant before the caret. */
  suggest: (text: string, caret: number) => void
  choose: (at: number) => void
  close: () => void
  /** Takes a key that moves through the list; says whether it was one. */
  key: (name: string) => boolean
}

async function commandsLike(shell: Shell, typed: string): Promise<readonly Suggestion[]> {
  const commands = await shell.client.writing.commands(shell.teamId())
  return commands
    .filter(c => c.trigger.startsWith(typed.slice(1).toLowerCase()))
    .slice(0, 8)
    .map(c => ({
      id: c.trigger,
      insert: `/${c.trigger} `,
      label: `/${c.trigger} ${c.auto_complete_hint}`.trim(),
      note: c.auto_complete_desc,
      face: '',
    }))
}

/** `onPick` puts a suggestion in the place of what was typed from `from` on. */
export function useCompletion(onPick: (from: number, insert: string) => void): Completion {
  const shell = useShell()
  const [found, setFound] = useState<Found | undefined>(undefined)
  const asked = useRef(0)

  const close = () => {
    asked.current++
    setFound(undefined)
  }

  const suggestCommands = async (typed: string, mine: number) => {
    const items = await commandsLike(shell, typed)
    if (mine === asked.current) setFound(items.length > 0 ? { from: 0, items, at: 0 } : undefined)
  }

  const suggest = (text: string, caret: number) => {
    const mine = ++asked.current
    if (/^\/[\w./-]*$/.test(text)) return void suggestCommands(text, mine)
    const w = wordAt(text, caret)
    if (!w || (w.sign === ':' && w.word.length < 2)) return setFound(undefined)
    const show = () => {
      const items = suggestions(shell, w.sign, w.word)
      // What is chosen stays chosen when more comes in.
      setFound(before => {
        const chosen = before?.from === w.from ? before.items[before.at]?.id : undefined
        const at = Math.max(
          0,
          items.findIndex(x => x.id === chosen),
        )
        return items.length > 0 ? { from: w.from, items, at } : undefined
      })
    }
    setFound(undefined)
    show()
    // The rest of the emoji comes when one is asked for.
    if (w.sign === ':' && !emojiLoaded.peek())
      void loadEmoji().then(
        () => mine === asked.current && show(),
        () => {},
      )
    if (w.sign === '@')
      void shell.client.groups.find(w.word).then(more => {
        if (more && mine === asked.current) show()
      })
  }

  const choose = (i: number) => {
    const item = found?.items[i]
    if (!found || !item) return
    onPick(found.from, item.insert)
    close()
  }

  const key = (name: string): boolean => {
    if (!found) return false
    const n = found.items.length
    if (name === 'ArrowDown') setFound({ ...found, at: (found.at + 1) % n })
    else if (name === 'ArrowUp') setFound({ ...found, at: (found.at + n - 1) % n })
    else if (name === 'Enter' || name === 'Tab') choose(found.at)
    else if (name === 'Escape') close()
    else return false
    return true
  }

  return { found, suggest, choose, close, key }
}

export function Suggestions({ id, completion }: { id: string; completion: Completion }) {
  const store = useStore()
  const { found, choose } = completion
  if (!found) return null
  return (
    <div class="complete" role="listbox" id={id} aria-label={t('write.suggestions')}>
      {found.items.map((x, i) => (
        <div
          key={x.id}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === found.at}
          tabIndex={-1}
          onMouseDown={e => e.preventDefault()}
          onClick={() => choose(i)}
          onKeyDown={() => {}}
        >
          {x.picture && <img class="emoji-picture" src={x.picture} alt="" />}
          {x.face && <Face user={x.face} size="1.4rem" />}
          <b>{x.label}</b> {x.face && <SiteMark user={store.user(x.face).value} />} <small>{x.note}</small>
        </div>
      ))}
    </div>
  )
}
