/** The line above and below everything that says how what is shown here is to be handled. */
import { type Client, plain, readable, rgbOf } from '@fieldpost/core'
import { useEffect } from 'preact/hooks'

interface Line {
  text: string
  ground: string
  ink: string
}

const KEPT = 'fieldpost.banner'

/** Only whoever is signed in is told of it: for the screens before that, what was said last counts. */
function lineOf(client: Client): Line | undefined {
  const config = client.store.config.value
  if (config['EnableBanner'] === undefined) {
    try {
      return JSON.parse(localStorage.getItem(KEPT) ?? 'null') ?? undefined
    } catch {
      return undefined
    }
  }
  const text = plain(config['BannerText'] ?? '').trim()
  if (config['EnableBanner'] !== 'true' || !text) return undefined
  const colour = (name: string, otherwise: string) =>
    rgbOf(config[name] ?? '') ? (config[name] ?? '') : otherwise
  const ground = colour('BannerColor', '#f2a93b')
  return { text, ground, ink: readable(colour('BannerTextColor', '#333333'), [ground]) }
}

export function Banners({ client }: { client: Client }) {
  const line = lineOf(client)
  const known = client.store.config.value['EnableBanner'] !== undefined
  useEffect(() => {
    if (line) document.documentElement.dataset['banner'] = ''
    else delete document.documentElement.dataset['banner']
    if (known) localStorage.setItem(KEPT, JSON.stringify(line ?? null))
  }, [line?.text, line?.ground, line?.ink, known])
  if (!line) return null
  const style = { '--banner-ground': line.ground, '--banner-ink': line.ink }
  return (
    <>
      <section class="banner above" aria-label={line.text} style={style}>
        <span title={line.text}>{line.text}</span>
      </section>
      <div class="banner below" aria-hidden="true" style={style}>
        <span>{line.text}</span>
      </div>
    </>
  )
}
