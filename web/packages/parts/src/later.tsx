/** Parts that are fetched when they are first drawn, so that nobody waits for what they do not use. */
import { signal } from '@preact/signals'
import type { ComponentType, VNode } from 'preact'
import { useEffect } from 'preact/hooks'

/** A component of a chunk of its own. Until it is here `meanwhile` stands in its place. */
export function later<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  meanwhile: VNode | null = null,
): ComponentType<P> {
  const loaded = signal<ComponentType<P> | undefined>(undefined)
  let asked = false
  return function Later(props: P) {
    useEffect(() => {
      if (asked) return
      asked = true
      load().then(
        m => {
          loaded.value = m.default
        },
        () => {
          // Without the server, and not kept on this device: tried again when it is next drawn.
          asked = false
        },
      )
    }, [])
    const C = loaded.value
    return C ? <C {...props} /> : meanwhile
  }
}
