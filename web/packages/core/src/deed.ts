/** What somebody did that the server has not heard yet, and how things look with it. */

import type { Id, Post, Reaction } from '@fieldpost/api'
import { type Key, listText, t } from '@fieldpost/words'

export type Act =
  /** In the channel, where the text goes if the message is gone. */
  | { do: 'edit'; post: Id; channel: Id; message: string }
  | { do: 'delete'; post: Id }
  | { do: 'react'; post: Id; emoji: string; on: boolean }
  | { do: 'pin'; post: Id; on: boolean }
  | { do: 'save'; post: Id; on: boolean }
  /** Read up to a moment of the server's clock: what came later was not seen. */
  | { do: 'read'; channel: Id; at: number }

export interface Deed {
  /** What it is about: a later deed of the same key takes the place of an earlier one. */
  key: string
  user_id: Id
  written_at: number
  act: Act
  /** Set when the server refused it: what was written stays until its author decides. */
  refused?: string
  /** Set until this device has kept it. */
  unsaved?: true
  /** Set where this device has no room to keep it. */
  unkept?: true
}

export function deedKey(a: Act): string {
  if (a.do === 'read') return `read:${a.channel}`
  return a.do === 'react' ? `react:${a.post}:${a.emoji}` : `${a.do}:${a.post}`
}

export const postOf = (a: Act): Id => (a.do === 'read' ? '' : a.post)

export function withReaction(p: Post, r: Reaction, add: boolean): Pick<Post, 'metadata'> {
  const others = (p.metadata?.reactions ?? []).filter(
    x => x.user_id !== r.user_id || x.emoji_name !== r.emoji_name,
  )
  return { metadata: { ...p.metadata, reactions: add ? [...others, r] : others } }
}

/** A post as its reader means it to be: what the server knows, and on top what it has not heard yet. */
export function asMeant(post: Post | undefined, deeds: readonly Deed[] | undefined): Post | undefined {
  let p = post
  for (const d of deeds ?? []) if (p && !d.refused) p = withAct(p, d)
  return p
}

function withAct(p: Post, { act, user_id, written_at }: Deed): Post | undefined {
  switch (act.do) {
    case 'delete':
      return undefined
    case 'edit':
      return { ...p, message: act.message, edit_at: p.edit_at || written_at }
    case 'react': {
      const r = { user_id, post_id: p.id, emoji_name: act.emoji, create_at: written_at }
      return { ...p, ...withReaction(p, r, act.on) }
    }
    case 'pin':
      return { ...p, is_pinned: act.on }
    default:
      return p
  }
}

/** The deeds about each post. */
export function byPost(deeds: readonly Deed[]): ReadonlyMap<Id, readonly Deed[]> {
  const out = new Map<Id, Deed[]>()
  for (const d of deeds) {
    const id = postOf(d.act)
    if (!id) continue
    const list = out.get(id)
    if (list) list.push(d)
    else out.set(id, [d])
  }
  return out
}

const KINDS = ['edit', 'delete', 'react', 'pin', 'save', 'read'] as const satisfies Act['do'][]

/** What waits for the server, in words: "2 messages, 1 edit and 3 reactions"; empty when nothing does. */
export function waitingText(messages: number, deeds: readonly Deed[]): string {
  const parts = messages > 0 ? [t('wait.messages', { count: messages })] : []
  for (const kind of KINDS) {
    const count = deeds.filter(d => d.act.do === kind).length
    if (count > 0) parts.push(t(`wait.${kind}`, { count }))
  }
  return listText(parts)
}

const REFUSED = {
  edit: 'wait.refusedEdit',
  delete: 'wait.refusedDelete',
  react: 'wait.refusedReact',
  pin: 'wait.refusedPin',
  save: 'wait.refusedSave',
  read: 'wait.refusedRead',
} as const satisfies Record<Act['do'], Key>

export const refusalText = (d: Deed): string => t(REFUSED[d.act.do], { why: d.refused || t('wait.noReason') })
