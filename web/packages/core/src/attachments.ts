/**
 * What integrations hang onto messages, and what addresses in them lead to. Whoever posts writes these
 * properties, so nothing is taken for granted: what has another type than expected is left out, and an address
 * is kept only with a harmless scheme.
 */
import type { Choice, Embed, PictureSize, Post } from '@fieldpost/api'
import { safeHref } from './inline.ts'

export interface AttachmentAction {
  id: string
  kind: 'button' | 'select'
  name: string
  look: '' | 'primary' | 'danger'
  disabled: boolean
  source: '' | 'users' | 'channels'
  options: Choice[]
  chosen: string
  cookie: string
}

export interface AttachmentField {
  title: string
  value: string
  short: boolean
}

export interface Attachment {
  /** `#rrggbb`, or empty. */
  color: string
  pretext: string
  author: string
  authorLink: string
  authorIcon: string
  title: string
  titleLink: string
  text: string
  fields: AttachmentField[]
  image: string
  thumb: string
  footer: string
  footerIcon: string
  actions: AttachmentAction[]
}

export interface LinkPreview {
  url: string
  site: string
  title: string
  about: string
  picture: string
  size: PictureSize | undefined
}

const MAX_ATTACHMENTS = 50
const MAX_FIELDS = 100
const MAX_ACTIONS = 50

type Loose = Record<string, unknown>
const isObject = (x: unknown): x is Loose => typeof x === 'object' && x !== null && !Array.isArray(x)
const objects = (x: unknown, max: number): Loose[] =>
  Array.isArray(x) ? x.filter(isObject).slice(0, max) : []
/** Numbers and booleans are taken as what they look like: senders write them without quotes. */
const text = (o: Loose, key: string): string => {
  const v = o[key]
  return typeof v === 'string' ? v : typeof v === 'number' || typeof v === 'boolean' ? String(v) : ''
}
const address = (o: Loose, key: string): string => safeHref(text(o, key)) ?? ''
const picture = (o: Loose, key: string): string => {
  const url = text(o, key)
  return /^https?:\/\//i.test(url) ? (safeHref(url) ?? '') : ''
}

const NAMED: Record<string, string> = { good: '#2e9e5b', warning: '#d9a013', danger: '#cc3f30' }

export function barColor(raw: string): string {
  const hex = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(raw.trim())
  return NAMED[raw.trim().toLowerCase()] ?? (hex?.[1] ? `#${hex[1].toLowerCase()}` : '')
}

const looks: Record<string, AttachmentAction['look']> = {
  primary: 'primary',
  good: 'primary',
  success: 'primary',
  danger: 'danger',
  warning: 'danger',
}

const action = (o: Loose): AttachmentAction => {
  const source = text(o, 'data_source')
  return {
    id: text(o, 'id'),
    kind: text(o, 'type') === 'select' ? 'select' : 'button',
    name: text(o, 'name'),
    look: looks[text(o, 'style').toLowerCase()] ?? '',
    disabled: o['disabled'] === true,
    source: source === 'users' || source === 'channels' ? source : '',
    options: objects(o['options'], 1000).map(x => ({ text: text(x, 'text'), value: text(x, 'value') })),
    chosen: text(o, 'default_option'),
    cookie: text(o, 'cookie'),
  }
}

const attachment = (o: Loose): Attachment => ({
  color: barColor(text(o, 'color')),
  pretext: text(o, 'pretext'),
  author: text(o, 'author_name'),
  authorLink: address(o, 'author_link'),
  authorIcon: picture(o, 'author_icon'),
  title: text(o, 'title'),
  titleLink: address(o, 'title_link'),
  text: text(o, 'text'),
  fields: objects(o['fields'], MAX_FIELDS)
    .map(f => ({ title: text(f, 'title'), value: text(f, 'value'), short: String(f['short']) === 'true' }))
    .filter(f => f.title || f.value),
  image: picture(o, 'image_url'),
  thumb: picture(o, 'thumb_url'),
  footer: text(o, 'footer').slice(0, 300),
  footerIcon: picture(o, 'footer_icon'),
  actions: objects(o['actions'], MAX_ACTIONS)
    .map(action)
    .filter(a => a.id && a.name),
})

/** The attachments of a post, in their order. */
export function attachmentsOf(p: Pick<Post, 'props'>): Attachment[] {
  return objects(p.props?.['attachments'], MAX_ATTACHMENTS).map(attachment)
}

/** The first address of a post that has something to show; nothing while a post has attachments. */
export function previewOf(p: Pick<Post, 'props' | 'metadata'>): LinkPreview | undefined {
  if (Array.isArray(p.props?.['attachments'])) return undefined
  for (const e of p.metadata?.embeds ?? []) {
    const found = preview(e, p.metadata?.images ?? {})
    if (found) return found
  }
  return undefined
}

function preview(e: Embed, sizes: Record<string, PictureSize>): LinkPreview | undefined {
  const url = safeHref(e.url ?? '')
  if (!url) return undefined
  if (e.type === 'image')
    return { url, site: '', title: '', about: '', picture: url, size: sizes[e.url ?? ''] }
  if (e.type !== 'opengraph' || !isObject(e.data)) return undefined
  const [first] = objects(e.data['images'], 1)
  const shown = first ? picture(first, 'secure_url') || picture(first, 'url') : ''
  const own = first && { width: Number(first['width']) || 0, height: Number(first['height']) || 0 }
  const title = text(e.data, 'title')
  const about = text(e.data, 'description')
  if (!title && !about && !shown) return undefined
  return {
    url,
    site: text(e.data, 'site_name') || hostOf(url),
    title: title || hostOf(url),
    about: about === title ? '' : about.slice(0, 300),
    picture: shown,
    size: sizes[shown] ?? (own && own.width > 0 && own.height > 0 ? own : undefined),
  }
}

function hostOf(url: string): string {
  try {
    return new URL(url).host
  } catch {
    return url
  }
}

/** Who an integration says it is, over the account it posts with. */
export function shownAs(p: Pick<Post, 'props'>): { name: string; icon: string; program: boolean } {
  const props = isObject(p.props) ? p.props : {}
  const program = text(props, 'from_webhook') === 'true'
  return {
    name: program ? text(props, 'override_username').slice(0, 64) : '',
    icon: program ? picture(props, 'override_icon_url') : '',
    program,
  }
}
