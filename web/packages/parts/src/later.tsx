/** Parts that are fetched when they are first drawn, so that nobody waits for what they do not use. */
import { signal } from '@preact/signals'
import type { ComponentType, VNode } from 'preact'
import { useEffect } from 'preact/hooks'

/** `ready` fetches the part without drawing it. */
export type Later<P> = ((props: P) => VNode | null) & { ready: () => Promise<void> }

/** A component of a chunk of its own. Until it is here `meanwhile` stands in its place, made of the same. */
export function later<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  meanwhile: VNode | null | ((props: P) => VNode | null) = null,
): Later<P> {
  const loaded = signal<ComponentType<P> | undefined>(undefined)
  let asked: Promise<void> | undefined
  const ready = (): Promise<void> => {
    asked ??= load().then(
      m => {
        loaded.value = m.default
      },
      (cause: unknown) => {
        // Without the server, and not kept on this device: tried again when it is next drawn.
        asked = undefined
        throw cause
      },
    )
    return asked
  }
  function Later(props: P) {
    useEffect(() => void ready().catch(() => {}), [])
    const C = loaded.value
    if (C) return <C {...props} />
    return typeof meanwhile === 'function' ? meanwhile(props) : meanwhile
  }
  return Object.assign(Later, { ready })
}
