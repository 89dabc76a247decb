import { type Block, type Inline, markdown, mayHaveNotes, plain } from '@fieldpost/core'
import { t } from '@fieldpost/words'
import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { emojiFor, emojiLoaded } from './emoji.ts'
import { later } from './later.tsx'

/** What few messages have is drawn plainly until the part is here that can do more. */
const Plain = ({ code }: { code: string }) => (
  <pre tabIndex={0}>
    <code>{code}</code>
  </pre>
)
const CodeBlock = later<{
  code: string
  language: string
  copy?: ((text: string) => void) | undefined
}>(() => import('./code-block.tsx'), Plain)
const Latex = later<{ source: string; block: boolean }>(
  () => import('./latex.tsx'),
  p => (p.block ? <Plain code={p.source} /> : <code>{p.source}</code>),
)

type NotesPart = typeof import('./notes.tsx')
const notesPart = signal<NotesPart | undefined>(undefined)
let notesAsked: Promise<void> | undefined
/** Until the part is here that knows of footnotes, they stand in the message as they were typed. */
function fetchNotes(): Promise<void> {
  notesAsked ??= import('./notes.tsx').then(
    part => {
      notesPart.value = part
    },
    (cause: unknown) => {
      notesAsked = undefined
      throw cause
    },
  )
  return notesAsked
}

/** Fetches everything that a message may need. */
export const allOfMarkdown = (): Promise<unknown> =>
  Promise.all([CodeBlock.ready(), Latex.ready(), fetchNotes()])

export interface Names {
  me: string
  /** The user id behind a name, if there is such a person. */
  user: (name: string) => string | undefined
  channel: (name: string) => { path: string; title: string } | undefined
  showUser: (id: string, anchor: Element) => void
  /** The id of the group behind a name, if there is one. */
  group?: (name: string) => string | undefined
  showGroup?: (name: string, anchor: Element) => void
  /** The picture of an emoji that people made. */
  emoji?: (name: string) => string | undefined
  /** Where the messages with a tag are found. */
  tag?: (tag: string) => string
  copy?: (text: string) => void
  /** Whether the site draws formulas: in blocks, and between dollar signs. */
  latex?: { block: boolean; inline: boolean }
  /** Whether faces made of signs are drawn as emoji. */
  emoticons?: boolean
  go: (path: string) => void
}

/** Goes there in this client, unless another window was asked for. */
const going = (n: Names, path: string) => (e: MouseEvent) => {
  if (e.ctrlKey || e.metaKey || e.shiftKey) return
  e.preventDefault()
  n.go(path)
}

/** An emoji by its name: its letter, the picture that people gave it, or the name. */
export function Named({
  name,
  picture,
}: {
  name: string
  picture?: ((name: string) => string | undefined) | undefined
}) {
  const letter = emojiFor(name)
  const src = letter === undefined && emojiLoaded.value ? picture?.(name) : undefined
  if (src) return <img class="emoji-picture" src={src} alt={`:${name}:`} title={`:${name}:`} loading="lazy" />
  return (
    <span class={letter && 'emoji-letter'} title={`:${name}:`}>
      {letter ?? `:${name}:`}
    </span>
  )
}

/** How footnotes are drawn, and what the ids of those of this message begin with. */
type Drawing = Names & { notes?: NotesPart | undefined; id?: string }

function inlines(c: readonly Inline[], n: Drawing): ComponentChildren {
  return c.map((x, i) => {
    switch (x.t) {
      case 'text':
        return x.s
      case 'br':
        return <br key={i} />
      case 'strong':
        return <strong key={i}>{inlines(x.c, n)}</strong>
      case 'em':
        return <em key={i}>{inlines(x.c, n)}</em>
      case 'del':
        return <del key={i}>{inlines(x.c, n)}</del>
      case 'code':
        return <code key={i}>{x.s}</code>
      case 'link':
        return (
          <a key={i} href={x.href} target="_blank" rel="noopener noreferrer">
            {inlines(x.c, n)}
          </a>
        )
      case 'mention': {
        const [local = '', ...rest] = x.name.split(':')
        if (rest.length > 0 && !n.user(x.name) && x.name !== n.me)
          return [inlines([{ t: 'mention', name: local }], n), `:${rest.join(':')}`]
        const all = x.name === 'channel' || x.name === 'all' || x.name === 'here'
        const id = all ? undefined : n.user(x.name)
        if (all || x.name === n.me) return <mark key={i}>@{x.name}</mark>
        if (!id && n.group?.(x.name))
          return (
            <button
              key={i}
              type="button"
              class="mention"
              onClick={e => n.showGroup?.(x.name, e.currentTarget)}
            >
              @{x.name}
            </button>
          )
        if (!id) return `@${x.name}`
        return (
          <button key={i} type="button" class="mention" onClick={e => n.showUser(id, e.currentTarget)}>
            @{x.name}
          </button>
        )
      }
      case 'channel': {
        const ch = n.channel(x.name)
        if (!ch) return `~${x.name}`
        return (
          <a key={i} href={ch.path} onClick={going(n, ch.path)}>
            ~{ch.title}
          </a>
        )
      }
      case 'tag': {
        const path = n.tag?.(x.s)
        if (!path) return x.s
        return (
          <a key={i} class="tag" href={path} onClick={going(n, path)}>
            {x.s}
          </a>
        )
      }
      case 'math':
        return <Latex key={i} source={x.s} block={false} />
      case 'note':
        return n.notes && <n.notes.NoteMark key={i} of={n.id ?? ''} n={x.n} mark={x.mark} />
      case 'emoji':
        return <Named key={i} name={x.name} picture={n.emoji} />
    }
  })
}

function block(b: Block, i: number, n: Drawing): ComponentChildren {
  switch (b.t) {
    case 'p':
      return <p key={i}>{inlines(b.c, n)}</p>
    case 'h':
      return (
        <p key={i} class={`mh mh${b.level}`}>
          {inlines(b.c, n)}
        </p>
      )
    case 'pre':
      return b.lang === 'latex' && n.latex?.block ? (
        <Latex key={i} source={b.s} block />
      ) : (
        <CodeBlock key={i} code={b.s} language={b.lang} copy={n.copy} />
      )
    case 'quote':
      return <blockquote key={i}>{b.c.map((x, k) => block(x, k, n))}</blockquote>
    case 'list': {
      const items = b.items.map((x, k) => (
        <li key={k} class={x.done === undefined ? undefined : 'task'}>
          {x.done !== undefined && (
            <span
              class={x.done ? 'box done' : 'box'}
              role="img"
              aria-label={x.done ? t('post.boxDone') : t('post.boxOpen')}
            />
          )}
          {x.c.map((y, m) => block(y, m, n))}
        </li>
      ))
      return b.ordered ? (
        <ol key={i} start={b.start}>
          {items}
        </ol>
      ) : (
        <ul key={i}>{items}</ul>
      )
    }
    case 'table':
      return (
        <div key={i} class="mtable" tabIndex={0} role="group" aria-label={t('post.table')}>
          <table>
            <thead>
              <tr>
                {b.head.map((c, k) => (
                  <th key={k} class={b.align[k] || undefined}>
                    <bdi>{inlines(c, n)}</bdi>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {b.rows.map((r, k) => (
                <tr key={k}>
                  {r.map((c, m) => (
                    <td key={m} class={b.align[m] || undefined}>
                      <bdi>{inlines(c, n)}</bdi>
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )
    case 'hr':
      return <hr key={i} />
    case 'notes': {
      const items = b.items.map(x => ({ marks: x.marks, c: x.c.map((y, k) => block(y, k, n)) }))
      return n.notes && <n.notes.NoteList key={i} of={n.id ?? ''} items={items} />
    }
  }
}

const onlyEmoji = (b: readonly Block[]): boolean => {
  const [p] = b
  if (b.length !== 1 || p?.t !== 'p' || p.c.length > 6) return false
  return p.c.every(
    x =>
      x.t === 'emoji' || (x.t === 'text' && /^(?:\s|\p{Extended_Pictographic}|\ufe0f|\u200d)*$/u.test(x.s)),
  )
}

/** What fits on a line: of a text with lists and the like, its plain words. */
export function MarkdownLine({ source, names }: { source: string; names: Names }) {
  const emoticons = names.emoticons === true
  const line = source.trim().replace(/\s+/g, ' ')
  const tree = useMemo(() => markdown(line, { emoticons }), [line, emoticons])
  const [first] = tree
  const one = tree.length === 1 && (first?.t === 'p' || first?.t === 'h') ? first : undefined
  return <>{one ? inlines(one.c, names) : plain(source)}</>
}

/** A message may be drawn more than once on a page: in its channel, in its thread. */
let drawn = 0

export function Markdown({
  source,
  names,
  edited = false,
}: {
  source: string
  names: Names
  edited?: boolean
}) {
  const math = names.latex?.inline === true
  const [id] = useState(() => `note${++drawn}`)
  const noted = mayHaveNotes(source)
  const notes = noted ? notesPart.value : undefined
  useEffect(() => {
    if (noted) void fetchNotes().catch(() => {})
  }, [noted])
  const drawing = useMemo(() => ({ ...names, notes, id }), [names, notes, id])
  const emoticons = names.emoticons === true
  const tree = useMemo(
    () => markdown(source, { math, emoticons }, notes?.withNotes),
    [source, math, emoticons, notes],
  )
  return (
    <div class={onlyEmoji(tree) ? 'md big' : 'md'}>
      {tree.map((b, i) => block(b, i, drawing))}
      {edited && <span class="edited">{t('post.edited')}</span>}
    </div>
  )
}
