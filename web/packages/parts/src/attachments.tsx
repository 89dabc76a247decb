/** What comes with a message beside its text and files: attachments of integrations, and previews of links. */

import type { PictureSize, Post } from '@fieldpost/api'
import {
  type Attachment,
  type AttachmentAction,
  attachmentsOf,
  type LinkPreview,
  previewOf,
} from '@fieldpost/core'
import { Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useMemo, useState } from 'preact/hooks'
import { Choose, useSource } from './choose.tsx'
import { goTo, useShell } from './context.tsx'
import { explain } from './explain.ts'
import { useFold } from './fold.ts'
import { Markdown, type Names } from './markdown-view.tsx'
import './attachments.css'

const LONG = 700
const WIDE = 400
const HIGH = 300

/** A picture of elsewhere, fetched through the server. Without it there is its address. */
function Picture({
  url,
  size,
  alt,
  class: cls,
}: {
  url: string
  size?: PictureSize | undefined
  alt: string
  class: string
}) {
  const { client } = useShell()
  const [gone, lose] = useState(false)
  if (gone) return null
  const width = size && Math.min(size.width, WIDE, (HIGH * size.width) / Math.max(1, size.height))
  return (
    <img
      class={cls}
      src={client.rest.pictureUrl(url)}
      alt={alt}
      loading="lazy"
      onError={() => lose(true)}
      style={size && width ? { aspectRatio: `${size.width} / ${size.height}`, width: `${width}px` } : {}}
    />
  )
}

function Out({ href, class: cls = '', children }: { href: string; class?: string; children: string }) {
  return href ? (
    <a class={cls} href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  ) : (
    <span class={cls}>{children}</span>
  )
}

/** Opens a picture that is folded, or folds it. */
function FoldButton({ open, onToggle }: { open: boolean; onToggle: () => void }) {
  return (
    <button type="button" class="textlink" aria-expanded={open} onClick={onToggle}>
      {open ? t('out.hide') : t('out.show')}
    </button>
  )
}

/** A picture that a message links to. */
function Linked({ view, post }: { view: LinkPreview; post: string }) {
  const fold = useFold(`${post} link`)
  return (
    <>
      {fold.folds && <FoldButton open={fold.open} onToggle={fold.toggle} />}
      {fold.open && (
        <a class="picture" href={view.url} target="_blank" rel="noopener noreferrer">
          <Picture class="" url={view.picture} size={view.size} alt={t('out.picture', { url: view.url })} />
        </a>
      )}
    </>
  )
}

/** The picture of an attachment. */
function Attached({ a, post }: { a: Attachment; post: Post }) {
  const fold = useFold(`${post.id} ${a.image}`)
  return (
    <>
      {fold.folds && <FoldButton open={fold.open} onToggle={fold.toggle} />}
      {fold.open && (
        <Picture class="shown" url={a.image} size={post.metadata?.images?.[a.image]} alt={a.title} />
      )}
    </>
  )
}

function Preview({ view, post }: { view: LinkPreview; post: string }) {
  const fold = useFold(`${post} preview`)
  const large = view.size !== undefined && view.size.width >= 300
  return (
    <div class={large ? 'preview large' : 'preview'}>
      <div class="words">
        <small class="cut">{view.site}</small>
        <Out class="title" href={view.url}>
          {view.title}
        </Out>
        {view.about && <p>{view.about}</p>}
        {view.picture && <FoldButton open={fold.open} onToggle={fold.toggle} />}
      </div>
      {view.picture && fold.open && (
        <Picture class="shown" url={view.picture} size={large ? view.size : undefined} alt="" />
      )}
    </div>
  )
}

function MenuOf({
  action,
  disabled,
  onPick,
}: {
  action: AttachmentAction
  disabled: boolean
  onPick: (value: string) => void
}) {
  const source = useSource(action.source, action.options)
  const known = action.options.find(o => o.value === action.chosen)?.text ?? ''
  const [chosen, choose] = useState(known)
  return (
    <Choose
      label={action.name}
      chosen={chosen}
      source={source}
      disabled={disabled || action.disabled}
      onPick={c => {
        choose(c.text)
        onPick(c.value)
      }}
    />
  )
}

/** Buttons and menus. Only the server can tell the integration, so without it they say so. */
function Actions({ post, actions }: { post: Post; actions: readonly AttachmentAction[] }) {
  const shell = useShell()
  const [busy, setBusy] = useState('')
  const [wrong, setWrong] = useState('')
  const press = async (a: AttachmentAction, chosen?: string) => {
    if (busy) return
    setBusy(a.id)
    setWrong('')
    try {
      goTo(shell, (await shell.client.writing.press(post.id, a, chosen)).goto_location)
    } catch (e) {
      setWrong(explain(e))
    } finally {
      setBusy('')
    }
  }
  return (
    <div class="deeds" role="group" aria-label={t('out.actions')}>
      {actions.map(a =>
        a.kind === 'select' ? (
          <MenuOf key={a.id} action={a} disabled={busy !== ''} onPick={v => void press(a, v)} />
        ) : (
          <button
            key={a.id}
            type="button"
            class={`btn ${a.look}`}
            disabled={a.disabled}
            aria-disabled={busy !== '' || undefined}
            onClick={() => void press(a)}
          >
            {busy === a.id && <span class="spin" />}
            {a.name}
          </button>
        ),
      )}
      {wrong && (
        <p class="wrong" role="alert">
          <Icon name="warn" /> {wrong}
        </p>
      )}
    </div>
  )
}

function Text({ source, names }: { source: string; names: Names }) {
  const [whole, setWhole] = useState(false)
  const long = source.length > LONG
  return (
    <>
      <Markdown source={long && !whole ? `${source.slice(0, LONG)}…` : source} names={names} />
      {long && (
        <button type="button" class="textlink" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? t('common.showLess') : t('common.showMore')}
        </button>
      )}
    </>
  )
}

function One({ a, post, names }: { a: Attachment; post: Post; names: Names }) {
  return (
    <div class="attached">
      {a.pretext && <Markdown source={a.pretext} names={names} />}
      <div class="attachment" style={a.color ? { '--bar': a.color } : {}}>
        <div class="words">
          {a.author && (
            <div class="author">
              {a.authorIcon && <Picture class="tiny" url={a.authorIcon} alt="" />}
              <Out href={a.authorLink}>{a.author}</Out>
            </div>
          )}
          {a.title && (
            <Out class="title" href={a.titleLink}>
              {a.title}
            </Out>
          )}
          {a.text && <Text source={a.text} names={names} />}
          {a.fields.length > 0 && (
            <dl>
              {a.fields.map((f, i) => (
                <div key={i} class={f.short ? 'short' : ''}>
                  <dt>{f.title}</dt>
                  <dd>
                    <Markdown source={f.value} names={names} />
                  </dd>
                </div>
              ))}
            </dl>
          )}
          {a.image && <Attached a={a} post={post} />}
          {a.footer && (
            <div class="foot">
              {a.footerIcon && <Picture class="tiny" url={a.footerIcon} alt="" />}
              {a.footer}
            </div>
          )}
          {a.actions.length > 0 && <Actions post={post} actions={a.actions} />}
        </div>
        {a.thumb && <Picture class="thumb" url={a.thumb} alt="" />}
      </div>
    </div>
  )
}

export default function Attachments({ post, names }: { post: Post; names: Names }) {
  const list = useMemo(() => attachmentsOf(post), [post])
  const view = useMemo(() => previewOf(post), [post])
  const { habits } = useShell().client
  return (
    <>
      {list.map((a, i) => (
        <One key={i} a={a} post={post} names={names} />
      ))}
      {view && !view.title && <Linked view={view} post={post.id} />}
      {view?.title && habits.has('previews') && <Preview view={view} post={post.id} />}
    </>
  )
}
