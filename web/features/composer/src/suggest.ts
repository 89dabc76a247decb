/** What may be meant by the beginning of a name: people, groups, channels, emoji. */

import { displayName } from '@fieldpost/core'
import { emojiFor, emojiLike, type Shell, toned } from '@fieldpost/parts'
import { t } from '@fieldpost/words'

export interface Suggestion {
  id: string
  insert: string
  label: string
  note: string
  /** Whose face stands beside it. */
  face: string
  picture?: string
}

const SHOWN = 8

/** Where a name is being typed before the caret: the sign and what follows it. */
export function wordAt(
  text: string,
  caret: number,
): { sign: string; from: number; word: string } | undefined {
  const m = /(?:^|[\s(])([@~:])([\p{L}\p{N}._:+-]{0,60})$/u.exec(text.slice(0, caret))
  // Only names of people have a colon in them, before their site.
  return m && (m[1] === '@' || !m[2]?.includes(':'))
    ? { sign: m[1] ?? '', from: caret - (m[2] ?? '').length - 1, word: (m[2] ?? '').toLowerCase() }
    : undefined
}

export function suggestions(shell: Shell, sign: string, word: string): readonly Suggestion[] {
  const hit = (s: string) => s.toLowerCase().includes(word)
  if (sign === '@') return mentions(shell, word, hit)
  return (sign === '~' ? channels(shell, hit) : emoji(shell, word)).slice(0, SHOWN)
}

type Hit = (s: string) => boolean

function mentions(shell: Shell, word: string, hit: Hit): readonly Suggestion[] {
  const { store, groups } = shell.client
  const people = store
    .knownUsers()
    .filter(u => u.delete_at === 0 && hit(`${u.username} ${displayName(u)}`))
    .map(u => ({
      id: u.id,
      insert: `@${u.username} `,
      label: displayName(u),
      note: `@${u.username}`,
      face: u.id,
    }))
  const found = groups.like(word).map(g => ({
    id: g.id,
    insert: `@${g.name} `,
    label: g.display_name,
    note:
      g.member_count === undefined
        ? t('write.group', { name: g.name })
        : t('write.groupOf', { name: g.name, count: g.member_count }),
    face: '',
  }))
  const all = ['channel', 'here']
    .filter(hit)
    .map(x => ({ id: x, insert: `@${x} `, label: `@${x}`, note: t('write.everyone'), face: '' }))
  // Groups are few and would be pushed out by people.
  const room = Math.max(SHOWN - found.length - all.length, SHOWN / 2)
  return [...people.slice(0, room), ...found, ...all].slice(0, SHOWN)
}

function channels(shell: Shell, hit: Hit): readonly Suggestion[] {
  return [...shell.client.store.channels.peek().values()]
    .filter(c => c.team_id === shell.teamId() && hit(`${c.name} ${c.display_name}`))
    .map(c => ({ id: c.id, insert: `~${c.name} `, label: c.display_name, note: '', face: '' }))
}

function emoji(shell: Shell, word: string): readonly Suggestion[] {
  const { client } = shell
  const tone = client.emojiUse.tone.peek()
  const all = emojiLike(word).map(([n]) => {
    const name = toned(n, tone)
    return { id: n, insert: `:${name}: `, label: `${emojiFor(name) ?? ''} :${n}:`, note: '', face: '' }
  })
  const own = client.emojis
    .all()
    .filter(e => e.name.includes(word))
    .map(e => ({
      id: e.id,
      insert: `:${e.name}: `,
      label: `:${e.name}:`,
      note: '',
      face: '',
      picture: client.rest.emojiUrl(e.id),
    }))
  void client.emojis.load()
  return [...own, ...all]
}
