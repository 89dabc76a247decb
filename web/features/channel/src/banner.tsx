/** The banner of a channel: a line above its messages that says how they are to be handled. */

import type { Banner, Channel } from '@fieldpost/api'
import { channelTitle, readable, rgbOf } from '@fieldpost/core'
import { Asking, isDirect, MarkdownLine, useNames, useShell, useStore } from '@fieldpost/parts'
import { Field, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useId, useState } from 'preact/hooks'
import { useSaving } from './change.tsx'
import './banner.css'

/** Bytes of its text. */
const MOST = 1024
const GROUND = '#2f5d8c'

/** `#rrggbb` of what may be a short form, or of nothing: the browser's field knows no other. */
function whole(colour: string): string {
  const [, r, g, b] = /^#(.)(.)(.)$/.exec(colour.trim()) ?? []
  return rgbOf(colour) ? (r ? `#${r}${r}${g}${g}${b}${b}` : colour.trim()).toLowerCase() : GROUND
}

function Line({ banner, title = '' }: { banner: Banner; title?: string }) {
  const names = useNames()
  const ground = whole(banner.background_color ?? '')
  return (
    <div
      class="channel-banner"
      title={title || undefined}
      style={{ '--banner-ground': ground, '--banner-ink': readable('#333333', [ground]) }}
    >
      <p>
        <MarkdownLine source={banner.text ?? ''} names={names} />
      </p>
    </div>
  )
}

const isShown = (banner: Banner | null | undefined): banner is Banner =>
  banner?.enabled === true && (banner.text ?? '').trim() !== ''

/** Above the messages of a channel that has one. */
export function ChannelBanner({ channel: c }: { channel: Channel }) {
  if (!isShown(c.banner_info)) return null
  return (
    <section aria-label={t('chan.banner')}>
      <Line banner={c.banner_info} title={c.banner_info.text ?? ''} />
    </section>
  )
}

/** In what is said of a channel: all of its banner, and the way to change it for those who may. */
export function BannerInfo({ channel: c }: { channel: Channel }) {
  const shell = useShell()
  const [editing, edit] = useState(false)
  const rights = shell.client.permissions.inChannel(shell.teamId(), c.id)
  const kind = c.type === 'P' ? 'private' : 'public'
  const may = c.delete_at === 0 && !isDirect(c) && rights.has(`manage_${kind}_channel_banner`)
  const shown = isShown(c.banner_info)
  if (!may && !shown) return null
  return (
    <>
      <section class="words">
        <h3>{t('chan.banner')}</h3>
        {may && <IconButton small icon="edit" label={t('chan.editBanner')} onClick={() => edit(true)} />}
        {shown && c.banner_info ? (
          <div class="banner-whole">
            <Line banner={c.banner_info} />
          </div>
        ) : (
          <p class="none">{t('chan.bannerNone')}</p>
        )}
      </section>
      {editing && <EditBanner channel={c} onClose={() => edit(false)} />}
    </>
  )
}

function EditBanner({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const store = useStore()
  const id = useId()
  const old = channel.banner_info
  const [enabled, enable] = useState(old ? old.enabled === true : true)
  const [text, setText] = useState(old?.text ?? '')
  const [colour, setColour] = useState(old?.background_color || GROUND)
  const save = useSaving(channel, onClose)
  const said = text.trim()
  const left = MOST - new TextEncoder().encode(said).length
  const fits = left >= 0 && rgbOf(colour) !== undefined && (said !== '' || !enabled)
  const banner = { enabled, text: said, background_color: colour.trim() }
  return (
    <Asking
      title={t('chan.bannerOf', { name: channelTitle(store, channel) })}
      act={t('common.save')}
      class="channel-form"
      ready={fits}
      onDo={() => save({ banner_info: banner })}
      onClose={onClose}
    >
      <label class="banner-on">
        <input type="checkbox" checked={enabled} onChange={e => enable(e.currentTarget.checked)} />
        {t('chan.bannerShow')}
      </label>
      <div class="field">
        <label for={id}>{t('chan.bannerText')}</label>
        <textarea
          id={id}
          class="input long"
          rows={3}
          autofocus
          value={text}
          aria-describedby={`${id}h`}
          aria-invalid={left < 0 || undefined}
          onInput={e => setText(e.currentTarget.value)}
        />
        <span class={left < 0 ? 'wrong' : 'hint'} id={`${id}h`} role={left < 0 ? 'alert' : undefined}>
          {left < 0 ? t('chan.tooLong', { count: -left }) : t('chan.bannerLeft', { count: left })}
        </span>
      </div>
      <div class="banner-colour">
        <input
          type="color"
          aria-label={t('chan.bannerPick')}
          value={whole(colour)}
          onInput={e => setColour(e.currentTarget.value)}
        />
        <Field
          label={t('chan.bannerColour')}
          name="colour"
          value={colour}
          onInput={setColour}
          wrong={rgbOf(colour) ? '' : t('chan.bannerBad')}
        />
      </div>
      {said !== '' && (
        <div class="banner-whole" role="group" aria-label={t('chan.bannerPreview')}>
          <small>{t('chan.bannerPreview')}</small>
          <Line banner={banner} />
        </div>
      )}
    </Asking>
  )
}
