/** Code in colours, once what knows them is here; until then, and where it knows none, as it was written. */
import { COLOUR_LIMIT } from '@fieldpost/core'
import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import type { Run } from './highlight.ts'
import './code.css'

const colours = signal<((code: string, language: string) => readonly Run[] | undefined) | undefined>(
  undefined,
)
let asked: Promise<void> | undefined

export function coloursReady(): Promise<void> {
  asked ??= import('./highlight.ts').then(
    m => {
      colours.value = m.default
    },
    (cause: unknown) => {
      asked = undefined
      throw cause
    },
  )
  return asked
}

export function Coloured({ code, language }: { code: string; language: string }) {
  const wanted = language !== '' && language !== 'plaintext' && code.length <= COLOUR_LIMIT
  useEffect(() => {
    if (wanted) coloursReady().catch(() => {})
  }, [wanted])
  const find = colours.value
  const runs = useMemo(
    () => (wanted && find ? find(code, language) : undefined),
    [code, language, wanted, find],
  )
  const drawn: ComponentChildren = runs
    ? runs.map((r, i) =>
        r.is ? (
          <span key={i} class={`c-${r.is}`}>
            {r.s}
          </span>
        ) : (
          r.s
        ),
      )
    : code
  return <code>{drawn}</code>
}
